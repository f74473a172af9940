/** The page: holds what is shown, fetches it, redraws it when a mailbox changes. */
import * as api from './api.js';
import { byId, h } from './dom.js';
import { timesAfterKey, watchPointer } from './drag.js';
import { titleOf } from './event-card.js';
import { drawNow, drawWeek, glow, markSelected } from './grid.js';
import { icon } from './icons.js';
import { createPanel } from './panel.js';
import { say, sayFailure } from './toast.js';
import { addDays, addMinutes, dateOf, describeTimes, format, offsetName, wallNow, weekNumber } from './wall.js';

const TICK_MS = 20_000;
const RETRY_MS = 2_000;

const state = {
  people: [],
  places: [],
  person: undefined,
  /** The id of the calendar shown; undefined is the person's default one. */
  calendar: undefined,
  date: undefined,
  week: undefined,
  clockOffset: 0,
};
const grid = byId('week');
let polling;

const nowWall = () => wallNow(Date.now() + state.clockOffset, state.week.zone.iana);
const findEvent = (id) => state.week?.events.find((event) => event.id === id);
const times = (event) => describeTimes(event, state.person.locale);

function drawBar() {
  const { week, person } = state;
  const [first, last] = [week.days[0], week.days[6]];
  const month = (date) => format(date, person.locale, { month: 'long' });
  const year = first.slice(0, 4) === last.slice(0, 4) ? '' : ` ${first.slice(0, 4)}`;
  const months = month(first) === month(last) ? month(first) : `${month(first)}${year} – ${month(last)}`;
  byId('range').textContent = `${months} ${last.slice(0, 4)}`;
  const zone = week.zone.iana.replaceAll('_', ' ');
  byId('zone').textContent = `Week ${weekNumber(first)} · ${zone}, ${offsetName(week.now, week.zone.iana)}`;
  byId('avatar').textContent = person.name
    .split(' ')
    .map((word) => word[0])
    .slice(0, 2)
    .join('');
  byId('avatar').dataset.kind = person.kind;
  byId('today').classList.toggle('is-current', week.days.includes(week.today));
  const shown = week.calendars.find((one) => one.id === week.calendar);
  document.title = `${person.name} · ${shown?.name ?? 'Calendar'}`;
  drawCalendars(week);
}

/** Only where there is a choice. */
function drawCalendars({ calendars, calendar }) {
  const select = byId('calendar');
  select.hidden = calendars.length < 2;
  select.replaceChildren(...calendars.map((one) => h('option', { value: one.id }, one.name)));
  select.value = calendar;
}

/** The address always leads back to what is shown. */
function writeAddress() {
  const query = new URLSearchParams({ person: state.person.oid });
  if (state.calendar) query.set('calendar', state.calendar);
  if (state.date) query.set('date', state.date);
  history.replaceState(null, '', `?${query}`);
}

/** Ids of events that are new or different, when the same week is drawn again. */
function changedIds(before, after) {
  const isSame = ['person', 'calendar'].every((name) => before?.[name] === after[name]);
  if (!before || !isSame || before.days[0] !== after.days[0]) return new Set();
  const known = new Map(before.events.map((event) => [event.id, JSON.stringify(event)]));
  return new Set(
    after.events.filter((event) => known.get(event.id) !== JSON.stringify(event)).map((event) => event.id),
  );
}

async function showWeek() {
  const before = state.week;
  const { calendar } = state;
  const week = await api.fetchWeek(state.person.oid, state.date, calendar);
  if (week.person !== state.person.oid || calendar !== state.calendar) return;
  state.week = week;
  state.clockOffset = week.now - Date.now();
  drawBar();
  drawWeek(grid, week, state.person.locale);
  drawNow(grid, nowWall(), state.person.locale);
  glow(grid, changedIds(before, week));
  panel.refresh(findEvent);
  writeAddress();
  grid.dataset.person = week.person;
  grid.dataset.calendar = week.calendar;
  grid.dataset.version = String(week.version);
  document.body.dataset.ready = 'true';
}

