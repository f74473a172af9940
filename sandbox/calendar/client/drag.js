/** The mouse in the grid: drag an event to move it, its lower edge to resize it, the empty grid to make a new one. */
import { h } from './dom.js';
import { HOUR_PX } from './grid.js';
import { segmentsOf } from './layout.js';
import { addDays, addMinutes, dateOf, daysBetween, formatTime, minuteOfDay, minutesBetween, wallAt } from './wall.js';

const SNAP_MINUTES = 15;
const SLOT_MINUTES = 30;
const THRESHOLD_PX = 4;
const EDGE_PX = 36;

const snap = (minutes) => Math.round(minutes / SNAP_MINUTES) * SNAP_MINUTES;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Which day and minute lie under the pointer; beyond the grid, the nearest. */
function locate(root, event) {
  const columns = [...root.querySelectorAll('.day')];
  const found = columns.findIndex((column) => event.clientX < column.getBoundingClientRect().right);
  const day = found < 0 ? columns.length - 1 : found;
  const minute = ((event.clientY - columns[day].getBoundingClientRect().top) / HOUR_PX) * 60;
  return { day, minute: clamp(minute, 0, 24 * 60) };
}

/** The times of a moved event; it begins on the day where it is dropped, whatever the hour. */
function moved(event, from, to) {
  const days = to.day - from.day;
  const minutes = clamp(minuteOfDay(event.start) + snap(to.minute - from.minute), 0, 24 * 60 - SNAP_MINUTES);
  const start = wallAt(addDays(dateOf(event.start), days), minutes);
  return { start, end: addMinutes(start, minutesBetween(event.start, event.end)) };
}

function movedByDays(event, from, to) {
  const days = to.day - from.day;
  return { start: addMinutes(event.start, days * 24 * 60), end: addMinutes(event.end, days * 24 * 60) };
}

/** ISO times are in order as text. */
const later = (a, b) => [a, b].sort()[1];

function resized(event, to, days) {
  const end = wallAt(days[to.day], snap(to.minute));
  const shortest = addMinutes(event.start, SNAP_MINUTES);
  return { start: event.start, end: later(end, shortest) };
}

function selected(from, to, days) {
  const [first, last] = from.minute <= to.minute ? [from, to] : [to, from];
  const start = Math.floor(first.minute / SNAP_MINUTES) * SNAP_MINUTES;
  const end = Math.max(start + SNAP_MINUTES, Math.ceil(last.minute / SNAP_MINUTES) * SNAP_MINUTES);
  return { start: wallAt(days[from.day], start), end: wallAt(days[from.day], end) };
}

function ghostAt(column, segment, times, locale) {
  const label = `${formatTime(times.start, locale)} – ${formatTime(times.end, locale)}`;
  const ghost = h('div', { class: 'ghost' }, segment.isFirst && label);
  ghost.style.top = `${(segment.from / 60) * HOUR_PX}px`;
  ghost.style.height = `${((segment.to - segment.from) / 60) * HOUR_PX}px`;
  column.append(ghost);
}

function drawGhost(root, times, days, locale) {
  clearGhost(root);
  for (const segment of segmentsOf(times, days)) {
    ghostAt(root.querySelectorAll('.day')[segment.day], segment, times, locale);
  }
}

function drawLaneGhost(root, times, days) {
  clearGhost(root);
  const first = daysBetween(days[0], times.start);
  for (const cell of root.querySelectorAll('.lane-cell')) {
    const day = Number(cell.dataset.day);
    cell.classList.toggle('is-target', day >= first && `${days[day]}T00:00` < times.end);
  }
}

function clearGhost(root) {
  for (const ghost of root.querySelectorAll('.ghost')) ghost.remove();
  for (const cell of root.querySelectorAll('.is-target')) cell.classList.remove('is-target');
}

/** Keeps the pointer's surroundings in view while something is dragged. */
function scrollAtEdge(root, event) {
  const box = root.getBoundingClientRect();
  const top = box.top + root.querySelector('.top').offsetHeight;
  if (event.clientY > box.bottom - EDGE_PX) root.scrollTop += 12;
  else if (event.clientY < top + EDGE_PX / 2 && event.clientY > top - EDGE_PX) root.scrollTop -= 12;
}

