/** Accept, Tentative, Decline on the card of what to prepare: the card stays, and says what was answered. */
import { z } from 'zod';
import type { Response } from '../../calendar/event.ts';
import type { PrepareFacts, PrepareRow } from '../../nudges/prepare.ts';
import type { Sql } from '../../store/database.ts';
import { eventsWithIds } from '../../store/events.ts';
import { findNudge } from '../../store/nudges.ts';
import { answersOf } from '../../store/people.ts';
import { answerInvitation, RESPONDED, RESPONSES } from '../answering.ts';
import { ANSWER_PREPARED, PREPARE_ANSWERS, prepareCard } from '../cards/prepare.ts';
import type { Turn } from '../services.ts';
import type { ButtonAction } from './action.ts';
import { parse, presserOf, refuse } from './press-input.ts';

const input = z.object({
  nudgeId: z.string().min(1).max(200),
  row: z.number().int().min(0).max(99),
  answer: z.enum(PREPARE_ANSWERS),
});

const given = z.enum(PREPARE_ANSWERS);

async function factsOf(sql: Sql, { tenantId, personId }: Turn, nudgeId: string): Promise<PrepareFacts> {
  const nudge = await findNudge(sql, tenantId, personId, nudgeId);
  if (nudge?.kind === 'prepare') return nudge.facts as unknown as PrepareFacts;
  throw refuse('a card that is not kept any more', 'That list is too old. Your calendar has what is to come.');
}

/** As the mailbox knows it, or as it was pressed here a moment ago. */
async function answeredRows(
  sql: Sql,
  { tenantId, personId }: Turn,
  rows: PrepareRow[],
  pressed: { eventId: string; response: Response },
): Promise<PrepareRow[]> {
  const events = await eventsWithIds(
    sql,
    tenantId,
    personId,
    rows.map((row) => row.eventId),
  );
  const known = new Map(events.map((event) => [event.id, event.response]));
  const noted = (await answersOf(sql, tenantId, personId)).filter((one) => one.kind === RESPONDED);
  const here = new Map(
    noted.flatMap(({ eventId, value }) => {
      const answer = given.safeParse(value);
      return answer.success ? [[eventId, RESPONSES[answer.data]] as const] : [];
    }),
  );
  const isOpen = (response: Response | undefined) => response === 'none' || response === 'notResponded';
  return rows.map((row) => {
    if (row.eventId === pressed.eventId) return { ...row, response: pressed.response };
    const response = known.get(row.eventId);
    // What was declined leaves the calendar; what was pressed may not have reached it yet.
    const isBehind = response === undefined || isOpen(response);
    return { ...row, response: (isBehind ? here.get(row.eventId) : undefined) ?? response ?? row.response };
  });
}

export const pressPrepareAnswer: ButtonAction = {
  verb: ANSWER_PREPARED,
  async run(services, turn, data) {
    const { nudgeId, row: index, answer } = parse(input, data);
    const person = await presserOf(services, turn);
    const { tenantId } = turn;
    const facts = await services.database.inTenant(tenantId, (sql) => factsOf(sql, turn, nudgeId));
    const row = facts.rows[index];
    if (!row) throw refuse('a row that is not on the card', 'I can’t read that button any more.');
    const { eventId } = row;
    await answerInvitation(services, turn, eventId, answer);
    const rows = await services.database.inTenant(tenantId, (sql) =>
      answeredRows(sql, turn, facts.rows, { eventId, response: RESPONSES[answer] }),
    );
    return { card: prepareCard({ ...facts, rows }, nudgeId, person, services.clock.now()) };
  },
};
