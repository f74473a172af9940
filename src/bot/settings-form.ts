/** From what a form of settings holds to what was chosen: all of it, or what is wrong with it. Pure. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { DAY_MS } from '../clock.ts';
import { isKindOn, newsOf } from '../nudges/chosen.ts';
import { kindNamed } from '../nudges/kinds.ts';
import type { ChosenSettings, Muted, Settings } from '../nudges/settings.ts';
import type { SettingsField } from './settings-field.ts';

/** By a field's id: what stands in its input. */
export type Inputs = Readonly<Record<string, string>>;

export interface Problem {
  id: string;
  words: string;
}

const LONGEST_INPUT = 200;

/** What a button carried, of the fields that there are. */
export function inputsOf(data: Record<string, unknown>, ids: readonly string[]): Inputs {
  return Object.fromEntries(
    ids.flatMap((id) => {
      const value = Object.hasOwn(data, id) ? data[id] : undefined;
      return typeof value === 'string' || typeof value === 'boolean'
        ? [[id, String(value).slice(0, LONGEST_INPUT)]]
        : [];
    }),
  );
}

/** One choice after the other; kinds are kept side by side. */
export function together(first: ChosenSettings, then: ChosenSettings): ChosenSettings {
  const kinds = first.kinds || then.kinds ? { kinds: { ...first.kinds, ...then.kinds } } : {};
  return { ...first, ...then, ...kinds };
}

/** What a card showed, by a field's id: a few letters of a hash, for its button to carry. */
export type Shown = Readonly<Record<string, string>>;

const markOf = (value: string) => hash('sha256', value.trim(), 'base64url').slice(0, 6);

export const shownIn = (fields: readonly SettingsField[], settings: Settings): Shown =>
  Object.fromEntries(fields.map((field) => [field.id, markOf(field.show(settings))]));

export function readShown(data: Record<string, unknown>): Shown {
  const read = z.record(z.string().max(20)).safeParse(data.was);
  return read.success ? read.data : {};
}

/**
 * What was changed on the card: what nobody touched stays as it is by now, whoever changed it since, and as the admin has
 * it for all.
 */
export function readForm(
  inputs: Inputs,
  fields: readonly SettingsField[],
  settings: Settings,
  shown: Shown = {},
): { chosen: ChosenSettings; problems: Problem[] } {
  let chosen: ChosenSettings = {};
  const problems: Problem[] = [];
  for (const field of fields) {
    const input = inputs[field.id];
    if (input === undefined || input.trim() === field.show(settings) || shown[field.id] === markOf(input)) continue;
    const read = field.read(input);
    if ('problem' in read) problems.push({ id: field.id, words: read.problem });
    else chosen = together(chosen, read.chosen);
  }
  return { chosen, problems };
}

/** Changes are kept for so long; what nobody wanted to hear of before is forgotten by then. */
const NEWS_KEPT_MS = 30 * DAY_MS;

/** What is heard of from now on that was not before, by its name in `newsSince`. */
function heardAnew(
  { kinds = {}, mutedSeries, mutedCalendars, mutedPeople }: ChosenSettings,
  before: Settings,
): string[] {
  const switchedOn = Object.keys(kinds).filter((name) => {
    const kind = kindNamed(name);
    return kind !== undefined && kinds[name] === true && !isKindOn(kind, before);
  });
  const unmuted = (was: Muted[], is: Muted[] = was) => was.filter(({ id }) => !is.some((one) => one.id === id));
  return [
    ...switchedOn,
    ...unmuted(before.mutedSeries, mutedSeries).map(({ id }) => newsOf.series(id)),
    ...unmuted(before.mutedCalendars, mutedCalendars).map(({ id }) => newsOf.calendar(id)),
    ...unmuted(before.mutedPeople, mutedPeople).map(({ id }) => newsOf.person(id)),
  ];
}

/** `names` are news from now on; what is no news any more in any case is left out. */
export function newsFrom(names: readonly string[], known: Settings['newsSince'], now: number): ChosenSettings {
  if (names.length === 0) return {};
  const kept = Object.entries(known).filter(([, since]) => since > now - NEWS_KEPT_MS);
  return { newsSince: { ...Object.fromEntries(kept), ...Object.fromEntries(names.map((name) => [name, now])) } };
}

/**
 * A digest at another hour, or switched on: that of an hour which has passed is not made up for. Nor are news of before a
 * kind was switched on, or a series, calendar or person unmuted. A pause that is ended was one until now: what came in
 * it is told together.
 */
export function withSince(chosen: ChosenSettings, now: number, before: Settings): ChosenSettings {
  const isOfDigest = chosen.digestAt !== undefined || chosen.kinds?.digest !== undefined;
  const endsPause = chosen.pausedUntil === null && before.pausedUntil !== null && before.pausedUntil > now;
  return {
    ...chosen,
    ...(isOfDigest ? { digestSince: now } : {}),
    ...(endsPause ? { pausedUntil: now } : {}),
    ...newsFrom(heardAnew(chosen, before), before.newsSince, now),
  };
}