/** What the pointer went down on, or undefined where nothing can be dragged. */
function gestureAt(root, pointer, findEvent) {
  const card = pointer.target.closest('[data-event-id]');
  const from = locate(root, pointer);
  const origin = { x: pointer.clientX, y: pointer.clientY, from, isActive: false };
  if (card) {
    const event = findEvent(card.dataset.eventId);
    if (!event) return undefined;
    const kind = card.classList.contains('bar-event')
      ? 'lane'
      : pointer.target.closest('.event-handle')
        ? 'resize'
        : 'move';
    return { ...origin, kind, event, card, isRefused: card.dataset.movable !== 'true' };
  }
  if (pointer.target.closest('.day')) return { ...origin, kind: 'select' };
  return undefined;
}

function timesOf(gesture, to, days) {
  if (gesture.kind === 'move') return moved(gesture.event, gesture.from, to);
  if (gesture.kind === 'lane') return movedByDays(gesture.event, gesture.from, to);
  if (gesture.kind === 'resize') return resized(gesture.event, to, days);
  return selected(gesture.from, to, days);
}

/**
 * `context()` gives `{ days, locale, findEvent }` of the week shown. Hears: `onmove(event, times)`,
 * `onselect(times)`, `onslot(date, minute)`, `onlane(date)`, `onrefused(event)`.
 */
export function watchPointer(root, context, hears) {
  let gesture;
  let swallowClick = false;

  const stop = () => {
    clearGhost(root);
    gesture?.card?.classList.remove('is-dragged');
    root.classList.remove('is-dragging');
    gesture = undefined;
  };

  const begin = (pointer) => {
    gesture.isActive = true;
    swallowClick = true;
    if (gesture.isRefused) {
      hears.onrefused(gesture.event);
      return stop();
    }
    root.setPointerCapture(pointer.pointerId);
    root.classList.add('is-dragging');
    gesture.card?.classList.add('is-dragged');
  };

  root.addEventListener('pointerdown', (pointer) => {
    swallowClick = false;
    if (pointer.button !== 0) return;
    gesture = gestureAt(root, pointer, context().findEvent);
  });

  root.addEventListener('pointermove', (pointer) => {
    if (!gesture) return;
    const distance = Math.hypot(pointer.clientX - gesture.x, pointer.clientY - gesture.y);
    if (!gesture.isActive && distance >= THRESHOLD_PX) begin(pointer);
    if (!gesture?.isActive) return;
    const { days, locale } = context();
    if (gesture.kind !== 'lane') scrollAtEdge(root, pointer);
    gesture.times = timesOf(gesture, locate(root, pointer), days);
    if (gesture.kind === 'lane') drawLaneGhost(root, gesture.times, days);
    else drawGhost(root, gesture.times, days, locale);
  });

  root.addEventListener('pointerup', () => {
    const done = gesture;
    stop();
    if (!done?.times) return;
    const isSame = done.event && done.times.start === done.event.start && done.times.end === done.event.end;
    if (done.kind === 'select') hears.onselect(done.times);
    else if (!isSame) hears.onmove(done.event, done.times);
  });

  root.addEventListener('pointercancel', stop);
  document.addEventListener(
    'keydown',
    (key) => {
      if (key.key !== 'Escape' || !gesture?.isActive) return;
      key.stopPropagation();
      stop();
    },
    true,
  );

  root.addEventListener('click', (click) => {
    // The click that ends a drag opens nothing.
    if (swallowClick && click.detail > 0) {
      swallowClick = false;
      click.stopPropagation();
      return;
    }
    const card = click.target.closest('[data-event-id]');
    const cell = click.target.closest('.day, .lane-cell');
    if (card) hears.onopen(context().findEvent(card.dataset.eventId));
    else if (cell?.classList.contains('lane-cell')) hears.onlane(cell.dataset.date);
    else if (cell) {
      const minute = Math.floor(locate(root, click).minute / SLOT_MINUTES) * SLOT_MINUTES;
      hears.onslot(cell.dataset.date, Math.min(minute, 24 * 60 - SLOT_MINUTES));
    }
  });
}

const STEPS = { ArrowUp: -SNAP_MINUTES, ArrowDown: SNAP_MINUTES, ArrowLeft: -24 * 60, ArrowRight: 24 * 60 };

/** The keyboard's way to do the same: Alt and an arrow moves the focused event, with Shift it moves its end. */
export function timesAfterKey(event, key) {
  const step = key.altKey ? STEPS[key.key] : undefined;
  if (!step || (event.isAllDay && Math.abs(step) < 24 * 60)) return undefined;
  const end = addMinutes(event.end, step);
  if (!key.shiftKey) return { start: addMinutes(event.start, step), end };
  return end > event.start ? { start: event.start, end } : undefined;
}
