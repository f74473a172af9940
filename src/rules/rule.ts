/**
 * What a rule is: when … which … do. A spec is made by a line (parse.ts), a card or a template, checked here, and never
 * changed afterwards: another spec is another rule. Pure.
 */
import { z } from 'zod';
import { isFillable } from './fill.ts';

export const MOST_RULES_A_PERSON = 50;
export const MOST_RULES_A_TENANT = 50;
export const USUAL_LIMIT_PER_HOUR = 30;
export const MOST_DEEDS = 3;
const LONGEST_TEXT = 500;
const LONGEST_NAME = 100;
const MOST_PEOPLE = 1_000;
/** Two weeks ahead, two days afterwards: within what the replica holds of every calendar. */
export const MOST_MINUTES_BEFORE = 14 * 24 * 60;
export const MOST_MINUTES_AFTER = 2 * 24 * 60;
const MOST_MINUTES_DUE = 60 * 24 * 60;

const strict = <T extends z.ZodRawShape>(shape: T) => z.object(shape).strict();

/** Of what is printed in one line and read back. */
const LINE_ENDS = /[\r\n\u2028\u2029]/;
const trimmed = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => text.trim() === text, 'has blanks around it');
const name = trimmed(LONGEST_NAME).refine((text) => !LINE_ENDS.test(text), 'is more than a line');
const id = z.string().min(1).max(200);
/** May have placeholders, and several lines. */
const text = trimmed(LONGEST_TEXT).refine(isFillable, 'has an unknown placeholder');
const title = trimmed(200).refine((one) => isFillable(one) && !LINE_ENDS.test(one), 'has an unknown placeholder');

const ADDRESS = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
const DOMAIN = /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/;
export const isAddress = (given: string): boolean => given.length <= 200 && ADDRESS.test(given);
export const isDomain = (given: string): boolean => given.length <= 200 && DOMAIN.test(given);
const address = z.string().refine(isAddress, 'is no address');
/** Somebody, or everybody at a domain and what is below it. Lower case. */
const party = z.string().refine((given) => isAddress(given) || isDomain(given), 'is neither an address nor a domain');

/** What of a meeting may change; in the words of rules. */
export const CHANGED_ASPECTS = ['time', 'place', 'room', 'link', 'subject', 'people', 'agenda'] as const;
export type ChangedAspect = (typeof CHANGED_ASPECTS)[number];

export const ANSWERS = ['accepted', 'tentative', 'declined'] as const;

const whenSpec = z.discriminatedUnion('trigger', [
  strict({ trigger: z.literal('created') }),
  /** Without aspects: any of them. "room" is a room that was lost. */
  strict({
    trigger: z.literal('changed'),
    aspects: z
      .array(z.enum(CHANGED_ASPECTS))
      .min(1)
      .refine((all) => new Set(all).size === all.length, 'says one twice')
      .optional(),
  }),
  strict({ trigger: z.literal('moved') }),
  /** Cancelled, or gone from the calendar. */
  strict({ trigger: z.literal('cancelled') }),
  strict({
    trigger: z.literal('answered'),
    by: z.enum(['me', 'others']),
    /** Undefined: whichever. */
    answer: z.enum(ANSWERS).optional(),
  }),
  strict({ trigger: z.literal('before'), minutes: z.number().int().min(0).max(MOST_MINUTES_BEFORE) }),
  /** After the end. */
  strict({ trigger: z.literal('after'), minutes: z.number().int().min(0).max(MOST_MINUTES_AFTER) }),
]);

/** All that are given must hold. What is not known of an entry (a private one's content) holds for no condition about it. */
const whichSpec = strict({
  subjectHas: name.optional(),
  subjectLacks: name.optional(),
  organiser: z.union([z.enum(['me', 'others']), party]).optional(),
  attendee: party.optional(),
  category: name.optional(),
  /** Part of the name, or the address of a room that is invited. */
  room: name.optional(),
  /** Its name. */
  calendar: name.optional(),
  /** People, the organiser and the reader among them; rooms don't count. */
  sizeMin: z.number().int().min(1).max(MOST_PEOPLE).optional(),
  sizeMax: z.number().int().min(1).max(MOST_PEOPLE).optional(),
  external: z.boolean().optional(),
  agenda: z.boolean().optional(),
  allDay: z.boolean().optional(),
  oneToOne: z.boolean().optional(),
  recurring: z.boolean().optional(),
  /** What the reader answered. */
  response: z.enum([...ANSWERS, 'notResponded']).optional(),
}).refine((it) => (it.sizeMin ?? 0) <= (it.sizeMax ?? MOST_PEOPLE), 'wants more people than it allows');

