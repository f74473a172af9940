/** Draws the week: day headings, the all-day lane, the hours and the line that marks now. */
import { h } from './dom.js';
import { eventBar, eventCard } from './event-card.js';
import { isLaneEvent, layDay, layLane, segmentsOf } from './layout.js';
import { dateOf, format, formatHour, formatTime, minuteOfDay, wallAt } from './wall.js';

/** As in styles.css (--hour). */
export const HOUR_PX = 60;
const FIRST_HOUR_SHOWN = 7;

const px = (minutes) => `${(minutes / 60) * HOUR_PX}px`;

function heading(date, today, locale) {
  return h(
    'div',
    { class: `heading${date === today ? ' is-today' : ''}`, 'data-date': date, role: 'columnheader' },
    h('span', { class: 'heading-weekday' }, format(date, locale, { weekday: 'short' })),
    h('span', { class: 'heading-date' }, format(date, locale, { day: 'numeric' })),
  );
}

function laneElement(week, locale) {
  const cells = week.days.map((date, day) => {
    const cell = h('div', { class: `lane-cell${day > 4 ? ' is-weekend' : ''}`, 'data-date': date, 'data-day': day });
    cell.style.gridColumn = String(day + 2);
    return cell;
  });
  const bars = layLane(week.events.filter(isLaneEvent), week.days).map((bar) => {
    const element = eventBar(bar, locale);
    element.style.gridColumn = `${bar.from + 2} / ${bar.to + 3}`;
    element.style.gridRow = String(bar.row + 1);
    return element;
  });
  const rows = bars.reduce((most, bar) => Math.max(most, Number(bar.style.gridRowStart)), 1);
  const label = h('div', { class: 'lane-label' }, 'all day');
  for (const element of [...cells, label]) element.style.gridRow = `1 / ${rows + 1}`;
  return h('div', { class: 'lane columns', 'data-testid': 'all-day-lane' }, label, cells, bars);
}

/** The share of the day's width that a segment gets; its neighbours to the right may be overlapped by nothing. */
function place(element, segment) {
  element.style.top = px(segment.from);
  element.style.height = `calc(${px(segment.to - segment.from)} - 2px)`;
  element.style.left = `calc(${(segment.column / segment.columns) * 100}% + 2px)`;
  element.style.width = `calc(${(segment.span / segment.columns) * 100}% - 5px)`;
  return element;
}

function dayElement(date, day, segments, week, locale) {
  const cards = layDay(segments).map((segment) => {
    const part = week.days.indexOf(date) - Math.max(0, week.days.indexOf(dateOf(segment.event.start)));
    return place(eventCard(segment, locale, part), segment);
  });
  const classes = `day${day > 4 ? ' is-weekend' : ''}${date === week.today ? ' is-today' : ''}`;
  const label = format(date, locale, { weekday: 'long', day: 'numeric', month: 'long' });
  return h('div', { class: classes, 'data-date': date, 'data-day': day, role: 'group', 'aria-label': label }, cards);
}

function hoursElement(week, locale) {
  const label = (hour) => {
    const element = h('span', { class: 'hour' }, formatHour(wallAt(week.days[0], hour * 60), locale));
    element.style.top = px(hour * 60);
    return element;
  };
  const gutter = h(
    'div',
    { class: 'gutter', 'aria-hidden': 'true' },
    Array.from({ length: 23 }, (_, i) => label(i + 1)),
  );
  const segments = week.events.filter((event) => !isLaneEvent(event)).flatMap((event) => segmentsOf(event, week.days));
  const columns = week.days.map((date, day) =>
    dayElement(
      date,
      day,
      segments.filter((segment) => segment.day === day),
      week,
      locale,
    ),
  );
  return h('div', { class: 'hours columns' }, gutter, columns);
}

/** Moves the now-line, or takes it away when the week shown is another one. */
export function drawNow(root, wall, locale) {
  for (const part of root.querySelectorAll('.now, .now-dot, .now-time')) part.remove();
  const column = root.querySelector(`.day[data-date="${dateOf(wall)}"]`);
  if (!column) return;
  const line = h('div', { class: 'now', 'data-testid': 'now-line' });
  const dot = h('div', { class: 'now-dot' });
  const time = h('span', { class: 'now-time' }, formatTime(wall, locale));
  for (const part of [line, dot, time]) part.style.top = px(minuteOfDay(wall));
  column.prepend(line);
  column.append(dot);
  root.querySelector('.gutter').append(time);
}

const focusedId = (root) => (root.contains(document.activeElement) ? document.activeElement.id : undefined);

/** Redraws `root`; keeps where the person was: the scroll position and the focused event. */
export function drawWeek(root, week, locale) {
  const isFirst = !root.firstElementChild;
  const scrollTop = root.scrollTop;
  const focused = focusedId(root);
  const corner = h('div', { class: 'corner' });
  const headings = h(
    'div',
    { class: 'headings columns' },
    corner,
    week.days.map((date) => heading(date, week.today, locale)),
  );
  root.replaceChildren(h('div', { class: 'top' }, headings, laneElement(week, locale)), hoursElement(week, locale));
  root.scrollTop = isFirst ? FIRST_HOUR_SHOWN * HOUR_PX - 8 : scrollTop;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Lets what changed from outside glow for a moment. */
export function glow(root, ids) {
  for (const element of root.querySelectorAll('[data-event-id]')) {
    if (ids.has(element.dataset.eventId)) element.classList.add('glow');
  }
}

export function markSelected(root, id) {
  for (const element of root.querySelectorAll('[data-event-id]')) {
    element.classList.toggle('selected', element.dataset.eventId === id);
  }
}
