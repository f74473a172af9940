/** Where events lie in the week: pure, so that it can be tested without a browser. */
import { addDays, DAY, dateOf, daysBetween, MINUTE, minutesBetween } from './wall.js';

const DAY_MINUTES = DAY / MINUTE;
/** Shorter events are drawn this long, so two short ones in a row must count as overlapping only within it. */
const SHORTEST_MINUTES = 15;

/** All-day events, and those of a day or more, lie in the lane above the hours. */
export const isLaneEvent = (event) => event.isAllDay || minutesBetween(event.start, event.end) >= DAY_MINUTES;

/** The pieces of a timed event, one a day. */
export function segmentsOf(event, days) {
  const pieces = [];
  for (const [day, date] of days.entries()) {
    const from = minutesBetween(`${date}T00:00`, event.start);
    const to = from + Math.max(SHORTEST_MINUTES, minutesBetween(event.start, event.end));
    if (to <= 0 || from >= DAY_MINUTES) continue;
    const piece = { event, day, from: Math.max(0, from), to: Math.min(DAY_MINUTES, to) };
    pieces.push({ ...piece, isFirst: from >= 0, isLast: to <= DAY_MINUTES });
  }
  return pieces;
}

/** Gives the segments of one cluster of overlaps their columns; each takes the leftmost free one. */
function layCluster(cluster) {
  const ends = [];
  for (const segment of cluster) {
    const free = ends.findIndex((end) => end <= segment.from);
    segment.column = free < 0 ? ends.length : free;
    ends[segment.column] = segment.to;
  }
  for (const segment of cluster) {
    segment.columns = ends.length;
    segment.span = widestSpan(segment, cluster, ends.length);
  }
}

/** How many columns a segment may take before it would cover a neighbour. */
function widestSpan(segment, cluster, columns) {
  for (let column = segment.column + 1; column < columns; column += 1) {
    const isTaken = cluster.some((o) => o.column === column && o.from < segment.to && o.to > segment.from);
    if (isTaken) return column - segment.column;
  }
  return columns - segment.column;
}

/** Sets column, columns and span on the segments of one day: overlapping ones share the width. */
export function layDay(segments) {
  const sorted = [...segments].sort((a, b) => a.from - b.from || b.to - a.to);
  let cluster = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const segment of sorted) {
    if (segment.from >= end) {
      layCluster(cluster);
      cluster = [];
    }
    cluster.push(segment);
    end = Math.max(end, segment.to);
  }
  layCluster(cluster);
  return sorted;
}

/** The last date that a lane event touches; an end at midnight belongs to the day before. */
function lastDate(event) {
  const endsAtMidnight = event.end.endsWith('T00:00') && event.end > event.start;
  return endsAtMidnight ? addDays(dateOf(event.end), -1) : dateOf(event.end);
}

/** Rows of the all-day lane: each event in the first row where its days are free. */
export function layLane(events, days) {
  const rows = [];
  return events
    .map((event) => {
      const from = Math.max(0, daysBetween(days[0], event.start));
      const to = Math.min(days.length - 1, daysBetween(days[0], lastDate(event)));
      const isFirst = dateOf(event.start) >= days[0];
      return { event, from, to, isFirst, isLast: lastDate(event) <= days[days.length - 1] };
    })
    .filter((bar) => bar.from < days.length && bar.to >= bar.from)
    .sort((a, b) => a.from - b.from || b.to - a.to)
    .map((bar) => {
      const free = rows.findIndex((lastDay) => lastDay < bar.from);
      const row = free < 0 ? rows.length : free;
      rows[row] = bar.to;
      return { ...bar, row };
    });
}
