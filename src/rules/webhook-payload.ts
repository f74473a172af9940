/**
 * What a webhook is told, and the JSON schema of it (docs/webhooks.md). Fields are only ever added. Of a private entry its
 * times alone. Pure.
 */
import type { RuleFacts, RuleParty, RulePayload } from './rule.ts';

export const RUN_TYPE = 'calendar.rule.run';
export const PING_TYPE = 'calendar.ping';

const iso = (ms: number) => new Date(ms).toISOString();

interface PartyJson {
  name: string;
  address: string;
}

export interface MeetingJson {
  isPrivate: boolean;
  startAt: string;
  endAt: string;
  allDay?: { startDate: string; endDate: string };
  id?: string;
  seriesId?: string;
  subject?: string;
  organiser?: PartyJson;
  isOrganiser?: boolean;
  place?: string;
  joinUrl?: string;
  webLink?: string;
  people?: PartyJson[];
  peopleCount?: number;
  categories?: string[];
}

export interface ChangeJson {
  aspects: string[];
  scope: string;
  occurrences: number;
  before?: { startAt: string; endAt: string };
  answers?: (PartyJson & { response: string })[];
  roomsLost?: string[];
}

export interface RunJson {
  type: typeof RUN_TYPE;
  /** When the run was due; the same in each attempt. */
  timestamp: string;
  data: {
    rule: { id: string; name: string };
    trigger: string;
    meeting: MeetingJson;
    change?: ChangeJson;
  };
}

export interface PingJson {
  type: typeof PING_TYPE;
  timestamp: string;
  data: { webhook: { id: string } };
}

const partyOf = ({ name, address }: RuleParty): PartyJson => ({ name, address });

function meetingOf(facts: RuleFacts): MeetingJson {
  const times = {
    isPrivate: facts.isPrivate,
    startAt: iso(facts.startAt),
    endAt: iso(facts.endAt),
    ...(facts.allDay ? { allDay: { startDate: facts.allDay.startDate, endDate: facts.allDay.endDate } } : {}),
  };
  if (facts.isPrivate) return times;
  return {
    ...times,
    id: facts.eventId,
    ...(facts.seriesId ? { seriesId: facts.seriesId } : {}),
    subject: facts.subject,
    organiser: partyOf(facts.organiser),
    isOrganiser: facts.isOrganiser,
    ...(facts.place ? { place: facts.place } : {}),
    ...(facts.joinUrl ? { joinUrl: facts.joinUrl } : {}),
    ...(facts.webLink ? { webLink: facts.webLink } : {}),
    people: facts.people.map(partyOf),
    peopleCount: facts.peopleCount,
    categories: [...facts.categories],
  };
}

/** What may be known of a private entry: when it is, and whether. calendar/difference.ts has all of them. */
const OF_TIME = new Set(['created', 'removed', 'cancelled', 'restored', 'moved']);

function changeOf({ change, isPrivate }: RuleFacts): ChangeJson | undefined {
  if (!change) return undefined;
  const { aspects, scope, occurrences, beforeStartAt, beforeEndAt, answers, roomsLost } = change;
  const hasBefore = beforeStartAt !== undefined && beforeEndAt !== undefined;
  const times = {
    aspects: isPrivate ? aspects.filter((one) => OF_TIME.has(one)) : [...aspects],
    scope,
    occurrences,
    ...(hasBefore ? { before: { startAt: iso(beforeStartAt), endAt: iso(beforeEndAt) } } : {}),
  };
  if (isPrivate) return times;
  return {
    ...times,
    ...(answers ? { answers: answers.map((one) => ({ ...partyOf(one), response: one.response })) } : {}),
    ...(roomsLost ? { roomsLost: [...roomsLost] } : {}),
  };
}

export function runPayload(ruleId: string, { ruleName, facts }: RulePayload, dueAt: number): RunJson {
  const change = changeOf(facts);
  return {
    type: RUN_TYPE,
    timestamp: iso(dueAt),
    data: {
      rule: { id: ruleId, name: ruleName },
      trigger: facts.trigger,
      meeting: meetingOf(facts),
      ...(change ? { change } : {}),
    },
  };
}

export const pingPayload = (webhookId: string, at: number): PingJson => ({
  type: PING_TYPE,
  timestamp: iso(at),
  data: { webhook: { id: webhookId } },
});
