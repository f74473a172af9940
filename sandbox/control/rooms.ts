/** What somebody with rights to a room can do: let it take what collides, and write into its calendar past all of that. */
import type { Event } from '@microsoft/microsoft-graph-types';
import { z } from 'zod';
import type { SandboxPerson, World } from '../world.ts';
import { jsonOf, ok, type Route, refuse } from './context.ts';
import { personOf } from './people.ts';

const policyBody = z
  .object({
    allowConflicts: z.boolean(),
    conflictPercentageAllowed: z.number().min(0).max(100),
    maximumConflictInstances: z.number().int().min(0),
  })
  .partial()
  .strict();

/** The event itself is read as Graph reads it. */
const writeBody = z.object({ event: z.object({}).passthrough(), organizer: z.string().optional() }).strict();

function roomOf(world: World, oid: string): SandboxPerson {
  const person = personOf(world, oid);
  return person.kind === 'room' ? person : refuse(`${person.displayName} is not a room.`);
}

/** An empty policy is Exchange's own: the room declines whatever collides. */
export const setRoomPolicy: Route = ({ world, graph }, request, oid = '') => {
  const room = roomOf(world, oid);
  const policy = policyBody.parse(jsonOf(request));
  graph.control.setRoomPolicy(room.oid, policy);
  world.journal.add('control', 'room policy', { oid, ...policy });
  return ok({ room: oid, policy });
};

export const writeIntoRoom: Route = ({ world, graph }, request, oid = '') => {
  const room = roomOf(world, oid);
  const { event, organizer } = writeBody.parse(jsonOf(request));
  const by = organizer === undefined ? undefined : personOf(world, organizer);
  const written = graph.store.writeIntoRoom(room, event as Event, by);
  world.journal.add('control', 'written into room', { oid, organizer });
  return ok({ event: written });
};
