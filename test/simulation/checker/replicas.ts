/**
 * Row 6, convergence: people whose replica differs from the truth, field by field, at the last look. Compared are those
 * who watch and have no token trouble then (`troubledAtEnd`). Lines whose last change the product does not have to know
 * by then are left out (`openLines`). Whole days are compared by their days: their instants depend on who looks.
 */
import { isDeepStrictEqual } from 'node:util';
import type { TruthLine } from '../history.ts';
import type { Evidence } from './evidence.ts';

const FIELDS: (keyof TruthLine)[] = [
  'seriesId',
  'type',
  'subject',
  'startAt',
  'endAt',
  'days',
  'isCancelled',
  'isDraft',
  'isOrganizer',
  'response',
  'showAs',
  'sensitivity',
  'organizer',
  'attendees',
  'place',
  'coordinates',
  'joinUrl',
  'agenda',
  'reminderMinutes',
];

function differing(is: TruthLine, should: TruthLine): string[] {
  const skipped = new Set<keyof TruthLine>(should.days && is.days ? ['startAt', 'endAt'] : []);
  return FIELDS.filter((field) => !skipped.has(field) && !isDeepStrictEqual(is[field], should[field]));
}

function differenceOf(evidence: Evidence, oid: string): string | undefined {
  const { history, timeline, tally } = evidence;
  const should = history.truths.find((one) => one.oid === oid)?.lines ?? [];
  const replica = history.replicas.find((one) => one.oid === oid);
  if (!replica) return 'there is no replica';
  const isOpen = (id: string) => {
    const last = timeline.story(oid, id)?.versions.at(-1)?.from;
    const open = last !== undefined && evidence.knownBy(oid, last) > history.endedAt;
    if (open) tally.add('openLines');
    return open;
  };
  const have = new Map(replica.lines.map((line) => [line.id, line]));
  for (const line of should) {
    const stored = have.get(line.id);
    have.delete(line.id);
    const fields = stored ? differing(stored, line) : [];
    if (stored && fields.length === 0) continue;
    if (isOpen(line.id)) continue;
    if (!stored) return `"${line.subject}" (${line.id}) is missing`;
    const [field] = fields;
    const [is, right] = [stored[field as keyof TruthLine], line[field as keyof TruthLine]];
    return `"${line.subject}" (${line.id}) has ${fields.join(', ')} wrong: ${JSON.stringify(is)} instead of ${JSON.stringify(right)}`;
  }
  for (const line of have.values()) if (!isOpen(line.id)) return `"${line.subject}" (${line.id}) is there no more`;
  return undefined;
}

export function countDifferingReplicas(evidence: Evidence): void {
  const { history, tally, wishes } = evidence;
  tally.set('differingReplicas', 0);
  tally.set('comparedReplicas', 0);
  for (const { oid, name } of history.people) {
    const watch = wishes.watching(oid, history.endedAt);
    if (!watch || watch.knownFrom > history.endedAt) continue;
    if (
      history.tokenTrouble.some(
        (span) => span.oid === oid && span.from <= history.endedAt && span.to >= history.endedAt,
      )
    ) {
      tally.add('troubledAtEnd');
      continue;
    }
    tally.add('comparedReplicas');
    const difference = differenceOf(evidence, oid);
    if (difference === undefined) continue;
    tally.add('differingReplicas');
    tally.find({
      row: 6,
      oid,
      at: [history.endedAt],
      says: `${name}: the replica differs from the calendar: ${difference}.`,
    });
  }
}
