/** "Running late": asked for one meeting, confirmed, and told. */
import { z } from 'zod';
import { disguised } from '../../nudges/chosen.ts';
import { settingsOf } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { ASK_LATE, DROP_LATE, MEETING_INPUT, TELL_LATE, toldLateCard } from '../cards/late.ts';
import { speakerFor, when } from '../cards/meeting.ts';
import { plain } from '../cards/parts.ts';
import { MOST_MINUTES, tellLate } from '../late.ts';
import { askWhichLate, confirmLate } from '../late-question.ts';
import { permissionUrl } from '../permission.ts';
import type { ButtonAction } from './action.ts';
import { entryId, parse, pressedOn, refuse } from './press-input.ts';

const minutes = z.number().int().min(1).max(MOST_MINUTES);
const askInput = z.object({
  minutes,
  eventId: entryId.optional(),
  /** On the question itself: the same with other minutes. */
  instead: z.boolean().optional(),
  /** On the card that lets choose. */
  eventIds: z.array(entryId).max(10).optional(),
  // Teams gives the choice as a text. Of anything else the coercion would throw by itself.
  [MEETING_INPUT]: z
    .union([z.string().max(2), z.number()])
    .pipe(z.coerce.number().int().min(0).max(9))
    .optional(),
});
const tellInput = z.object({ minutes, eventId: entryId, startAt: z.number().int() });

const pressAsk: ButtonAction = {
  verb: ASK_LATE,
  async run(services, turn, data) {
    const { minutes: lateBy, eventId, eventIds, instead, ...input } = parse(askInput, data);
    const chosen = eventIds?.[input[MEETING_INPUT] ?? 0];
    const id = eventId ?? chosen;
    if (id === undefined) return { reply: await askWhichLate(services, turn, lateBy) };
    const card = confirmLate(await pressedOn(services, turn, id), lateBy, services.clock.now());
    // A reminder stays as it is; a question that was answered does not.
    return chosen === undefined && !instead ? { reply: card } : { card };
  },
};

const pressTell: ButtonAction = {
  verb: TELL_LATE,
  async run(services, turn, data) {
    const { minutes: lateBy, eventId, startAt } = parse(tellInput, data);
    const pressed = await pressedOn(services, turn, eventId);
    const { person, event } = pressed;
    if (event.startAt !== startAt) {
      const time = plain(when(event, speakerFor(person), services.clock.now()));
      throw refuse('late for a meeting that was moved', `That meeting is ${time} now, so I told nobody.`);
    }
    const outcome = await tellLate(services, turn, pressed, lateBy);
    const url = outcome.mailTrouble === 'consent' ? await permissionUrl(services, turn, ['Mail.Send']) : undefined;
    return {
      card: toldLateCard({ ...disguised(event, settingsOf(person)), eventId }, lateBy, {
        ...outcome,
        ...(url ? { url } : {}),
      }),
    };
  },
};

const pressDrop: ButtonAction = {
  verb: DROP_LATE,
  run: async () => ({ card: sentence('All right, nobody was told.') }),
};

export const LATE_ACTIONS: readonly ButtonAction[] = [pressAsk, pressTell, pressDrop];
