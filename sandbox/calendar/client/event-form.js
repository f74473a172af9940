/** The form for a new event and for one's own: fields in, fields out; it knows nothing of the server. */
import { createCombobox } from './combobox.js';
import { h, labelled, toggle } from './dom.js';
import { CATEGORIES } from './event-card.js';
import { createPeopleField } from './people-field.js';
import {
  addDays,
  addMinutes,
  dateOf,
  daysBetween,
  format,
  formatTime,
  minutesBetween,
  parseTime,
  timeOf,
  wallAt,
} from './wall.js';

const QUARTERS = Array.from({ length: 96 }, (_, index) => timeOf(wallAt('2000-01-01', index * 15)));

const SHOW_AS = [
  ['busy', 'Busy'],
  ['tentative', 'Tentative'],
  ['free', 'Free'],
  ['oof', 'Away'],
  ['workingElsewhere', 'Working elsewhere'],
];

const option =
  (chosen) =>
  ([value, text]) =>
    h('option', { value, selected: value === chosen }, text);

function selectField(testid, choices, chosen) {
  return h('select', { 'data-testid': testid }, choices.map(option(chosen)));
}

/** A time of day to type or to choose; `read()` is "HH:mm", or undefined while it makes no sense. */
function timeField({ testid, label, time, locale, onchange }) {
  const shown = (value) => formatTime(`2000-01-01T${value}`, locale);
  let current = time;
  const set = (value) => {
    current = value;
    field.input.value = shown(value);
    field.input.setCustomValidity('');
  };
  const field = createCombobox({
    testid,
    label,
    value: shown(time),
    current: (text) => QUARTERS.find((quarter) => quarter >= (parseTime(text) ?? '08:00')),
    suggest: () => QUARTERS.map((value) => ({ label: shown(value), value })),
    onpick: (value) => {
      set(value);
      onchange();
    },
  });
  field.input.addEventListener('change', () => {
    const parsed = parseTime(field.input.value);
    if (parsed) set(parsed);
    else field.input.setCustomValidity('Write a time such as 9:15.');
    field.input.reportValidity();
    onchange();
  });
  field.element.classList.add('time');
  return { ...field, set, read: () => parseTime(field.input.value) ?? current };
}

const dateField = (testid, label, value, onchange) =>
  h('input', { type: 'date', 'data-testid': testid, 'aria-label': label, value, onchange, required: true });

/** Start and end; a new start takes the end along, an all-day event speaks of its last day. */
function createWhen({ event, locale, onchange, onallday }) {
  const isAllDay = event.isAllDay;
  const lastDay = isAllDay ? addDays(dateOf(event.end), -1) : dateOf(event.end);
  let length = minutesBetween(event.start, event.end);
  let days = daysBetween(event.start, lastDay);

  const changedStart = () => {
    if (allDay.input.checked) endDate.value = addDays(startDate.value, days);
    else {
      const end = addMinutes(`${startDate.value}T${startTime.read()}`, length);
      endDate.value = dateOf(end);
      endTime.set(timeOf(end));
    }
    onchange();
  };
  const changedEnd = () => {
    // A time before the start means the next day only when a day is chosen; otherwise it is a slip for the server.
    if (!allDay.input.checked) length = Math.max(15, minutesBetween(read().start, read().end));
    else days = Math.max(0, daysBetween(startDate.value, endDate.value));
    onchange();
  };
  const changedAllDay = () => {
    element.classList.toggle('is-all-day', allDay.input.checked);
    onallday(allDay.input.checked);
    if (!allDay.input.checked && length >= 24 * 60) {
      length = 60;
      startTime.set('09:00');
      changedStart();
    }
    onchange();
  };

  const startDate = dateField('field-start-date', 'Start date', dateOf(event.start), changedStart);
  const endDate = dateField('field-end-date', 'End date', lastDay, changedEnd);
  const time = (testid, label, wall, changed) =>
    timeField({ testid, label, time: timeOf(wall), locale, onchange: changed });
  const startTime = time('field-start-time', 'Start time', event.start, changedStart);
  const endTime = time('field-end-time', 'End time', event.end, changedEnd);
  const allDay = toggle('All day', { checked: isAllDay, testid: 'field-all-day', onchange: changedAllDay });
  const element = h(
    'div',
    { class: `when${isAllDay ? ' is-all-day' : ''}` },
    h('div', { class: 'when-line' }, h('span', { class: 'when-label' }, 'From'), startDate, startTime.element),
    h('div', { class: 'when-line' }, h('span', { class: 'when-label' }, 'to'), endDate, endTime.element),
    allDay.element,
  );
  const read = () =>
    allDay.input.checked
      ? { isAllDay: true, start: `${startDate.value}T00:00`, end: `${addDays(endDate.value, 1)}T00:00` }
      : {
          isAllDay: false,
          start: `${startDate.value}T${startTime.read()}`,
          end: `${endDate.value}T${endTime.read()}`,
        };
  /** The days of a whole series are not for this form to move. */
  const lockDates = (isLocked) => {
    startDate.disabled = isLocked;
    endDate.disabled = isLocked;
    allDay.input.disabled = isLocked;
  };
  return { element, read, lockDates, startDate };
}