const deedSpec = z.discriminatedUnion('deed', [
  /** To whose calendar it is; of a rule for rooms to the admin who made it. */
  strict({ deed: z.literal('message'), text }),
  strict({ deed: z.literal('post'), conversationId: id, text }),
  /** A mail to those who take part, the reader and rooms left out (`RuleFacts.people`). */
  strict({ deed: z.literal('attendees'), text }),
  strict({ deed: z.literal('task'), title, dueInMinutes: z.number().int().min(0).max(MOST_MINUTES_DUE).optional() }),
  strict({ deed: z.literal('mail'), to: z.union([z.literal('me'), address]), text }),
  strict({ deed: z.literal('appendText'), text }),
  strict({ deed: z.literal('addCategory'), category: name }),
  strict({ deed: z.literal('webhook'), webhookId: id }),
]);

export const ruleSpec = strict({
  /** A meeting has others in it; an entry is whatever stands in a calendar. */
  what: z.enum(['meeting', 'entry']),
  /** `series`: once for all occurrences of a series together, as long as the ledger is kept. */
  each: z.enum(['occurrence', 'series']),
  when: whenSpec,
  which: whichSpec,
  do: z.array(deedSpec).min(1).max(MOST_DEEDS),
});

export type RuleSpec = z.infer<typeof ruleSpec>;
export type When = RuleSpec['when'];
export type Which = RuleSpec['which'];
export type Deed = z.infer<typeof deedSpec>;
export type DeedName = Deed['deed'];

/** `mine`: its maker's calendar. `everyone`: each watched calendar of the tenant. `rooms`: the rooms' calendars. */
export type RuleScope = 'mine' | 'everyone' | 'rooms';

export interface Rule {
  ruleId: string;
  /** Whose; of a tenant's rule the admin who made it. */
  personId: string;
  scope: RuleScope;
  name: string;
  spec: RuleSpec;
  limitPerHour: number;
  /** ms */
  madeAt: number;
  /** Nothing of before is run. */
  activeSince: number;
  pausedAt: number | null;
  pausedWhy: string | null;
}

/** Which kind of errand (errands.ts) does what a deed says. */
export const ERRAND_KIND: Record<DeedName, 'message' | 'post' | 'mail' | 'task' | 'entry' | 'webhook'> = {
  message: 'message',
  post: 'post',
  attendees: 'mail',
  task: 'task',
  mail: 'mail',
  appendText: 'entry',
  addCategory: 'entry',
  webhook: 'webhook',
};

/**
 * A rule for everybody tells each of them about their own calendar, and carries nothing of it to anybody else; a rule for
 * rooms has no calendar, list of tasks or guests of its own to write to.
 */
const DEEDS_OF: Record<RuleScope, readonly DeedName[]> = {
  mine: ['message', 'post', 'attendees', 'task', 'mail', 'appendText', 'addCategory', 'webhook'],
  everyone: ['message', 'task', 'mail', 'appendText', 'addCategory'],
  rooms: ['message', 'post', 'mail', 'webhook'],
};

export const mayDo = (scope: RuleScope, deed: DeedName): boolean => DEEDS_OF[scope].includes(deed);

/** What a rule of that scope may not do; undefined: it may do all of it. */
export function refusedDeed(scope: RuleScope, spec: RuleSpec): Deed | undefined {
  return spec.do.find(
    (deed) => !mayDo(scope, deed.deed) || (scope === 'everyone' && deed.deed === 'mail' && deed.to !== 'me'),
  );
}

export type TimedWhen = Extract<When, { minutes: number }>;

/** By the clock, not by what happens. */
export const isTimed = (when: When): when is TimedWhen => when.trigger === 'before' || when.trigger === 'after';

export interface RuleParty {
  name: string;
  /** Lower case. */
  address: string;
}

/** The meeting as it was when the run was planned; of a private entry its times alone (`isPrivate`). */
export interface RuleFacts {
  /** What the deed is done to: the entry; where a whole series changed, its head. In the mailbox of the errand. */
  eventId: string;
  seriesId?: string;
  isPrivate: boolean;
  subject: string;
  startAt: number;
  endAt: number;
  allDay?: { startDate: string; endDate: string };
  organiser: RuleParty;
  isOrganiser: boolean;
  place?: string;
  joinUrl?: string;
  webLink?: string;
  /** Those invited and the organiser, without the reader and rooms; the first of them. */
  people: RuleParty[];
  /** How many there are. */
  peopleCount: number;
  categories: string[];
  trigger: When['trigger'];
  /** Of a change. */
  change?: {
    aspects: string[];
    /** 'single' | 'occurrence' | 'several' | 'series' */
    scope: string;
    /** How many occurrences changed together. */
    occurrences: number;
    beforeStartAt?: number;
    beforeEndAt?: number;
    /** Who answered, and how. */
    answers?: (RuleParty & { response: string })[];
    /** Names of rooms that were lost. */
    roomsLost?: string[];
  };
}

/** `Errand.payload` of all that rules do; `Errand.trigger` begins with the trigger's name. */
export interface RulePayload {
  ruleName: string;
  scope: RuleScope;
  facts: RuleFacts;
  deed: Deed;
}
