/**
 * Row 20, rooms: what their organisers were asked and told, and what was given back, by the truth of the rooms' calendars.
 *
 * - A release is a change of a room's calendar that the bot itself made: an entry that was held is declined, or gone. Who
 *   pressed "Give it back", or gave up the room for a series, wanted it; those are left out.
 * - `releasedCheckedIn`: of a booking to which somebody checked in and was told so, whichever came first: whoever presses
 *   after the release has to hear that it is too late.
 * - `releasedUnasked`: without a question that Teams stored before.
 * - `releasesLost`: asked at least 2.5 minutes before, nobody pressed anything, the booking stood from before the question on and
 *   lasts 15 minutes beyond the hour of the release; and 6 minutes after that hour, waking time, it still stands.
 *   Left out (`releasesUnclear`): where Graph refused a request about it.
 * - `releasesTwice`: a request to Graph after the ledger had taken the release for done, with the entry not held again since.
 * - `roomWordsTwice`: an equal question, or an equal word about a release, more often than the entry has versions at that
 *   start; an equal word about a double booking with no change of the room's calendar for as long as a catch-up takes. Less those
 *   that an ambiguous send explains.
 * - Double bookings: room-conflicts.ts.
 */
import type { RoomPress, Send, TruthLine } from '../history.ts';
import { awake, MINUTE_MS } from './awake.ts';
import { type Evidence, isAmbiguous } from './evidence.ts';
import { iso } from './report.ts';
import { isHeld } from './room-conflicts.ts';
import { push } from './spans.ts';
import { stretchesOf } from './timeline.ts';

/** As recorder.ts has it. */
const BY_THE_BOT = 'by the bot';
const ROW = 20;
const LEAST_TO_ANSWER_MS = 2.5 * MINUTE_MS;
const RELEASE_MS = 3 * MINUTE_MS;
const LEARNT_MS = 3 * MINUTE_MS;
const LEAST_LEFT_MS = 15 * MINUTE_MS;
/** So long after somebody gave up a room for a series its occurrences may still be going. */
const GIVING_UP_MS = 7 * 60 * MINUTE_MS;
const GIVE_BACK = 'room.giveBack';

interface Key {
  roomId: string;
  eventId: string;
  startAt: number;
}

const nameOf = ({ roomId, eventId, startAt }: Key) => `${roomId}|${eventId}|${startAt}`;
const keyOf = ({ facts }: Send): Key => ({
  roomId: String(facts.roomId),
  eventId: String(facts.eventId),
  startAt: Number(facts.startAt),
});

type Release = Key & { at: number };

class Rooms {
  private readonly releases: Release[];
  private readonly questions = new Map<string, Send[]>();
  private readonly presses = new Map<string, RoomPress[]>();

  constructor(private readonly evidence: Evidence) {
    for (const send of evidence.history.sends)
      if (send.kind === 'checkIn') push(this.questions, nameOf(keyOf(send)), send);
    for (const press of evidence.history.rooms.presses) push(this.presses, nameOf(press), press);
    this.releases = this.releasesOf();
  }

  count(): void {
    const { tally, history } = this.evidence;
    tally.set('releases', this.releases.length);
    tally.set(
      'checkedIn',
      history.rooms.presses.filter((one) => one.verb === 'room.here' && one.outcome === 'done').length,
    );
    for (const release of this.releases) this.judge(release);
    for (const sends of this.questions.values()) this.judgeQuestion(sends);
    this.countTwice();
    this.countWordsTwice();
  }

  private find(figure: string, key: Pick<Key, 'roomId' | 'eventId'>, at: number[], says: string): void {
    this.evidence.tally.add(figure);
    this.evidence.tally.find({ row: ROW, oid: key.roomId, eventId: key.eventId, at, says: `${figure}: ${says}` });
  }

  private releasesOf(): Release[] {
    const { history, timeline } = this.evidence;
    const rooms = new Set(history.rooms.all.map((one) => one.oid));
    return history.truth
      .filter((entry) => entry.cause === BY_THE_BOT && rooms.has(entry.oid))
      .flatMap(({ at, oid, put, gone }) =>
        [...put.filter((line) => !isHeld(line)).map((line) => line.id), ...gone].flatMap((id) => {
          const before = timeline.story(oid, id)?.versions.find((version) => version.to === at)?.line;
          return before && isHeld(before) ? [{ at, roomId: oid, eventId: id, startAt: before.startAt }] : [];
        }),
      );
  }

  private isWished({ at, ...key }: Release): boolean {
    const given = (this.presses.get(nameOf(key)) ?? []).some((one) => one.verb === GIVE_BACK && one.askedAt <= at);
    const isGivenUp = ({ verb, askedAt }: RoomPress) =>
      verb === 'room.giveUp' && askedAt <= at && askedAt > at - GIVING_UP_MS;
    return given || this.evidence.history.rooms.presses.some(isGivenUp);
  }

