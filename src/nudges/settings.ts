/**
 * What a person may choose, and what their admin chose for all. Read leniently: a value that makes no sense any more
 * falls back, it never stops a plan.
 */
import { z } from 'zod';
import { MINUTE_MS } from '../clock.ts';

const minutes = (least: number, most: number) => z.number().int().min(least).max(most);
/** A value that can't be read is as one that was never set. */
const choice = <T extends z.ZodTypeAny>(schema: T, standard: () => NoInfer<z.infer<T>>): Choice<T> =>
  schema.catch(standard).default(standard as never) as never;

export const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const timeOfDay = z.string().regex(TIME_OF_DAY);
/** Of series, calendars and people, each. */
export const MOST_MUTED = 200;
export const LONGEST_MUTED_NAME = 120;
const muted = z.object({ id: z.string().min(1).max(1024), name: z.string().max(LONGEST_MUTED_NAME) });

export type Muted = z.infer<typeof muted>;

/** Ways to a person beside Teams. */
export const OTHER_WAYS = ['email', 'sms'] as const;
export type OtherWayName = (typeof OTHER_WAYS)[number];
const otherWays = z
  .array(z.enum(OTHER_WAYS))
  .max(OTHER_WAYS.length)
  .refine((ways) => new Set(ways).size === ways.length);

/** How early a storm may be spread, at most; minutes. */
export const MOST_EARLY_MINUTES = 8;

const fields = {
  /** Minutes before the start, most first. */
  remindMinutes: choice(z.array(minutes(0, 24 * 60)).max(5), () => [15]),
  /** The entry's own reminder instead, none where that is switched off. */
  remindAsOutlook: choice(z.boolean(), () => false),
  /** Once more when it starts, until joined or dismissed. */
  remindAtStart: choice(z.boolean(), () => false),
  /** Spare time on top of the way. */
  spareMinutes: choice(minutes(0, 120), () => 7),
  travelBy: choice(z.enum(['car', 'foot', 'bicycle', 'transit']), () => 'car' as const),
  /** "HH:MM" on the person's clock; auto: when their working day begins. */
  digestAt: choice(z.union([z.literal('auto'), timeOfDay]), () => 'auto'),
  /** When the hour was chosen, ms: what lay before is not made up for. */
  digestSince: choice(z.number().int().min(0), () => 0),
  /** The week as well, on its first working day. */
  weekDigest: choice(z.boolean(), () => true),
  /** How the week before was spent, on the first working day (insights/weekly.ts). */
  weeklyTime: choice(z.boolean(), () => false),
  /** By name of the kind; what is not in here is as the kind says. */
  kinds: choice(z.record(z.boolean()), () => ({})),
  /** When a kind was switched on, or a series, calendar or person unmuted (chosen.ts, `newsOf`), ms: older news are not told. */
  newsSince: choice(z.record(z.number().int().min(0)), () => ({})),
  quiet: choice(z.object({ from: timeOfDay, to: timeOfDay }).nullable(), () => null),
  /** ms; nothing is said before. */
  pausedUntil: choice(z.number().int().min(0).nullable(), () => null),
  /** News wait until focus time is over; what is about to begin is said all the same. */
  respectFocus: choice(z.boolean(), () => true),
  /** Silence while automatic replies are on, or out of office for long. */
  respectAway: choice(z.boolean(), () => true),
  mutedSeries: choice(z.array(muted).max(MOST_MUTED), () => []),
  mutedCalendars: choice(z.array(muted).max(MOST_MUTED), () => []),
  /** By the organiser's address (`id`). */
  mutedPeople: choice(z.array(muted).max(MOST_MUTED), () => []),
  onlyWithOthers: choice(z.boolean(), () => false),
  onlyWithLink: choice(z.boolean(), () => false),
  tentative: choice(z.enum(['remind', 'skip']), () => 'remind' as const),
  free: choice(z.enum(['remind', 'skip']), () => 'remind' as const),
  /** discreet: without subject, people and agenda. */
  private: choice(z.enum(['show', 'discreet', 'skip']), () => 'show' as const),
  /** Moves and cancellations of meetings that I organise; for those with delegates. */
  tellOwnChanges: choice(z.boolean(), () => false),
  /** By which ways, in this order, when Teams can't; what the admin forbids is left out. */
  ways: choice(otherWays, () => []),
  /** Kinds that the admin does not allow. */
  forbiddenKinds: choice(z.array(z.string().max(40)).max(50), () => []),
  forbiddenWays: choice(otherWays, () => []),
};

