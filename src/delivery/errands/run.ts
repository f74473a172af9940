/** What the errands of rules have in common: what they carry, and whether it still makes sense. */
import { DAY_MS } from '../../clock.ts';
import { endOfSilence, silencesOf } from '../../nudges/silence.ts';
import type { Deed, DeedName, RulePayload } from '../../rules/rule.ts';
import { ruleStillStands, whyNotTheirs } from '../../rules/still-stands.ts';
import type { Sql } from '../../store/database.ts';
import { eventsBetween } from '../../store/events.ts';
import { findPerson, type Person, settingsOf } from '../../store/people.ts';
import { findRule } from '../../store/rules.ts';
import type { Errand } from './errand.ts';

export const UNREADABLE = 'it can’t be read';
/** The receiver hears of one thing once; its schedule lasts longer than most meetings are far. */
const WEBHOOK = 'webhook';

export type RunOf<Name extends DeedName> = RulePayload & { deed: Extract<Deed, { deed: Name }> };

/** The rule's payload was checked when it was made; undefined: this errand is no rule's, or one of another deed. */
export function runOf<Name extends DeedName>({ payload }: Errand, ...names: Name[]): RunOf<Name> | undefined {
  const { deed, facts } = payload as Partial<RulePayload>;
  return facts && deed && (names as string[]).includes(deed.deed) ? (payload as unknown as RunOf<Name>) : undefined;
}

/** The last look: what was withdrawn while this was in flight, or what nobody had the time to withdraw. */
export async function whyNotRun(sql: Sql, errand: Errand): Promise<string | undefined> {
  const { tenantId, ruleId, personId, mailboxId, attempts, ambiguous, kind, payload } = errand;
  if (ruleId === null || personId === null || mailboxId === null) return UNREADABLE;
  // Somebody asked for it once more; the meeting may be long over.
  if (payload.replayed === true) return undefined;
  // As long as nothing was done it is another thing about another hour: that one is planned beside it.
  const isBegun = attempts > 0 && (ambiguous > 0 || kind === WEBHOOK);
  if (!isBegun) return ruleStillStands(sql, errand);
  // It was begun when it was true, and is told to its end; but of nobody who has left.
  const rule = await findRule(sql, tenantId, ruleId);
  if (!rule) return 'its rule was deleted';
  if (rule.pausedAt !== null) return 'its rule is paused';
  const person = await findPerson(sql, tenantId, mailboxId);
  if (!person || person.watch === 'off') return 'the calendar is not watched any more';
  return whyNotTheirs(sql, tenantId, rule);
}

export async function actorOf(sql: Sql, { tenantId, personId }: Errand): Promise<Person | undefined> {
  return personId === null ? undefined : findPerson(sql, tenantId, personId);
}

/** Longer than a night; what follows it is looked for from its end on. */
const LOOK_AHEAD_MS = 1.5 * DAY_MS;
const MOST_SILENCES = 20;

/** From when on somebody wants to hear of things: after their quiet hours, pause or absence. */
export async function heardFrom(sql: Sql, person: Person, now: number): Promise<number> {
  const { tenantId, personId, timeZone, away } = person;
  const settings = settingsOf(person);
  let at = now;
  for (let looks = 0; looks < MOST_SILENCES; looks += 1) {
    const until = at + LOOK_AHEAD_MS;
    // All-day entries lie up to a day beside their hours in UTC.
    const absences = await eventsBetween(sql, tenantId, personId, at - DAY_MS, at + DAY_MS);
    const listener = { now: at, person: { settings, timeZone, ...(away ? { away } : {}) } };
    const end = endOfSilence(at, silencesOf(listener, absences, until).full);
    if (end === at) return at;
    at = end;
  }
  return at;
}
