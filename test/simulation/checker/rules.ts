/**
 * Row 21, rules: what people wanted to be done some minutes before each of their meetings, or after each, judged from the truth
 * and from what they typed, by code of our own.
 *
 * A run (rule, entry, start) is LIVE if the rule had been made 3 minutes before it was due and was not ended within 6 minutes
 * after, and the entry was a meeting (others in it, nothing private or declined, no whole day, not cancelled) at these times,
 * as had to be known by due, until 6 minutes after due: so long may an attempt take whose process died.
 *
 * - `rulesLost`: LIVE, and no message by the start of the meeting (half an hour after due, where that is later; 12 hours after due
 *   for what comes after the end). `webhooksLost`: LIVE, and no request arrived that was taken.
 * - `rulesTwice`: more messages of a rule for one start than entries ever had it (of what changes start: than versions), less
 *   ambiguous sends; two webhook ids for one entry and start.
 * - Left out (`rulesUnclear`): two entries with one start, silences, rules that stopped themselves. And as in lost.ts.
 */
import type { HookPost, RuleMade, Send, TruthLine } from '../history.ts';
import { HOUR_MS, MINUTE_MS } from './awake.ts';
import { type Evidence, isAmbiguous } from './evidence.ts';
import { excuse } from './lost.ts';
import { iso } from './report.ts';
import { both, push, touches } from './spans.ts';
import { type LineStory, stretchesOf, takesPlace } from './timeline.ts';
import { WISH_MS } from './wishes.ts';

const ROW = 21;
const STANDS_MS = 6 * MINUTE_MS;
const AFTERWARDS_MS = 12 * HOUR_MS;
const AT_LEAST_MS = 30 * MINUTE_MS;
/** The longest pause between two attempts, and how long one is given to begin. */
const NEXT_ATTEMPT_MS = 10 * HOUR_MS;
const BEGUN_MS = 3 * HOUR_MS;

const isMeeting = (line: TruthLine) =>
  takesPlace(line) &&
  line.sensitivity === 'normal' &&
  line.attendees.some((one) => {
    const [address, type] = one.split('|');
    return type !== 'resource' && address !== line.organizer;
  });

interface Run {
  rule: RuleMade;
  story: LineStory;
  startAt: number;
  endAt: number;
  due: number;
}

const isTimed = ({ trigger }: RuleMade) => trigger === 'before' || trigger === 'after';
const dueOf = ({ trigger, minutes }: RuleMade, { startAt, endAt }: Pick<TruthLine, 'startAt' | 'endAt'>) =>
  trigger === 'before' ? startAt - minutes * MINUTE_MS : endAt + minutes * MINUTE_MS;

class Rules {
  private readonly messages = new Map<string, Send[]>();
  private readonly posts = new Map<string, HookPost[]>();
  /** Ids of entries, and how many versions, by person and start. */
  private readonly starts = new Map<string, { ids: Set<string>; versions: number }>();
  private readonly stopped: Set<string>;

  constructor(private readonly evidence: Evidence) {
    const { history, timeline } = evidence;
    for (const send of history.sends)
      if (send.kind === 'rule') push(this.messages, `${send.facts.text}|${send.facts.startAt}`, send);
    for (const post of history.rules.posts) push(this.posts, this.keyOfPost(post), post);
    for (const oid of new Set(history.rules.made.map((one) => one.oid)))
      for (const story of timeline.stories(oid))
        for (const { line } of story.versions) {
          if (!line) continue;
          const known = this.starts.get(`${oid}|${line.startAt}`) ?? { ids: new Set(), versions: 0 };
          known.ids.add(story.id);
          known.versions += 1;
          this.starts.set(`${oid}|${line.startAt}`, known);
        }
    this.stopped = new Set(history.sends.filter((one) => one.kind === 'rulePaused').map((one) => one.oid));
  }

  count(): void {
    const { history, tally, timeline } = this.evidence;
    tally.set('rulesMade', history.rules.made.length);
    for (const rule of history.rules.made) {
      if (!isTimed(rule)) continue;
      for (const story of timeline.stories(rule.oid)) for (const run of this.runsOf(rule, story)) this.judge(run);
    }
    this.countTwice();
  }

  private keyOfPost({ url, body }: HookPost): string {
    const { data } = JSON.parse(body) as { data: { meeting?: { id?: string; startAt?: string } } };
    return `${new URL(url).host}|${data.meeting?.id}|${Date.parse(data.meeting?.startAt ?? '')}`;
  }

  private *runsOf(rule: RuleMade, story: LineStory): Generator<Run> {
    const seen = new Set<string>();
    for (const { line } of story.versions) {
      if (!line || !isMeeting(line)) continue;
      const { startAt, endAt } = line;
      const due = dueOf(rule, line);
      if (seen.has(`${startAt} ${endAt}`)) continue;
      seen.add(`${startAt} ${endAt}`);
      if (this.isLive({ rule, story, startAt, endAt, due })) yield { rule, story, startAt, endAt, due };
    }
  }

