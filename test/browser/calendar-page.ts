/**
 * The calendar page as a browser test uses it. Each step ends when the page shows its outcome, so tests need no waits
 * of their own.
 */
import type { Locator, Page } from 'playwright-core';

export interface ShownEvent {
  /** As the calendar shows it: a meeting cancelled by its organiser begins with "Canceled: ". */
  subject: string;
  /** Wall-clock in the zone of the calendar shown, "2026-11-24T09:15". */
  start: string;
  end: string;
  standing: 'firm' | 'free' | 'tentative' | 'invited' | 'declined' | 'cancelled';
}

export interface NewEvent {
  subject: string;
  /** "YYYY-MM-DD"; the day that the form proposes unless given. */
  date?: string;
  /** "HH:mm"; ignored when `isAllDay`. */
  start?: string;
  end?: string;
  isAllDay?: boolean;
  /** Names of colleagues or any address. */
  attendees?: string[];
  /** A known place or room by its name, or any text. */
  place?: string;
  isOnline?: boolean;
  agenda?: string;
  recurrence?: 'none' | 'daily' | 'weekdays' | 'weekly';
  /** In a room's calendar: the name of whoever organises what is written there. */
  organizer?: string;
}

export type AnswerButton = 'Accept' | 'Tentative' | 'Decline';
export type ScopeChoice = 'This one' | 'The whole series';

const field = (page: Page, name: string): Locator => page.getByTestId(`field-${name}`);

/** The first piece of the event; events over midnight have one a day. */
export function eventCard(page: Page, subject: string): Locator {
  return page.locator(`[data-testid="event"][data-subject=${JSON.stringify(subject)}]`).first();
}

async function waitUntilShown(page: Page, oid: string): Promise<void> {
  await page.locator(`[data-testid="week"][data-person="${oid}"]`).waitFor();
}

/** Opens the page at `url`; with a name, that person's (or room's) calendar. */
export async function openCalendar(page: Page, url: string, personName?: string): Promise<void> {
  await page.goto(url);
  await page.locator('body[data-ready="true"]').waitFor();
  if (personName) await choosePerson(page, personName);
}

export async function choosePerson(page: Page, name: string): Promise<void> {
  const [oid] = await page.getByTestId('person-picker').selectOption({ label: name });
  await waitUntilShown(page, oid ?? '');
}

/** Another calendar of the person shown, by its name. */
export async function chooseCalendar(page: Page, name: string): Promise<void> {
  const [id] = await page.getByTestId('calendar-picker').selectOption({ label: name });
  await page.locator(`[data-testid="week"][data-calendar="${id}"]`).waitFor();
}

/** The events of the week shown, by start. */
export async function events(page: Page): Promise<ShownEvent[]> {
  const shown = await page.getByTestId('event').evaluateAll((cards) =>
    cards.map((card) => {
      const { subject, start, end, standing, part } = (card as unknown as { dataset: Record<string, string> }).dataset;
      return { subject, start, end, standing, part };
    }),
  );
  return shown
    .filter((event) => event.part === '0')
    .map(({ part: _, ...event }) => event as ShownEvent)
    .sort((a, b) => a.start.localeCompare(b.start) || a.subject.localeCompare(b.subject));
}

/** Presses what writes and waits for the toast, or throws what the page says went wrong. */
async function write(page: Page, press: () => Promise<void>): Promise<string> {
  const toast = page.getByTestId('toast');
  await toast.evaluate((element) => {
    element.textContent = '';
  });
  await press();
  const error = page.getByTestId('error');
  const outcome = page.locator('[data-testid="toast"]:not(:empty), [data-testid="error"]').first();
  await outcome.waitFor({ state: 'attached' });
  if (await error.isVisible()) throw new Error(`The calendar page says: ${await error.textContent()}`);
  const said = (await toast.textContent()) ?? '';
  if ((await toast.getAttribute('data-kind')) === 'failure') throw new Error(`The calendar page says: ${said}`);
  return said;
}

async function fillTime(page: Page, name: string, time: string): Promise<void> {
  await field(page, name).fill(time);
  await field(page, name).press('Tab');
}

async function fillTimes(page: Page, event: Partial<NewEvent>): Promise<void> {
  if (event.isAllDay !== undefined) await field(page, 'all-day').setChecked(event.isAllDay, { force: true });
  if (event.date) await field(page, 'start-date').fill(event.date);
  if (event.isAllDay) return;
  if (event.start) await fillTime(page, 'start-time', event.start);
  if (event.end) await fillTime(page, 'end-time', event.end);
}

/** Fills the open form; only what is given. */
export async function fillForm(page: Page, event: Partial<NewEvent>): Promise<void> {
  if (event.subject !== undefined) await field(page, 'subject').fill(event.subject);
  await fillTimes(page, event);
  for (const attendee of event.attendees ?? []) {
    await field(page, 'attendees').fill(attendee);
    await field(page, 'attendees').press('Enter');
  }
  if (event.place !== undefined) {
    await field(page, 'place').fill(event.place);
    await field(page, 'place').press('Tab');
  }
  if (event.isOnline) await field(page, 'online').setChecked(true, { force: true });
  if (event.agenda !== undefined) await field(page, 'agenda').fill(event.agenda);
  if (event.organizer) await field(page, 'organizer').selectOption({ label: event.organizer });
  if (event.recurrence) await field(page, 'recurrence').selectOption(event.recurrence);
}

