import { wellFormed } from '../../calendar/well-formed.ts';
import { dateOf, instantOn } from '../../calendar/zone.ts';
import { HOUR_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { AgendaFacts } from '../../nudges/agenda-prompt.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { EVENING } from '../../nudges/prepare.ts';
import { plural } from '../words.ts';
import { LONGEST_POINT, meetingRows, meetingWords, type Reader, speakerFor, subjectOf } from './meeting.ts';
import { type Action, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';

export const WRITE_AGENDA = 'agenda.write';
export const SKIP_AGENDA = 'agenda.skip';
export const PICK_UP_POINTS = 'agenda.pickUp';
export const POSTPONE_AGENDA = 'agenda.postpone';
export const AGENDA_INPUT = 'agendaText';
/** Where it lands: this meeting, or the whole series. */
export const AGENDA_FOR_INPUT = 'agendaFor';
export const LATER = ['twoHours', 'evening'] as const;
export type Later = (typeof LATER)[number];

/** There may be ten; the box has them in full. */
const LONGEST_OPEN_POINT = 100;
const WITHOUT_INPUT = { associatedInputs: 'none' };

/** When to ask again; undefined where that would be too late. */
export function laterAt(later: Later, startAt: number, timeZone: string, now: number): number | undefined {
  const at = later === 'twoHours' ? now + 2 * HOUR_MS : instantOn(dateOf(now, timeZone), EVENING, timeZone);
  return now < at && at < startAt ? at : undefined;
}

const LATER_WORDS: Record<Later, string> = { twoHours: 'Ask me in 2 hours', evening: 'This evening' };

function laterAction(facts: AgendaFacts, data: object, reader: Reader, now: number): Action[] {
  const actions = LATER.flatMap((later) =>
    laterAt(later, facts.startAt, reader.timeZone, now) === undefined
      ? []
      : [execute(LATER_WORDS[later], POSTPONE_AGENDA, { ...data, later }, WITHOUT_INPUT)],
  );
  if (actions.length < 2) return actions;
  return [
    {
      type: 'Action.ShowCard',
      title: 'Later',
      card: { type: 'AdaptiveCard', body: [line('When shall I ask?')], actions },
    },
  ];
}

function openPoints(points: string[]): Element[] {
  if (points.length === 0) return [];
  return [
    subtle('Still open from last time:', { spacing: 'Medium' }),
    {
      type: 'Container',
      style: 'emphasis',
      spacing: 'Small',
      items: [
        {
          type: 'TextBlock',
          text: points.map((point) => `- ${plain(point, LONGEST_OPEN_POINT)}`).join('\n'),
          wrap: true,
          size: 'Small',
          spacing: 'None',
        },
      ],
    },
  ];
}

function inputs(facts: AgendaFacts, value: string): Element[] {
  const where: Element = {
    type: 'Input.ChoiceSet',
    id: AGENDA_FOR_INPUT,
    label: 'Where does it go?',
    style: 'compact',
    value: 'meeting',
    choices: [
      { title: 'This meeting', value: 'meeting' },
      { title: 'The whole series', value: 'series' },
    ],
  };
  return [
    {
      type: 'Input.Text',
      id: AGENDA_INPUT,
      label: 'What is it about?',
      placeholder: 'One point per line',
      isMultiline: true,
      maxLength: 4000,
      spacing: 'Medium',
      ...(value ? { value: wellFormed(value) } : {}),
    },
    ...(facts.isSeries ? [where] : []),
  ];
}

/** Of a private meeting that is shown discreetly nobody counts the guests; they get their update all the same. */
const others = ({ othersCount }: MeetingFacts) =>
  othersCount === 0
    ? 'Attendees get'
    : othersCount === 1
      ? '1 attendee gets'
      : `${plural(othersCount, 'attendee')} get`;

/**
 * A box to write in; says before it is pressed that attendees will get an update.
 * @param shown `value`: what stands in the box already
 */
export function agendaPromptCard(
  facts: AgendaFacts,
  eventId: string,
  reader: Reader,
  now: number,
  shown: { note?: string; value?: string } = {},
): Message {
  if (facts.skipped) return agendaSkippedCard(facts, facts.skipped === 'series');
  const say = speakerFor(reader);
  const data = { eventId };
  const { note, value = '' } = shown;
  const points = value ? [] : (facts.openPoints ?? []);
  const again = (facts.postponedUntil ?? 0) > now ? facts.postponedUntil : undefined;
  const askedAgain = again === undefined ? '' : `I’ll ask again ${say.relativeDay(again, now)} ${say.time(again)}`;
  const head = askedAgain ? `No agenda yet · ${askedAgain}` : 'No agenda yet';
  return message(
    [
      kicker(askedAgain ? '💤' : '📝', head),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      ...(note ? [line(note, { color: 'Attention' })] : []),
      ...openPoints(points),
      ...inputs(facts, value),
      subtle(`It goes to the top of the invitation. ${others(facts)} an update.`),
    ],
    {
      summary: `No agenda yet: ${subjectOf(facts)}`,
      fallbackText: `No agenda yet: ${meetingWords(facts, say, now)}. Write one into the invitation.`,
    },
    [
      execute('Add agenda', WRITE_AGENDA, data, { style: 'positive' }),
      ...(points.length > 0 ? [execute('Start with these', PICK_UP_POINTS, data, WITHOUT_INPUT)] : []),
      execute('Not this time', SKIP_AGENDA, data, WITHOUT_INPUT),
      ...(facts.isSeries
        ? [execute('Not for this series', SKIP_AGENDA, { ...data, series: true }, WITHOUT_INPUT)]
        : []),
      ...(askedAgain ? [] : laterAction(facts, data, reader, now)),
    ],
  );
}

/** The same box behind a button of another card about the meeting: only the newest of them is shown whole. */
export function agendaBox(facts: MeetingFacts, eventId: string): Action {
  const data = { eventId };
  return {
    type: 'Action.ShowCard',
    title: 'Write an agenda',
    card: {
      type: 'AdaptiveCard',
      body: [...inputs(facts, ''), subtle(`It goes to the top of the invitation. ${others(facts)} an update.`)],
      actions: [
        execute('Add agenda', WRITE_AGENDA, data, { style: 'positive' }),
        execute('Not this time', SKIP_AGENDA, data, WITHOUT_INPUT),
      ],
    },
  };
}

export function agendaDoneCard(
  facts: MeetingFacts,
  points: string[],
  reader: Reader,
  now: number,
  isWholeSeries = false,
): Message {
  const say = speakerFor(reader);
  const done = isWholeSeries ? 'Agenda added to the whole series' : 'Agenda added';
  return message(
    [
      kicker('✅', done),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      line(points.map((point) => `- ${plain(point, LONGEST_POINT)}`).join('\n'), { spacing: 'Medium' }),
      subtle('Attendees get an update from Outlook.'),
    ],
    { summary: `${done}: ${subjectOf(facts)}`, fallbackText: `${done}: ${meetingWords(facts, say, now)}` },
  );
}

export function agendaSkippedCard(facts: MeetingFacts | undefined, series: boolean): Message {
  const what = series ? 'this series' : 'this meeting';
  return message(
    [
      kicker('👍', 'No agenda needed'),
      line(`I won’t ask again for ${what}${facts ? `: ${plain(facts.subject)}` : ''}.`),
    ],
    {
      summary: 'No agenda needed',
      fallbackText: `I won’t ask again for an agenda for ${what}${facts ? `: ${subjectOf(facts)}` : ''}.`,
    },
  );
}