/** Where; a known place brings its coordinates, a room is invited as well. */
function createPlace({ places, people, location, onroom, onchange }) {
  let chosen = { displayName: location };
  const rooms = people.filter((person) => person.kind === 'room');
  const roomNamed = (name) => rooms.find((room) => room.name === name);
  const unplaced = rooms.filter((room) => !places.some((place) => place.displayName === room.name));
  const known = [...places, ...unplaced.map((room) => ({ displayName: room.name, street: '' }))];

  const set = (place) => {
    const before = roomNamed(chosen.displayName);
    chosen = place;
    onroom(before, roomNamed(place.displayName));
    onchange();
  };
  const field = createCombobox({
    testid: 'field-place',
    placeholder: 'Add a room or an address',
    value: location,
    suggest: (text) =>
      known
        .filter((place) => `${place.displayName} ${place.street}`.toLowerCase().includes(text.toLowerCase()))
        .map((place) => ({ label: place.displayName, detail: place.street, value: place })),
    onpick: (place) => {
      field.input.value = place.displayName;
      set(place);
    },
  });
  field.input.addEventListener('change', () => {
    const name = field.input.value.trim();
    if (name !== chosen.displayName) set(known.find((place) => place.displayName === name) ?? { displayName: name });
  });
  const read = () => {
    const { displayName, street, latitude, longitude } = chosen;
    return street ? { displayName, street, latitude, longitude } : { displayName };
  };
  return { ...field, read };
}

function recurrenceField(start, locale) {
  const weekday = format(start, locale, { weekday: 'long' });
  const choices = [
    ['none', 'Does not repeat'],
    ['daily', 'Every day'],
    ['weekdays', 'Every weekday'],
    ['weekly', `Every ${weekday}`],
  ];
  return selectField('field-recurrence', choices, 'none');
}

/** Written there by somebody with rights to the room's calendar, whoever's meeting it is. */
const organizerField = (organizers) =>
  selectField('field-organizer', [['', 'The room itself'], ...organizers.map(({ oid, name }) => [oid, name])], '');

const categoryChoices = (event) => [
  ['', 'None'],
  ...[...new Set([...CATEGORIES, ...event.categories])].map((name) => [name, name]),
];

/**
 * `event` is as the server sends it, or the same shape for a new one. `read()` gives all fields as the server takes
 * them; `recurrence` and, in a room's calendar, `organizer` only where the event is new.
 */
export function createEventForm({ event, isNew, people, places, organizers = [], locale, onchange = () => {} }) {
  const subject = h('input', {
    type: 'text',
    class: 'subject',
    placeholder: 'Add a title',
    'aria-label': 'Title',
    maxlength: '255',
    autocomplete: 'off',
    'data-testid': 'field-subject',
    value: event.subject,
    oninput: onchange,
  });
  const when = createWhen({
    event,
    locale,
    onchange,
    // A day with a name seldom blocks the day.
    onallday: (isAllDay) => {
      if (isNew) showAs.value = isAllDay ? 'free' : 'busy';
    },
  });
  const guests = createPeopleField({ people, guests: event.attendees, onchange });
  const place = createPlace({
    places,
    people,
    location: event.location,
    onchange,
    onroom: (before, after) => {
      if (before) guests.remove(before.address);
      if (after) guests.add(after);
    },
  });
  const online = toggle('Online meeting', {
    checked: event.isOnline,
    // Once online it stays online: Microsoft 365 doesn't take the link away again.
    disabled: event.isOnline && !isNew,
    testid: 'field-online',
    onchange,
  });
  const repeat = isNew ? recurrenceField(event.start, locale) : undefined;
  const organizer = isNew && organizers.length > 0 ? organizerField(organizers) : undefined;
  const agenda = h('textarea', {
    rows: '4',
    placeholder: 'What is it about, what should come out of it?',
    'data-testid': 'field-agenda',
    value: event.bodyText,
    oninput: onchange,
  });
  const showAs = selectField('field-show-as', SHOW_AS, event.showAs);
  const category = selectField('field-category', categoryChoices(event), event.categories[0] ?? '');
  const isPrivate = toggle('Private', {
    checked: event.sensitivity === 'private',
    testid: 'field-private',
    onchange,
  });
  for (const field of [showAs, category]) field.addEventListener('change', onchange);

  const element = h(
    'div',
    { class: 'form' },
    subject,
    when.element,
    repeat && labelled('Repeat', repeat, { className: 'inline' }),
    organizer && labelled('Organiser', organizer),
    labelled('People', guests.input, { around: guests.element }),
    labelled('Place', place.input, { around: place.element }),
    online.element,
    labelled('Agenda', agenda),
    h('div', { class: 'pair' }, labelled('Show as', showAs), labelled('Category', category)),
    isPrivate.element,
  );
  const read = () => ({
    subject: subject.value.trim(),
    ...when.read(),
    attendees: guests.read(),
    place: place.read(),
    isOnline: online.input.checked,
    agenda: agenda.value,
    showAs: showAs.value,
    sensitivity: isPrivate.input.checked ? 'private' : 'normal',
    categories: category.value ? [category.value] : [],
    ...(repeat ? { recurrence: repeat.value } : {}),
    ...(organizer?.value ? { organizer: organizer.value } : {}),
  });
  const problem = () => {
    const text = guests.leftover();
    return text ? `“${text}” is neither a person here nor an address.` : undefined;
  };
  return { element, read, problem, subject, lockDates: when.lockDates };
}

const TIMES = ['isAllDay', 'start', 'end'];

/** What differs between two readings; times go together, since none of them means anything alone. */
export function changedFields(before, after) {
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (names.some((name) => TIMES.includes(name))) names.push(...TIMES);
  return Object.fromEntries(names.map((name) => [name, after[name]]));
}
