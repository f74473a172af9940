/**
 * A day of reminders in many tenants, second by second, without a database: the formulas of cw.spread_storms, the pace
 * of each tenant and that of the fleet (docs/delivery.md). What is left out is said in docs/scale.md. Pure.
 */

/** Seconds, all of them; the day begins at 0. */
export interface Scene {
  /** How many people each tenant has. */
  tenants: number[];
  /** Start of meetings, and the share of all people who have one then. */
  meetings: { startAt: number; share: number }[];
  leadS: number;
  earlyS: number;
  instances: number;
  /** What one instance can send in a second. */
  perInstance: number;
}

export interface Pace {
  /** Slots of a tenant a second, and what a storm is spread by. */
  tenantPerSecond: number;
  stormPerSecond: number;
  lookEveryS: number;
  aheadS: number;
  /** From the slot to the arrival at Teams. */
  latencyS: number;
}

export interface Outcome {
  reminders: number;
  /** How long before it was due, for each that was. */
  early: Float64Array;
  late: Float64Array;
  afterStart: number;
  mostPerSecond: number;
  /** Highest number of nudges that one look had before it. */
  mostInView: number;
}

const TICK_S = 0.05;
/** A quarter of a second is no storm. */
const NO_STORM_S = 0.25;
/** Slots are reserved this far ahead. */
const HORIZON_S = 0.3;

/** Reminders of one tenant, by due time; they are sent in this order. */
interface Queue {
  due: Float64Array;
  sendAt: Float64Array;
  /** How many are sent. */
  sent: number;
  paceAt: number;
}

function queueOf(people: number, scene: Scene): Queue {
  const moments = [...scene.meetings].sort((a, b) => a.startAt - b.startAt);
  const counts = moments.map((one) => Math.round(people * one.share));
  const due = new Float64Array(counts.reduce((sum, one) => sum + one, 0));
  let at = 0;
  moments.forEach((one, index) => {
    const end = at + (counts[index] ?? 0);
    due.fill(one.startAt - scene.leadS, at, end);
    at = end;
  });
  return { due, sendAt: due.slice(), sent: 0, paceAt: 0 };
}

const at = (values: Float64Array, index: number) => values[index] ?? Number.POSITIVE_INFINITY;

/** First and last (excluded) of those that are due after `now` and within sight. */
function viewOf(queue: Queue, now: number, aheadS: number): [number, number] {
  let from = queue.sent;
  while (from < queue.due.length && at(queue.due, from) <= now) from += 1;
  let to = from;
  while (to < queue.due.length && at(queue.due, to) <= now + aheadS) to += 1;
  return [from, to];
}

/** Latest moment for each at its tenant's pace, from the last one backwards. */
function spreadTenant(queue: Queue, [from, to]: [number, number], step: number): Float64Array {
  const latest = new Float64Array(to - from);
  let least = Number.POSITIVE_INFINITY;
  for (let index = to - 1, place = 1; index >= from; index -= 1, place += 1) {
    least = Math.min(least, at(queue.due, index) + place * step);
    latest[index - from] = Math.min(at(queue.due, index), least - place * step);
  }
  return latest;
}

/** cw.spread_storms, for what is in view of each. */
function spread(queues: Queue[], views: [number, number][], scene: Scene, pace: Pace): void {
  const latest = queues.map((queue, index) => spreadTenant(queue, views[index] ?? [0, 0], 1 / pace.stormPerSecond));
  const left = latest.map((one) => one.length);
  const total = left.reduce((sum, one) => sum + one, 0);
  const step = 1 / (scene.instances * scene.perInstance);
  let least = Number.POSITIVE_INFINITY;
  for (let place = 1; place <= total; place += 1) {
    // The latest of all that are left; equal ones from the last tenant on.
    let chosen = -1;
    let moment = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < left.length; index += 1) {
      const rest = left[index] ?? 0;
      const its = rest > 0 ? at(latest[index] as Float64Array, rest - 1) : Number.NEGATIVE_INFINITY;
      if (its >= moment && rest > 0) [chosen, moment] = [index, its];
    }
    const queue = queues[chosen];
    if (!queue) break;
    left[chosen] = (left[chosen] ?? 0) - 1;
    const nudge = (views[chosen]?.[0] ?? 0) + (left[chosen] ?? 0);
    const due = at(queue.due, nudge);
    least = Math.min(least, moment + place * step);
    const wanted = Math.min(due, Math.max(due - scene.earlyS, least - place * step));
    if (Math.abs(at(queue.sendAt, nudge) - wanted) > NO_STORM_S) queue.sendAt[nudge] = wanted;
  }
}