  private judge(release: Release): void {
    if (this.isWished(release)) {
      this.evidence.tally.add('givenBack');
      return;
    }
    const { at, startAt } = release;
    const here = (this.presses.get(nameOf(release)) ?? []).find(
      (one) => one.verb === 'room.here' && one.outcome === 'done',
    );
    if (here)
      this.find(
        'releasedCheckedIn',
        release,
        [here.at, at],
        `${this.evidence.nameOf(here.oid)} checked in at ${iso(here.at)}, and the room was given back at ${iso(at)}.`,
      );
    const isAsked = (this.questions.get(nameOf(release)) ?? []).some((send) => send.stored && send.at < at);
    if (!isAsked)
      this.find('releasedUnasked', release, [at, startAt], `given back at ${iso(at)}, and nobody had been asked.`);
  }

  private judgeQuestion(sends: Send[]): void {
    const { history, timeline, tally, knowledge, asleep } = this.evidence;
    const asked = sends.find((send) => send.stored && send.recorded && send.status >= 200 && send.status < 300);
    if (!asked) return;
    const key = keyOf(asked);
    const releaseAt = Number(asked.facts.releaseAt);
    if (asked.at > releaseAt - LEAST_TO_ANSWER_MS) return;
    const by = awake(asleep, releaseAt + RELEASE_MS + LEARNT_MS);
    if (by > history.endedAt || (this.presses.get(nameOf(key)) ?? []).some((one) => one.askedAt <= by)) return;
    const story = timeline.story(key.roomId, key.eventId);
    const stands = (line: TruthLine) =>
      isHeld(line) && line.startAt === key.startAt && line.endAt >= releaseAt + LEAST_LEFT_MS;
    const known = (oid: string, at: number) => knowledge.ofMailbox(oid, at);
    const stretch =
      story && stretchesOf(story, stands, known).find((one) => one.knownFrom <= asked.at && one.to > releaseAt);
    if (!stretch) return;
    const isReleased = this.releases.some((one) => nameOf(one) === nameOf(key) && one.at === stretch.to);
    if (!isReleased && stretch.to <= by) return;
    const isRefused = history.rooms.calls.some(
      (one) => one.eventId === key.eventId && one.at >= releaseAt && one.at <= by && one.status >= 400,
    );
    if (isRefused && stretch.to > by) {
      tally.add('releasesUnclear');
      return;
    }
    tally.add('live.release');
    if (stretch.to <= by) return;
    this.find(
      'releasesLost',
      key,
      [asked.at, releaseAt, by],
      `asked at ${iso(asked.at)}, nobody came, and at ${iso(by)} the room (start ${iso(key.startAt)}) was not given back.`,
    );
  }

  private countTwice(): void {
    const { history, timeline } = this.evidence;
    for (const call of history.rooms.calls) {
      if (call.status < 200 || call.status >= 300) continue;
      const done = history.rooms.recorded.findLast(
        (one) => one.roomId === call.roomId && one.eventId === call.eventId && one.at < call.at,
      );
      const versions = timeline.story(call.roomId, call.eventId)?.versions ?? [];
      const isAgain = versions.some(
        ({ from, line }) => done && from > done.at && from < call.at && line && isHeld(line),
      );
      if (done && !isAgain)
        this.find('releasesTwice', call, [done.at, call.at], `done at ${iso(done.at)}, and again at ${iso(call.at)}.`);
    }
  }

  private countWordsTwice(): void {
    const groups = new Map<string, Send[]>();
    for (const send of this.evidence.deliveries)
      if (OF_ROOMS.has(send.kind)) push(groups, `${send.oid}|${send.kind}|${JSON.stringify(send.facts)}`, send);
    for (const group of groups.values()) {
      const [first] = group;
      const last = group.at(-1);
      if (!first || !last || group.length < 2) continue;
      const extra = group.length - this.rightful(first, last) - group.filter(isAmbiguous).length;
      if (extra > 0)
        this.find(
          'roomWordsTwice',
          keyOf(first),
          group.map((one) => one.at),
          `${first.kind} "${first.words.slice(0, 80)}"`,
        );
    }
  }

  private rightful(first: Send, last: Send): number {
    const { history, timeline } = this.evidence;
    const { roomId, eventId, startAt } = keyOf(first);
    if (first.kind !== 'roomConflict') {
      const versions = timeline.story(roomId, eventId)?.versions ?? [];
      return Math.max(1, versions.filter(({ line }) => line?.startAt === startAt).length);
    }
    const changes = history.truth.filter(
      (one) => one.oid === roomId && one.at > first.at - history.catchUpMs && one.at <= last.at,
    );
    return 1 + changes.length;
  }
}

/** Told about rooms, of no meeting of the reader's own calendar. */
export const OF_ROOMS = new Set(['checkIn', 'roomReleased', 'roomStrikes', 'roomConflict', 'roomDeclined']);

export const ROOM_FIGURES = [
  'releasedCheckedIn',
  'releasedUnasked',
  'releasesLost',
  'releasesTwice',
  'roomWordsTwice',
  'conflictsLost',
] as const;

export const ROOM_COUNTS = [
  'releases',
  'givenBack',
  'checkedIn',
  'live.release',
  'live.roomConflict',
  'releasesUnclear',
  'conflictsUnclear',
];

export const countRooms = (evidence: Evidence): void => new Rooms(evidence).count();