type Choice<T extends z.ZodTypeAny> = z.ZodDefault<z.ZodCatch<T>>;
const schema = z.object(fields);

export type Settings = z.infer<typeof schema>;
/** What is stored: only what was chosen. */
export type ChosenSettings = Partial<Settings>;

/** An admin's word for everybody in the tenant. */
export interface TenantPolicy {
  /** Taken where a person chose nothing. */
  defaults: ChosenSettings;
  forbiddenKinds: string[];
  forbiddenWays: OtherWayName[];
  /** Delivery may send up to this much early; cw.spread_storms reads it. */
  earlyMinutes: number;
  /** Another account of the tenant than the chat's may be connected. */
  otherAccounts: boolean;
  /** Organisers are asked to check in to rooms, and those nobody comes to are released. */
  checkIns?: true;
}

export const NO_POLICY: TenantPolicy = {
  defaults: {},
  forbiddenKinds: [],
  forbiddenWays: [],
  earlyMinutes: MOST_EARLY_MINUTES,
  otherAccounts: false,
};

const earlyMinutesOf = choice(minutes(0, MOST_EARLY_MINUTES), () => MOST_EARLY_MINUTES);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function readPolicy(stored: unknown): TenantPolicy {
  const { defaults, forbiddenKinds, forbiddenWays, earlyMinutes, otherAccounts, checkIns } = isRecord(stored)
    ? stored
    : {};
  return {
    defaults: isRecord(defaults) ? (defaults as ChosenSettings) : {},
    forbiddenKinds: fields.forbiddenKinds.parse(forbiddenKinds),
    forbiddenWays: fields.forbiddenWays.parse(forbiddenWays),
    earlyMinutes: earlyMinutesOf.parse(earlyMinutes),
    // Anything but a clear yes is a no.
    otherAccounts: otherAccounts === true,
    ...(checkIns === true ? { checkIns } : {}),
  };
}

function latest(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const both = { ...one };
  for (const [name, since] of Object.entries(other)) both[name] = Math.max(since, both[name] ?? 0);
  return both;
}

/** @param stored what the person chose, as it came from the database */
export function readSettings(stored: unknown, policy: TenantPolicy = NO_POLICY): Settings {
  const chosen = isRecord(stored) ? stored : {};
  // Only known fields are merged: one that can't be read must fall back to the admin's, not to ours.
  const readable = Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      if (chosen[name] === undefined) return [];
      const inner = field.removeDefault().removeCatch().safeParse(chosen[name]);
      return inner.success ? [[name, inner.data]] : [];
    }),
  ) as ChosenSettings;
  const merged = schema.parse({ ...policy.defaults, ...readable });
  const admins = schema.parse(policy.defaults);
  return {
    ...merged,
    kinds: { ...admins.kinds, ...(readable.kinds ?? {}) },
    newsSince: latest(admins.newsSince, readable.newsSince ?? {}),
    ways: merged.ways.filter((way) => !policy.forbiddenWays.includes(way)),
    forbiddenKinds: policy.forbiddenKinds,
    forbiddenWays: policy.forbiddenWays,
  };
}

export const DEFAULT_SETTINGS: Settings = schema.parse({});

/** Delivery may send up to this much early, to spread a storm; never late. */
export const EARLINESS_MS = MOST_EARLY_MINUTES * MINUTE_MS;
