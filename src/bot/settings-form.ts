/** From what a form of settings holds to what was chosen: all of it, or what is wrong with it. Pure. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ChosenSettings, Settings } from '../nudges/settings.ts';
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

/** A digest at another hour, or switched on: that of an hour which has passed is not made up for. */
export function withSince(chosen: ChosenSettings, now: number): ChosenSettings {
  const isOfDigest = chosen.digestAt !== undefined || chosen.kinds?.digest !== undefined;
  return isOfDigest ? { ...chosen, digestSince: now } : chosen;
}
