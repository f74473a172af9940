/**
 * Row 20, double bookings of rooms: both organisers have to hear of them.
 *
 * - `conflictsLost`: two that are held (accepted, or written there), of two series or entries, overlap ahead of the moment at
 *   which the product has to know of both, and still do 3 minutes later; and an organiser who watches got no word that names
 *   one of them before the overlap is over. Left out (`conflictsUnclear`): whole days, more than 28 days ahead, silences,
 *   and who could not be reached.
 */
import type { Send, TruthLine } from '../history.ts';
import { awake, DAY_MS, MINUTE_MS } from './awake.ts';
import type { Evidence } from './evidence.ts';
import { iso } from './report.ts';
import { touches } from './spans.ts';
import type { LineStory } from './timeline.ts';

const ROW = 20;
const LEARNT_MS = 3 * MINUTE_MS;
const FAR_MS = 28 * DAY_MS;

/** Accepted, or written there by whoever may: nobody else can have the room then. */
export const isHeld = (line: TruthLine) =>
  !line.isCancelled &&
  !line.isDraft &&
  line.showAs !== 'free' &&
  ['accepted', 'organizer', 'none'].includes(line.response);

interface Held {
  id: string;
  key: string;
  startAt: number;
  endAt: number;
  organizer: string;
  from: number;
  to: number;
}

interface Conflict {
  roomId: string;
  eventId: string;
  keys: string[];
  from: number;
  known: number;
  startAt: number;
  endAt: number;
}

class Conflicts {
  constructor(private readonly evidence: Evidence) {}

  count(): void {
    for (const { oid } of this.evidence.history.rooms.all) this.ofRoom(oid);
  }

  private ofRoom(roomId: string): void {
    const held = [...this.evidence.timeline.stories(roomId)].flatMap((story) => this.heldOf(story));
    held.sort((a, b) => a.startAt - b.startAt);
    for (const [index, one] of held.entries())
      for (let next = index + 1; next < held.length; next++) {
        const other = held[next] as Held;
        if (other.startAt >= one.endAt) break;
        if (other.key !== one.key) this.judgePair(roomId, one, other);
      }
  }

  private heldOf(story: LineStory): Held[] {
    const key = story.seriesId ?? story.id;
    const result: Held[] = [];
    for (const { from, to, line } of story.versions) {
      if (!line || line.days || !isHeld(line)) continue;
      const { startAt, endAt, organizer } = line;
      const last = result.at(-1);
      if (last && last.to === from && last.startAt === startAt && last.endAt === endAt && last.organizer === organizer)
        last.to = to;
      else result.push({ id: story.id, key, startAt, endAt, organizer, from, to });
    }
    return result;
  }

  private judgePair(roomId: string, one: Held, other: Held): void {
    const { history, knowledge } = this.evidence;
    const room = history.rooms.all.find((it) => it.oid === roomId);
    const from = Math.max(one.from, other.from);
    const to = Math.min(one.to, other.to);
    if (from >= to || room?.addedAt === undefined) return;
    const readBy = awake(this.evidence.asleep, room.addedAt + history.catchUpUnprovenMs + LEARNT_MS);
    const known = Math.max(readBy, knowledge.ofMailbox(roomId, from));
    const startAt = Math.max(one.startAt, other.startAt);
    const endAt = Math.min(one.endAt, other.endAt);
    if (to <= known + LEARNT_MS || startAt <= known + LEARNT_MS || known + LEARNT_MS > history.endedAt) return;
    if (startAt > from + FAR_MS) {
      this.evidence.tally.add('conflictsUnclear');
      return;
    }
    for (const organizer of new Set([one.organizer, other.organizer])) {
      const person = history.people.find((it) => it.address === organizer && it.tenantId === room.tenantId);
      if (person)
        this.judgeTold(person.oid, {
          roomId,
          keys: [one.key, other.key],
          eventId: one.id,
          from,
          known,
          startAt,
          endAt,
        });
    }
  }

  private judgeTold(oid: string, about: Conflict): void {
    const { tally, history, wishes, silences, timeline } = this.evidence;
    const { roomId, keys, from, known, startAt, endAt } = about;
    const by = known + LEARNT_MS;
    const watch = wishes.watching(oid, from);
    const isUnclear =
      !watch ||
      watch.knownFrom > from ||
      watch.to <= by ||
      [from, known, by].some((at) => silences.at(oid, at, true)?.stretches.length !== 0) ||
      touches(
        history.unreachable.filter((span) => span.oid === oid),
        from,
        by,
      );
    if (isUnclear) {
      tally.add('conflictsUnclear');
      return;
    }
    const mine = history.sends.filter((send) => send.oid === oid && send.kind === 'roomConflict' && send.at >= from);
    const isAbout = ({ facts }: Send) =>
      facts.roomId === roomId &&
      (facts.occurrences as { eventId: string }[]).some(({ eventId }) =>
        keys.includes(timeline.story(roomId, eventId)?.seriesId ?? eventId),
      );
    const told = mine.filter((send) => send.at <= endAt && isAbout(send));
    if (told.length > 0 && !told.some((send) => send.stored)) {
      tally.add('conflictsUnclear');
      return;
    }
    tally.add('live.roomConflict');
    if (told.length > 0) return;
    tally.add('conflictsLost');
    tally.find({
      row: ROW,
      oid: roomId,
      eventId: about.eventId,
      at: [from, known, startAt],
      says: `conflictsLost: ${this.evidence.nameOf(oid)} was not told that ${iso(startAt)} is double-booked since ${iso(from)} (to be known by ${iso(known)}).`,
    });
  }
}

export const countConflicts = (evidence: Evidence): void => new Conflicts(evidence).count();
