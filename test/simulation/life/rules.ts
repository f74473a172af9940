/** What people want to be done about their meetings, in words that they type. */
import type { RuleWish } from '../history.ts';
import type { Act } from './hand.ts';
import { DAY_MS, HOUR_MS } from './wall.ts';

const MOST_A_PERSON = 3;

const MINUTES = {
  before: [0, 5, 10, 20, 60, 120, 1440, 1440],
  after: [0, 5, 10, 30, 60],
};

const HEAD: Record<RuleWish['trigger'], (minutes: number) => string> = {
  before: (minutes) => `${minutes} minutes before a meeting`,
  after: (minutes) => `${minutes} minutes after a meeting ends`,
  created: () => 'when a meeting is created',
  moved: () => 'when a meeting moves',
};

export const lineFor = ({ trigger, minutes, deed, mark }: RuleWish): string =>
  `${HEAD[trigger](minutes)}, ${deed === 'webhook' ? 'webhook' : 'message me'} "${mark}"`;

export const hookUrl = (mark: string): string => `https://${mark}/calendar`;

/** One more rule, for good or for a day or two. */
export const makeRule: Act = (hand, person) => {
  const { chance } = hand;
  if (hand.rulesOf(person) >= MOST_A_PERSON) return false;
  const trigger =
    chance.pick(['before', 'before', 'before', 'after', 'after', 'created', 'moved'] as const) ?? 'before';
  const minutes = trigger === 'before' || trigger === 'after' ? (chance.pick(MINUTES[trigger]) ?? 10) : 0;
  const deed = chance.hits(0.3) ? 'webhook' : 'message';
  const serial = hand.nextRule(person);
  const mark = deed === 'webhook' ? `hook${serial}.example` : `Said by rule ${serial}.`;
  const { oid } = person;
  hand.wish({ at: hand.now(), oid, kind: 'rule', wanted: { mark, trigger, minutes, deed } });
  if (chance.hits(0.25))
    hand.later(chance.between(HOUR_MS, 2 * DAY_MS), person, (own) => {
      own.wish({ at: own.now(), oid, kind: 'noRule', mark });
      return true;
    });
  return true;
};

export const RULE_DEEDS = [{ name: 'makeRule', weight: 0.5, act: makeRule }];