/** Waits for changes of the person shown until another person is chosen. */
async function follow(signal) {
  while (!signal.aborted) {
    try {
      const { version } = await api.fetchChanges(state.person.oid, state.week.version, signal);
      if (version !== state.week.version && !signal.aborted && !grid.classList.contains('is-dragging'))
        await showWeek();
    } catch {
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function choosePerson(oid, calendar) {
  polling?.abort();
  panel.close();
  state.calendar = calendar;
  state.person = state.people.find((person) => person.oid === oid) ?? state.people[0];
  byId('person').value = state.person.oid;
  await refresh();
  polling = new AbortController();
  follow(polling.signal);
}

/** For a fetch that the person has asked for: a failure is worth a word. */
async function refresh() {
  await showWeek().catch(sayFailure);
}

async function chooseDate(date) {
  panel.close();
  state.date = date;
  await refresh();
}

async function chooseCalendar(id) {
  panel.close();
  state.calendar = id === state.week.calendars[0].id ? undefined : id;
  await refresh();
}

const writes = {
  async create({ organizer, ...fields }) {
    const created = await api.createEvent(state.person.oid, state.calendar, fields, organizer);
    await refresh();
    say(`“${titleOf(created)}” added`);
  },
  async update(event, fields, scope) {
    await api.updateEvent(state.person.oid, event.id, fields, scope);
    await refresh();
    say(scope === 'series' ? 'Series saved' : 'Saved');
  },
  async cancel(event, message, scope) {
    const hasGuests = event.attendees.length > 0;
    if (hasGuests) await api.cancelEvent(state.person.oid, event.id, message, scope);
    else await api.removeEvent(state.person.oid, event.id, scope);
    await refresh();
    say(hasGuests ? 'Cancelled; everyone invited has been told' : 'Deleted');
  },
  async remove(event, scope) {
    await api.removeEvent(state.person.oid, event.id, scope);
    await refresh();
    say('Removed from this calendar');
  },
  async respond(event, answer, message, scope) {
    await api.respond(state.person.oid, event.id, answer, message, scope);
    const said = { accept: 'Accepted', decline: 'Declined', tentativelyAccept: 'Answered: tentative' };
    await refresh();
    say(said[answer]);
  },
};

/** Whose meeting it can be that is written into a room's calendar; nobody is offered in a person's own. */
function organizers() {
  const { kind, tenantId } = state.person;
  return kind === 'room' ? state.people.filter((p) => p.tenantId === tenantId && p.kind === 'person') : [];
}

const panel = createPanel({
  actions: writes,
  context: () => ({
    people: state.people.filter((p) => p.tenantId === state.person.tenantId && p.oid !== state.person.oid),
    places: state.places,
    organizers: organizers(),
    locale: state.person.locale,
  }),
  onclose: (id) => {
    markSelected(grid, undefined);
    if (id) document.getElementById(`event-${id}`)?.focus({ preventScroll: true });
  },
});

function openEvent(event) {
  if (!event) return;
  panel.open(event);
  markSelected(grid, event.id);
}

function openNew(draft) {
  markSelected(grid, undefined);
  panel.openNew({
    id: '',
    kind: 'singleInstance',
    subject: '',
    attendees: [],
    location: '',
    isAllDay: false,
    isOnline: false,
    bodyText: '',
    showAs: draft.isAllDay ? 'free' : 'busy',
    sensitivity: 'normal',
    categories: [],
    ...draft,
  });
}

const slot = (start, minutes) => ({ start, end: addMinutes(start, minutes) });
const openAllDay = (date) => openNew({ isAllDay: true, start: `${date}T00:00`, end: `${addDays(date, 1)}T00:00` });

/** For the button: the next half hour of today, or nine o'clock on the first day of another week. */
function openNextSlot() {
  const now = nowWall();
  const isThisWeek = state.week.days.includes(dateOf(now));
  const next = addMinutes(now, 30 - (Number(now.slice(14, 16)) % 30));
  openNew(slot(isThisWeek ? next : `${state.week.days[0]}T09:00`, 30));
}

async function moveEvent(event, moved) {
  try {
    const fields = { isAllDay: event.isAllDay, start: moved.start, end: moved.end };
    await api.updateEvent(state.person.oid, event.id, fields, 'occurrence');
    await refresh();
    const which = event.kind === 'singleInstance' ? '' : ', this one only';
    say(`“${titleOf(event)}” moved to ${times({ ...event, ...moved })}${which}`);
  } catch (error) {
    sayFailure(error);
  }
}

function refuseMove(event) {
  const reason = event.isCancelled
    ? 'A cancelled meeting can’t be moved.'
    : `Only the organiser, ${event.organizer.name}, can move this.`;
  sayFailure(new Error(reason));
}

function onKey(key) {
  if (key.key === 'Escape' && panel.isOpen()) return panel.close();
  const card = key.target.closest?.('[data-event-id]');
  const event = card && findEvent(card.dataset.eventId);
  const moved = event && timesAfterKey(event, key);
  if (!moved) return;
  key.preventDefault();
  if (card.dataset.movable === 'true') moveEvent(event, moved);
  else refuseMove(event);
}

function personOptions() {
  const tenants = [...new Set(state.people.map((person) => person.tenant))];
  const group = (tenant, kind, label) => {
    const members = state.people.filter((p) => p.tenant === tenant && p.kind === kind && p.hasMailbox);
    const options = members.map((p) => h('option', { value: p.oid }, p.name));
    return members.length > 0 && h('optgroup', { label: tenants.length > 1 ? `${tenant}: ${label}` : label }, options);
  };
  return tenants.flatMap((tenant) => [group(tenant, 'person', 'People'), group(tenant, 'room', 'Rooms')]);
}

function listen() {
  byId('previous').append(icon('left'));
  byId('next').append(icon('right'));
  byId('previous').setAttribute('aria-label', 'Previous week');
  byId('next').setAttribute('aria-label', 'Next week');
  byId('new').prepend(icon('plus'));
  byId('today').addEventListener('click', () => chooseDate(undefined));
  byId('previous').addEventListener('click', () => chooseDate(addDays(state.week.days[0], -7)));
  byId('next').addEventListener('click', () => chooseDate(addDays(state.week.days[0], 7)));
  byId('person').addEventListener('change', (change) => choosePerson(change.target.value));
  byId('calendar').addEventListener('change', (change) => chooseCalendar(change.target.value));
  byId('new').addEventListener('click', openNextSlot);
  document.addEventListener('keydown', onKey);
  watchPointer(grid, () => ({ days: state.week.days, locale: state.person.locale, findEvent }), {
    onopen: openEvent,
    onmove: moveEvent,
    onselect: (selected) => openNew(selected),
    onslot: (date, minute) => openNew(slot(addMinutes(`${date}T00:00`, minute), 30)),
    onlane: openAllDay,
    onrefused: refuseMove,
  });
  setInterval(() => state.week && drawNow(grid, nowWall(), state.person.locale), TICK_MS);
}

async function start() {
  listen();
  const query = new URLSearchParams(location.search);
  const { people, places } = await api.fetchPeople();
  Object.assign(state, { people, places, date: query.get('date') ?? undefined });
  byId('person').append(...personOptions().filter(Boolean));
  await choosePerson(query.get('person'), query.get('calendar') ?? undefined);
}

start().catch(sayFailure);