export async function save(page: Page): Promise<void> {
  await write(page, () => page.getByTestId('save').click());
}

/** Adds an event by the "New event" button. */
export async function addEvent(page: Page, event: NewEvent): Promise<void> {
  await page.getByTestId('new-event').click();
  await fillForm(page, event);
  await save(page);
}

/** Opens the details of an event of the week shown. */
export async function openEvent(page: Page, subject: string): Promise<void> {
  const card = eventCard(page, subject);
  // By keyboard: a neighbour that overlaps it can't take the click.
  await card.focus();
  await card.press('Enter');
  await page.getByTestId('panel').waitFor();
}

/** For the event whose panel is open. */
export async function setScope(page: Page, scope: ScopeChoice): Promise<void> {
  await page.getByTestId('scope').getByText(scope, { exact: true }).click();
}

async function openUnlessOpen(page: Page, subject: string): Promise<void> {
  const isOpen = await eventCard(page, subject).evaluate((card) =>
    (card as unknown as { classList: { contains(name: string): boolean } }).classList.contains('selected'),
  );
  if (!isOpen) await openEvent(page, subject);
}

/** Changes an event; call `openEvent` and `setScope` before to change a whole series. */
export async function editEvent(page: Page, subject: string, changes: Partial<NewEvent>): Promise<void> {
  await openUnlessOpen(page, subject);
  await fillForm(page, changes);
  await save(page);
}

/** Cancels the meeting as its organiser, deletes an event without guests, or removes an invitation. */
export async function cancelEvent(page: Page, subject: string, message = ''): Promise<void> {
  await openUnlessOpen(page, subject);
  await page.getByTestId('cancel-event').click();
  if (message) await page.getByTestId('cancel-message').fill(message);
  await write(page, () => page.getByTestId('confirm-cancel').click());
}

/** Answers an invitation. */
export async function answer(page: Page, subject: string, button: AnswerButton, message = ''): Promise<void> {
  await openUnlessOpen(page, subject);
  if (message) await page.getByTestId('response-message').fill(message);
  await write(page, () => page.getByTestId('panel').getByRole('button', { name: button, exact: true }).click());
}

async function dragFrom(page: Page, x: number, y: number, byX: number, byY: number): Promise<void> {
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + byX / 2 + 3, y + byY / 2 + 3, { steps: 3 });
  await page.mouse.move(x + byX, y + byY, { steps: 4 });
  await page.mouse.up();
}

/** Scrolls the event to the middle, clear of the headings that stay at the top. */
async function boxInView(page: Page, subject: string) {
  const card = eventCard(page, subject);
  await card.evaluate((element) => {
    (element as unknown as { scrollIntoView(options: object): void }).scrollIntoView({ block: 'center' });
  });
  const box = await card.boundingBox();
  if (!box) throw new Error(`"${subject}" is not in the week shown.`);
  return { card, box };
}

/** The distance between an event's column and the one `days` later; weekend columns are narrower. */
async function columnShift(page: Page, card: Locator, days: number): Promise<number> {
  if (days === 0) return 0;
  const own = await card.boundingBox();
  const columns = await page.locator('.day').all();
  const boxes = await Promise.all(columns.map((column) => column.boundingBox()));
  const index = boxes.findIndex((box) => box && own && own.x < box.x + box.width);
  const target = boxes[index + days];
  if (!own || !target) throw new Error(`The week has no day ${days} days away from this event.`);
  return target.x + target.width / 2 - (own.x + own.width / 2);
}

async function rowShift(page: Page, minutes: number): Promise<number> {
  const day = await page.locator('.day').first().boundingBox();
  return ((day?.height ?? 0) / (24 * 60)) * minutes;
}

/** Drags a timed event with the mouse, by whole days and by minutes (15 at a time). */
export async function dragEvent(page: Page, subject: string, by: { days?: number; minutes?: number }): Promise<void> {
  const { card, box } = await boxInView(page, subject);
  const byX = await columnShift(page, card, by.days ?? 0);
  const byY = await rowShift(page, by.minutes ?? 0);
  await write(page, () => dragFrom(page, box.x + box.width / 2, box.y + Math.min(6, box.height / 3), byX, byY));
}

/** Drags the lower edge of a timed event, so that it ends `minutes` later (or earlier). */
export async function resizeEvent(page: Page, subject: string, minutes: number): Promise<void> {
  const { box } = await boxInView(page, subject);
  const byY = await rowShift(page, minutes);
  await write(page, () => dragFrom(page, box.x + box.width / 2, box.y + box.height - 2, 0, byY));
}

export async function nextWeek(page: Page): Promise<void> {
  await turnPage(page, 'next-week');
}

export async function previousWeek(page: Page): Promise<void> {
  await turnPage(page, 'previous-week');
}

async function turnPage(page: Page, button: string): Promise<void> {
  const before = await page.locator('.heading').first().getAttribute('data-date');
  await page.getByTestId(button).click();
  await page
    .locator(`.heading:first-of-type:not([data-date="${before}"]), .corner + .heading:not([data-date="${before}"])`)
    .first()
    .waitFor();
}
