/** What an event looks like in the grid, and how it is put in words for those who can't see it. */
import { h } from './dom.js';
import { icon } from './icons.js';
import { describeTimes, formatTime } from './wall.js';

/** Names that our calendars use; any other category gets one of the hues by its name, always the same. */
const HUES = { Customer: 'amber', Team: 'blue', Project: 'teal', Focus: 'violet', Personal: 'rose', Travel: 'green' };
const SPARE_HUES = ['green', 'teal', 'amber', 'violet', 'rose', 'blue'];
const HUE_BY_SHOW_AS = { oof: 'violet', workingElsewhere: 'teal', free: 'slate' };

export const CATEGORIES = Object.keys(HUES);

export function hueOf(event) {
  const [category] = event.categories;
  if (!category) return HUE_BY_SHOW_AS[event.showAs] ?? 'blue';
  const sum = [...category].reduce((total, letter) => total + letter.codePointAt(0), 0);
  return HUES[category] ?? SPARE_HUES[sum % SPARE_HUES.length];
}

/** One word for how firmly the event stands; the style sheet draws it. */
export function standingOf(event) {
  if (event.isCancelled) return 'cancelled';
  if (event.response === 'declined') return 'declined';
  // An invitation without an answer is shown as tentative by Exchange; that it waits for one says more.
  if (event.response === 'notResponded' && !event.isOrganizer) return 'invited';
  if (event.response === 'tentativelyAccepted' || event.showAs === 'tentative') return 'tentative';
  return event.showAs === 'free' ? 'free' : 'firm';
}

export const titleOf = (event) => event.subject || '(no title)';

const STANDING_WORDS = {
  cancelled: 'cancelled',
  declined: 'declined',
  tentative: 'tentative',
  invited: 'not answered yet',
};

function spokenLabel(event, locale) {
  const isSeries = event.kind !== 'singleInstance';
  return [
    titleOf(event),
    describeTimes(event, locale),
    event.location,
    STANDING_WORDS[standingOf(event)],
    event.isOnline && 'online meeting',
    isSeries && 'recurring',
    event.sensitivity === 'private' && 'private',
  ]
    .filter(Boolean)
    .join(', ');
}

function marks(event) {
  return h(
    'span',
    { class: 'marks' },
    event.sensitivity === 'private' && icon('private'),
    event.isOnline && icon('online'),
    event.kind !== 'singleInstance' && icon('recurring'),
  );
}

/** Attributes that both the cards and the bars carry; browser tests find events by them. */
function attributes(event, locale, part) {
  return {
    type: 'button',
    id: `event-${event.id}${part > 0 ? `-${part + 1}` : ''}`,
    'data-testid': 'event',
    'data-hue': hueOf(event),
    'data-standing': standingOf(event),
    'aria-label': spokenLabel(event, locale),
    'aria-keyshortcuts': event.isOrganizer ? 'Alt+ArrowUp Alt+ArrowDown Alt+ArrowLeft Alt+ArrowRight' : undefined,
    dataset: {
      eventId: event.id,
      subject: event.subject,
      start: event.start,
      end: event.end,
      part: String(part),
      movable: String(event.isOrganizer && !event.isCancelled),
    },
  };
}

/** How much fits: "tight" is one line, "short" two, "full" has room for the place, "roomy" for a long title. */
function densityOf(minutes) {
  if (minutes <= 20) return 'tight tiny';
  if (minutes <= 35) return 'tight';
  if (minutes < 60) return 'short';
  return minutes < 75 ? 'full' : 'roomy';
}

/** A timed event's piece on one day. */
export function eventCard(segment, locale, part) {
  const { event } = segment;
  const density = densityOf(segment.to - segment.from);
  const hasRoom = density === 'full' || density === 'roomy';
  const start = formatTime(event.start, locale);
  const times = hasRoom && segment.columns === 1 ? `${start} – ${formatTime(event.end, locale)}` : start;
  return h(
    'button',
    { ...attributes(event, locale, part), class: `event ${density}` },
    h('span', { class: 'event-title' }, titleOf(event)),
    h('span', { class: 'event-time' }, times),
    hasRoom && event.location && h('span', { class: 'event-place' }, event.location),
    marks(event),
    segment.isLast && event.isOrganizer && !event.isCancelled && h('span', { class: 'event-handle' }),
  );
}

/** A bar in the all-day lane. */
export function eventBar(bar, locale) {
  const { event } = bar;
  const time = event.isAllDay || !bar.isFirst ? undefined : formatTime(event.start, locale);
  const edges = `${bar.isFirst ? '' : ' continued'}${bar.isLast ? '' : ' continues'}`;
  return h(
    'button',
    { ...attributes(event, locale, 0), class: `event bar-event${edges}` },
    time && h('span', { class: 'event-time' }, time),
    h('span', { class: 'event-title' }, titleOf(event)),
    marks(event),
  );
}
