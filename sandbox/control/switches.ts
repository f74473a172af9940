/** Faults and open questions: listing them and throwing the switches. */
import { z } from 'zod';
import type { World } from '../world.ts';
import {
  FAULT_NAMES,
  FAULTS,
  GROUPS,
  groupOf,
  UNVERIFIED,
  UNVERIFIED_NAMES,
  type UnverifiedName,
} from './catalogue.ts';
import { jsonOf, ok, oneOf, type Route, refuse } from './context.ts';

const rateBody = z.object({ rate: z.number({ message: 'rate must be a number.' }) }).strict();
const valueBody = z.object({ value: z.union([z.boolean(), z.string()]) }).strict();

function faultList(world: World): object {
  return {
    groups: Object.entries(GROUPS).map(([id, words]) => ({ id, ...words })),
    faults: FAULT_NAMES.map((name) => ({
      name,
      group: groupOf(name),
      rate: world.faults.get(name) ?? 0,
      ...FAULTS[name],
    })),
  };
}

export const listFaults: Route = ({ world }) => ok(faultList(world));

export const setFault: Route = ({ world }, request, given = '') => {
  const name = oneOf(FAULT_NAMES, given, 'fault');
  const { rate } = rateBody.parse(jsonOf(request));
  if (!(rate >= 0 && rate <= 1)) refuse('rate must be between 0 and 1; 1 strikes every time.');
  if (rate === 0) world.faults.delete(name);
  else world.faults.set(name, rate);
  world.journal.add('control', 'fault', { name, rate });
  return ok({ name, rate });
};

export const clearFaults: Route = ({ world }) => {
  world.faults.clear();
  world.journal.add('control', 'all faults off', {});
  return ok(faultList(world));
};

export const listUnverified: Route = ({ world }) =>
  ok({ switches: UNVERIFIED_NAMES.map((name) => ({ name, value: world.unverified[name], ...UNVERIFIED[name] })) });

function setSwitch<Name extends UnverifiedName>(world: World, name: Name, wanted: unknown): void {
  const { values } = UNVERIFIED[name];
  const found = values.find(({ value }) => value === wanted);
  if (found) world.unverified[name] = found.value;
  else refuse(`“${name}” can be: ${values.map(({ value }) => JSON.stringify(value)).join(', ')}.`);
}

export const setUnverified: Route = ({ world }, request, given = '') => {
  const name = oneOf(UNVERIFIED_NAMES, given, 'switch');
  const { value } = valueBody.parse(jsonOf(request));
  setSwitch(world, name, value);
  world.journal.add('control', 'switch', { name, value });
  return ok({ name, value });
};
