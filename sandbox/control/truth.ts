/** What is really in a mailbox, for comparison with what the product believes. */
import { ianaZone } from '../calendar/wall-clock.ts';
import { ok, type Route, refuse } from './context.ts';
import { personOf } from './people.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 62;

/** ISO 8601 or milliseconds since the epoch; a bare date is its midnight in UTC. */
function instantOf(text: string, name: string): number {
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isSafeInteger(at) ? at : refuse(`${name} must be a date and time (ISO 8601) or milliseconds.`);
}

export const showTruth: Route = ({ world, graph }, { query }) => {
  const oid = query.get('person') ?? refuse('person is missing: the object id of whose mailbox it is.');
  const person = personOf(world, oid);
  const [fromText, toText] = [query.get('from'), query.get('to')];
  const from = fromText === null ? world.clock.now() : instantOf(fromText, 'from');
  const to = toText === null ? from + 7 * DAY_MS : instantOf(toText, 'to');
  if (to < from) refuse('to is before from.');
  if (to - from > MOST_DAYS * DAY_MS) refuse(`At most ${MOST_DAYS} days can be asked for at once.`);
  return ok({ person: oid, zone: ianaZone(person.mailboxTimeZone), from, to, events: graph.truth(oid, from, to) });
};