/**
 * Every look counts places from the last that is in view, so what was sent meanwhile changes nothing: only a look that
 * sees something new is worked out. Returns what a look at this moment has before it.
 */
function looker(queues: Queue[], scene: Scene, pace: Pace): (now: number) => number {
  let seen = '';
  return (now) => {
    const views = queues.map((queue) => viewOf(queue, now, pace.aheadS));
    const ends = views.map(([, to]) => to).join(' ');
    if (ends !== seen) spread(queues, views, scene, pace);
    seen = ends;
    return views.reduce((sum, [from, to]) => sum + to - from, 0);
  };
}

/** What is ready, in turn: whose slot is next goes first, none takes more than half of what is left. Returns how many. */
function claim(
  queues: Queue[],
  now: number,
  budget: number,
  pace: Pace,
  onSent: (queue: Queue, slotAt: number) => void,
): number {
  let left = budget;
  const ready = queues.filter((queue) => at(queue.sendAt, queue.sent) <= now).sort((a, b) => a.paceAt - b.paceAt);
  for (const queue of ready) {
    if (left <= 0) break;
    const starts = Math.max(queue.paceAt, now);
    const room = Math.floor((now + HORIZON_S - starts) * pace.tenantPerSecond);
    const most = Math.min(room, Math.max(1, Math.ceil(left / 2)));
    let taken = 0;
    for (; taken < most && at(queue.sendAt, queue.sent) <= now; taken += 1) {
      onSent(queue, starts + taken / pace.tenantPerSecond);
      queue.sent += 1;
    }
    if (taken > 0) queue.paceAt = starts + taken / pace.tenantPerSecond;
    left -= taken;
  }
  return budget - left;
}

export function play(scene: Scene, pace: Pace): Outcome {
  const queues = scene.tenants.map((people) => queueOf(people, scene));
  const reminders = queues.reduce((sum, queue) => sum + queue.due.length, 0);
  const early = new Float64Array(reminders);
  const late = new Float64Array(reminders);
  const outcome: Outcome = { reminders, early, late, afterStart: 0, mostPerSecond: 0, mostInView: 0 };
  const perSecond = new Map<number, number>();
  const fleet = scene.instances * scene.perInstance;
  let sent = 0;
  let tokens = 0;
  const onSent = (queue: Queue, slotAt: number) => {
    const due = at(queue.due, queue.sent);
    const arrival = slotAt + pace.latencyS;
    early[sent] = Math.max(0, due - arrival);
    late[sent] = Math.max(0, arrival - due);
    if (arrival > due + scene.leadS) outcome.afterStart += 1;
    sent += 1;
    const second = Math.floor(slotAt);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  };
  const look = looker(queues, scene, pace);
  let now = Math.min(...scene.meetings.map((one) => one.startAt)) - scene.leadS - pace.aheadS;
  for (let tick = 0; sent < reminders; tick += 1, now += TICK_S) {
    if (tick % Math.round(pace.lookEveryS / TICK_S) === 0) outcome.mostInView = Math.max(outcome.mostInView, look(now));
    // What is not used is not saved up, but for what a claim may reserve ahead.
    tokens = Math.min(tokens + fleet * TICK_S, fleet * HORIZON_S);
    tokens -= claim(queues, now, Math.floor(tokens), pace, onSent);
  }
  outcome.mostPerSecond = Math.max(...perSecond.values());
  return outcome;
}
