import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { type Demo, startDemo } from '../../sandbox/demo.ts';
import { type MailServer, startMailServer } from '../delivery/ways/mail-server.ts';
import { builtProduct } from '../support/built.ts';
import { chromiumPath, HOW_TO_RUN, launchBrowser, shoot } from './browser.ts';
import * as calendar from './calendar-page.ts';
import { openPlayground, type PlaygroundPage } from './playground-page.ts';
import { CHECK_IN_SOON, framesOf, roomsInChat } from './rooms-in-chat.ts';

const MINUTE_MS = 60_000;
/** A quarter of an hour on the grid, in the calendar's own zone. */
const QUARTER_MS = 15 * MINUTE_MS;

/** "2026-11-22" and "14:30" in Berlin, where the demo's calendar is. */
function berlin(instant: number): { date: string; time: string } {
  const words = new Date(instant).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' });
  return { date: words.slice(0, 10), time: words.slice(11, 16) };
}

describe('in the browser: the Playground beside the sandbox calendar', function () {
  this.timeout(120_000);
  let demo: Demo;
  let browser: Browser;
  let chatPage: Page;
  let chat: PlaygroundPage;
  let calendarPage: Page;
  let directory: string;
  let mails: MailServer;
  let received: string[];

  before(async function () {
    if (!chromiumPath) {
      console.log(`      ${HOW_TO_RUN}`);
      this.skip();
    }
    directory = await mkdtemp(join(tmpdir(), 'calendar-watch-demo-'));
    await chmod(directory, 0o755);
    const free = { chat: 0, calendar: 0, bot: 0, account: 0, entra: 0, graph: 0 };
    mails = await startMailServer();
    const env = { ...CHECK_IN_SOON, SMTP_URL: `smtp://127.0.0.1:${mails.port}`, MAIL_FROM: 'watch@northwind.example' };
    const clock = join(import.meta.dirname, 'jumping-clock.js');
    const bot = ['--import', clock, join(await builtProduct(), 'src/index.js')];
    demo = await startDemo({ directory, reset: false, ports: free, say: () => undefined, bot, env });
    browser = await launchBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, locale: 'en-GB' });
    chatPage = await context.newPage();
    received = framesOf(chatPage);
    calendarPage = await context.newPage();
    await calendar.openCalendar(calendarPage, demo.calendarUrl);
  });

  after(async () => {
    await browser?.close();
    await demo?.stop();
    await mails?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && chatPage)
      await shoot(chatPage, `failed-${this.currentTest.title.slice(0, 40)}`);
  });

  /** The next start on the grid that leaves at least ten minutes, but not on another day than today in Berlin. */
  function soon(): { date: string; time: string; end: string; startAt: number } | undefined {
    const startAt = Math.ceil((Date.now() + 2 * MINUTE_MS) / QUARTER_MS) * QUARTER_MS;
    const start = berlin(startAt);
    const end = berlin(startAt + 2 * QUARTER_MS);
    return start.date === end.date && start.date === berlin(Date.now()).date
      ? { ...start, end: end.time, startAt }
      : undefined;
  }

  /** What was not asked for at sign-in is asked for when it is first needed. */
  async function permit(what: string, picture: string): Promise<void> {
    // By what it is for: the card of an earlier permission, whose link is used up, is in the chat still.
    const asked = new RegExp(`One more permission[\\s\\S]*${what}`, 'i');
    await chat.card(asked);
    await shoot(chatPage, picture);
    const tab = await chat.openUrlButton(asked, 'Sign in');
    await tab.getByText(demo.main.displayName).first().click();
    await tab.getByRole('button', { name: 'Accept' }).click();
    await tab.getByText('Thank you, go back to Teams').waitFor();
    await tab.close();
  }

  it('installs with one welcome', async () => {
    chat = await openPlayground(chatPage, demo.chatUrl);
    await chat.hideLogPanel();
    await chat.card(/I keep an eye on your calendar/);
    assert.equal((await chat.messages()).length, 1);
    await shoot(chatPage, '1-welcome');
  });

  it('signs in from the card, in a tab, and comes back with the next meeting', async () => {
    await chat.say('watch on');
    await chat.card(/Let me see your calendar/);
    await shoot(chatPage, '2-sign-in');
    const tab = await chat.openUrlButton(/Let me see your calendar/, 'Sign in');
    await tab.getByText(demo.main.displayName).first().click();
    await shoot(tab, '3-account');
    await tab.getByRole('button', { name: 'Accept' }).click();
    await tab.getByText('You’re connected, go back to Teams').waitFor();
    await shoot(tab, '4-connected-page');
    await tab.close();
    await chat.card(/Connected/);
    await shoot(chatPage, '5-connected');
  });

  it('reminds of a meeting that is made in the calendar', async function () {
    const when = soon();
    // In the last half hour of a Berlin day there is no room left on today's grid.
    if (!when) this.skip();
    // Right before a quarter the next but one is more than the usual 15 minutes ahead.
    if (when.startAt - Date.now() > 14 * MINUTE_MS) await chat.say('remind 20');
    await calendarPage.bringToFront();
    await calendar.addEvent(calendarPage, {
      subject: 'Launch plan',
      date: when.date,
      start: when.time,
      end: when.end,
      attendees: ['Tomasz Zielinski'],
      isOnline: true,
    });
    await shoot(calendarPage, '6-calendar');
    await chatPage.bringToFront();
    const reminder = await chat.card(/Starts in[\s\S]*Launch plan/);
    assert.match(await reminder.innerText(), /Tomasz Zielinski/);
    // The question for an agenda came too; what came last is whole and carries it.
    await chat.card(/Write an agenda/);
    await shoot(chatPage, '7-nudges');
  });

  it('writes an agenda from the card into the invitation', async function () {
    if ((await chat.messages()).every((words) => !/Launch plan/.test(words))) this.skip();
    // The Playground closes the box when it draws anew: once the earlier card has shrunk, nothing more is to come.
    await chat.card(/Launch plan[\s\S]*the latest is below/);
    await chat.pressCardButton(/Launch plan[\s\S]*Write an agenda/, 'Write an agenda');
    await chat.typeInCard(
      /Launch plan[\s\S]*Write an agenda/,
      'What is it about?',
      'What is left to do\nWho talks to the press',
    );
    await shoot(chatPage, '8-agenda-typed');
    await chat.pressCardButton(/Launch plan[\s\S]*Write an agenda/, 'Add agenda');
    await permit('writing to your calendar', '8b-permission');
    await chat.pressCardButton(/Launch plan[\s\S]*Write an agenda/, 'Write an agenda');
    await chat.typeInCard(
      /Launch plan[\s\S]*Write an agenda/,
      'What is it about?',
      'What is left to do\nWho talks to the press',
    );
    await chat.pressCardButton(/Launch plan[\s\S]*Write an agenda/, 'Add agenda');
    // The answer in place, or already the card with the agenda in it: the sync after our write is quick.
    await chat.card(/Agenda added|Agenda\s+What is left to do/);
    await shoot(chatPage, '9-agenda-added');
    const actor = { tenantId: demo.main.tenantId, oid: demo.main.oid };
    const events = demo.sandbox.graph.store.view(actor, Date.now() - QUARTER_MS, Date.now() + 60 * MINUTE_MS);
    const event = events.find((one) => one.subject === 'Launch plan');
    assert.match(event?.bodyText ?? '', /Who talks to the press/);
    assert.equal(event?.isOnline, true);
  });

  it('tells of a move that was made by dragging', async () => {
    // It is their own meeting, whose moves they know of; those with delegates ask for word of them.
    await chat.say('own changes on');
    await chat.card(/own/i);
    await calendarPage.bringToFront();
    await calendar.nextWeek(calendarPage);
    const shown = await calendar.events(calendarPage);
    const event = shown.find((one) => one.subject === 'Hiring sync') ?? shown.find((one) => /Focus/.test(one.subject));
    assert.ok(event, 'the seed has something to drag next week');
    await calendar.dragEvent(calendarPage, event.subject, { minutes: 60 });
    await shoot(calendarPage, '10-dragged');
    await chatPage.bringToFront();
    await chat.card(new RegExp(`Moved[\\s\\S]*${event.subject}`));
    await shoot(chatPage, '11-moved');
  });

  it('watches another calendar and a shared one, when they are ticked', async () => {
    await chat.say('calendars');
    const card = await chat.card(/Which calendars shall I watch/);
    await card.getByRole('checkbox', { name: 'Side projects' }).click();
    await card.getByRole('checkbox', { name: 'Sofia Castellanos (shared)' }).click();
    await shoot(chatPage, '12-calendars');
    await chat.pressCardButton(/Which calendars shall I watch/, 'Watch these');
    await permit('calendars shared with you', '12b-permission');
    const asked = (await chat.messages()).length;
    await chat.say('calendars');
    // The card of before is drawn the same: the answer must be there before a tick is set.
    await chat.waitForText(/Which calendars shall I watch/, { from: asked });
    const again = await chat.card(/Which calendars shall I watch/);
    await again.getByRole('checkbox', { name: 'Side projects' }).click();
    await again.getByRole('checkbox', { name: 'Sofia Castellanos (shared)' }).click();
    await chat.pressCardButton(/Which calendars shall I watch/, 'Watch these');
    await chat.card(/Saved: 3 calendars watched[\s\S]*every 15 minutes/);
    await shoot(chatPage, '13-calendars-saved');
    await calendarPage.bringToFront();
    await calendar.chooseCalendar(calendarPage, 'Side projects');
    assert.ok((await calendar.events(calendarPage)).every((event) => /Photo|Podcast|Allotment/.test(event.subject)));
    await shoot(calendarPage, '14-side-projects');
    await calendar.chooseCalendar(calendarPage, 'Calendar');
    await chatPage.bringToFront();
  });

  it('answers next, agenda, status, help and a word it does not know', async () => {
    for (const [words, answer] of [
      ['agenda tomorrow', /Tomorrow/],
      ['watch status', /Watching since/],
      ['help', /What you can say/],
      ['agneda', /Did you mean/],
    ] as const) {
      await chat.say(words);
      await chat.card(answer);
    }
    await shoot(chatPage, '15-answers');
  });

  roomsInChat(() => ({ demo, chat, chatPage, calendarPage, mails, received, permit }));

  it('is silent after watch off', async () => {
    await chat.say('watch off');
    await chat.card(/stopped watching/);
    const before = (await chat.messages()).length;
    await calendarPage.bringToFront();
    const shown = await calendar.events(calendarPage);
    const event = shown.find((one) => one.subject === 'Hiring sync') ?? shown.find((one) => /Focus/.test(one.subject));
    assert.ok(event);
    await calendar.dragEvent(calendarPage, event.subject, { minutes: 30 });
    await chatPage.bringToFront();
    // A command after the change: whatever the change had caused would stand before its answer.
    await chat.say('next');
    await chat.card(/not watching your calendar yet/);
    // The question and its answer, nothing else.
    assert.equal((await chat.messages()).length, before + 2);
    const left = demo.sandbox.graph.control.subscriptions();
    assert.ok(left.every((one) => demo.tenant.rooms.some((room) => room.oid === one.mailboxOid)));
  });
});