  private isLive({ rule, story, startAt, endAt, due }: Run): boolean {
    const { history, wishes, knownBy } = this.evidence;
    const isActive = rule.at + WISH_MS <= due && (rule.endAskedAt ?? Infinity) > due + STANDS_MS;
    if (!isActive || due < history.startedAt || due + STANDS_MS > history.endedAt) return false;
    const such = (line: TruthLine) => isMeeting(line) && line.startAt === startAt && line.endAt === endAt;
    return both(stretchesOf(story, such, knownBy), wishes.watch(rule.oid)).some(
      (one) => one.knownFrom <= due && one.to > due + STANDS_MS,
    );
  }

  private judge(run: Run): void {
    const { tally, asleep, silences } = this.evidence;
    const { rule, due, startAt } = run;
    const { oid, deed } = rule;
    if (touches(asleep, due - WISH_MS, due + STANDS_MS)) {
      tally.add('asleepSkipped');
      return;
    }
    if (this.stopped.has(oid)) {
      tally.add('rulesUnclear');
      return;
    }
    if (deed === 'webhook') {
      this.judgePost(run);
      return;
    }
    const isAlone = (this.starts.get(`${oid}|${startAt}`)?.ids.size ?? 0) === 1;
    const isAudible = [due, due + STANDS_MS].every((at) => silences.at(oid, at, true)?.stretches.length === 0);
    if (!isAlone || !isAudible) {
      tally.add('rulesUnclear');
      return;
    }
    this.judgeMessage(run);
  }

  private judgeMessage({ rule, story, startAt, due }: Run): void {
    const { tally } = this.evidence;
    const { oid, mark, trigger } = rule;
    const sends = (this.messages.get(`${mark}|${startAt}`) ?? []).filter((one) => one.oid === oid);
    const deadline = trigger === 'after' ? due + AFTERWARDS_MS : Math.max(startAt, due + AT_LEAST_MS);
    const about = { kind: 'rule', oid, eventId: story.id, startAt, leadMs: 0 };
    const why = excuse(this.evidence, { ...about, due, deadline, deliveries: sends, words: mark });
    if (why) {
      tally.add(why);
      return;
    }
    if (sends.length > 0 && !sends.some((one) => one.stored)) {
      tally.add('refusedForGood');
      return;
    }
    tally.add('live.rule');
    if (sends.some((one) => one.stored && one.at <= deadline)) return;
    this.find(
      'rulesLost',
      rule,
      story.id,
      [due, deadline],
      `"${mark}" (${trigger}, start ${iso(startAt)}) was due at ${iso(due)}.`,
    );
  }

  private judgePost({ rule, story, startAt, due }: Run): void {
    const { tally, history } = this.evidence;
    const posts = this.posts.get(`${rule.mark}|${story.id}|${startAt}`) ?? [];
    const isTaken = posts.some((one) => one.status === 0 || (one.status >= 200 && one.status < 300));
    const last = Math.max(due + BEGUN_MS, ...posts.map((one) => one.at + NEXT_ATTEMPT_MS));
    if (!isTaken && last > history.endedAt) {
      tally.add('openAtEnd');
      return;
    }
    tally.add('live.webhook');
    if (isTaken) return;
    this.find('webhooksLost', rule, story.id, [due], `${rule.mark} was to be told of ${iso(startAt)} at ${iso(due)}.`);
  }

  private find(figure: string, { oid }: RuleMade, eventId: string, at: number[], says: string): void {
    this.evidence.tally.add(figure);
    const name = this.evidence.nameOf(oid);
    this.evidence.tally.find({ row: ROW, oid, eventId, at, says: `${figure}: ${name}: ${says}` });
  }

  private countTwice(): void {
    const byMark = new Map(this.evidence.history.rules.made.map((one) => [one.mark, one]));
    for (const sends of this.messages.values()) {
      const stored = sends.filter((one) => one.stored);
      const [first] = stored;
      const rule = byMark.get(String(first?.facts.text));
      const starts = this.starts.get(`${rule?.oid}|${first?.facts.startAt}`);
      if (!first || !rule || !starts) continue;
      const rightful = isTimed(rule) ? starts.ids.size : starts.versions;
      if (stored.length - stored.filter(isAmbiguous).length <= rightful) continue;
      this.find(
        'rulesTwice',
        rule,
        '',
        stored.map((one) => one.at),
        `"${rule.mark}" came ${stored.length} times.`,
      );
    }
    for (const posts of this.posts.values()) {
      const [first] = posts;
      const rule = byMark.get(first ? new URL(first.url).host : '');
      const ids = new Set(posts.map((one) => one.webhookId));
      if (!rule || !isTimed(rule) || ids.size < 2) continue;
      this.find(
        'rulesTwice',
        rule,
        '',
        posts.map((one) => one.at),
        `${rule.mark} was told of one thing by ${ids.size} ids.`,
      );
    }
  }
}

/** A rule's own words. */
export const OF_RULES = new Set(['rule']);
export const RULE_FIGURES = ['rulesLost', 'rulesTwice', 'webhooksLost'] as const;
export const RULE_COUNTS = ['rulesMade', 'live.rule', 'live.webhook', 'rulesUnclear'];

export const countRules = (evidence: Evidence): void => new Rules(evidence).count();
