/** An invitee's points for a 1:1: the question to them, and the organiser's, who decides. */
import { wellFormed } from '../../calendar/well-formed.ts';
import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import type { InviteePointsFacts } from '../../nudges/invitee-points.ts';
import { plural } from '../words.ts';
import { answerButtons } from './invitation.ts';
import { LONGEST_POINT, meetingRows, meetingWords, type Reader, speakerFor, subjectOf } from './meeting.ts';
import { type Action, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';

export const SUGGEST_POINTS = 'points.suggest';
export const SKIP_POINTS = 'points.skip';
export const ADD_POINTS = 'points.add';
export const REFUSE_POINTS = 'points.refuse';
export const POINTS_INPUT = 'pointsText';

const LONGEST_NAME = 100;
const WITHOUT_INPUT = { associatedInputs: 'none' };

export interface OfferedFacts extends MeetingFacts {
  /** The organiser's own entry. */
  eventId: string;
  from: string;
  points: string[];
  /** Of a private meeting that is to be shown discreetly: how many there are, and no more. */
  isDiscreet?: true;
}

const list = (points: string[]): Element =>
  line(points.map((point) => `- ${plain(wellFormed(point), LONGEST_POINT)}`).join('\n'), { spacing: 'Medium' });

const nameOf = (facts: MeetingFacts) => (facts.organizer ? plain(facts.organizer, LONGEST_NAME) : 'the organiser');

function answeredCard(facts: InviteePointsFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const { suggested, skipped } = facts;
  const [icon, words] = suggested
    ? ['📤', `Suggested to ${nameOf(facts)}`]
    : ['👍', `I won’t ask again for this ${skipped === 'series' ? 'series' : 'meeting'}`];
  return message(
    [
      kicker(icon, words),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      ...(suggested ? [list(suggested), subtle('It goes into the agenda if they agree.')] : []),
    ],
    {
      summary: `Points for ${subjectOf(facts)}`,
      fallbackText: `${suggested ? 'Your points were suggested' : 'No points'}: ${meetingWords(facts, say, now)}`,
    },
  );
}

export function inviteePointsCard(facts: InviteePointsFacts, eventId: string, reader: Reader, now: number): Message {
  if (facts.suggested || facts.skipped) return answeredCard(facts, reader, now);
  const say = speakerFor(reader);
  const data = { eventId };
  const question = `What do you want to talk about with ${nameOf(facts)}?`;
  const isUnanswered = facts.response === 'none' || facts.response === 'notResponded';
  const answers: Action = {
    type: 'Action.ShowCard',
    title: 'Answer the invitation',
    card: {
      type: 'AdaptiveCard',
      body: [subtle('You haven’t answered yet.')],
      actions: answerButtons(eventId, facts.response),
    },
  };
  return message(
    [
      kicker('💬', 'Your 1:1'),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      line(question, { spacing: 'Medium' }),
      {
        type: 'Input.Text',
        id: POINTS_INPUT,
        label: 'Your points',
        placeholder: 'One point per line',
        isMultiline: true,
        maxLength: 2000,
      },
      subtle(
        `${facts.organizer ? nameOf(facts) : 'The organiser'} sees them first and decides whether they go into the invitation.`,
      ),
    ],
    {
      summary: `Your points for ${subjectOf(facts)}?`,
      fallbackText: `${facts.organizer ? `What do you want to talk about with ${facts.organizer}?` : question} ${meetingWords(facts, say, now)}`,
    },
    [
      execute('Suggest', SUGGEST_POINTS, data, { style: 'positive' }),
      execute('Not this time', SKIP_POINTS, data, WITHOUT_INPUT),
      ...(facts.isSeries
        ? [execute('Not for this series', SKIP_POINTS, { ...data, series: true }, WITHOUT_INPUT)]
        : []),
      ...(isUnanswered ? [answers] : []),
    ],
  );
}

/** What came of it; undefined while it is open. */
export type Decided = 'added' | 'refused';

const HEADS: Record<Decided | 'addedBefore', [icon: string, words: string]> = {
  added: ['✅', 'Added to the agenda'],
  addedBefore: ['✅', 'You added these already'],
  refused: ['👍', 'Left out'],
};

export function pointsOfferedCard(
  facts: OfferedFacts,
  nudgeId: string,
  reader: Reader,
  now: number,
  /** addedBefore: an old card was pressed. */
  decided?: Decided | 'addedBefore',
): Message {
  const say = speakerFor(reader);
  const { points, isDiscreet } = facts;
  const from = plain(facts.from, LONGEST_NAME);
  const head = decided && HEADS[decided];
  const count = plural(points.length, 'point');
  return message(
    [
      kicker(head?.[0] ?? '💬', head?.[1] ?? (isDiscreet ? 'A suggestion for your 1:1' : `${from} suggests`)),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      isDiscreet ? line(count, { spacing: 'Medium' }) : list(points),
      ...(decided === 'added' ? [subtle('Attendees get an update from Outlook.')] : []),
      ...(decided === 'addedBefore' ? [subtle('To take them out, edit the invitation in Outlook.')] : []),
    ],
    {
      summary: `${isDiscreet ? 'A suggestion' : `${facts.from} suggests`} for ${subjectOf(facts)}: ${count}`,
      fallbackText: [
        `${isDiscreet ? 'A suggestion' : `${facts.from} suggests`} for ${meetingWords(facts, say, now)}`,
        ...(isDiscreet ? [count] : points),
      ].join('\n'),
    },
    decided
      ? []
      : [
          execute('Add to the agenda', ADD_POINTS, { nudgeId }, { style: 'positive' }),
          execute('No, thanks', REFUSE_POINTS, { nudgeId }),
        ],
  );
}
