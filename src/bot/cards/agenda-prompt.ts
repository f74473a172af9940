import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { LONGEST_POINT, meetingRows, meetingWords, type Reader, speakerFor, subjectOf } from './meeting.ts';
import { type Action, execute, kicker, line, message, plain, subtle, title } from './parts.ts';

export const WRITE_AGENDA = 'agenda.write';
export const SKIP_AGENDA = 'agenda.skip';
export const AGENDA_INPUT = 'agendaText';

/** A box to write in; says before it is pressed that attendees will get an update. */
export function agendaPromptCard(
  facts: MeetingFacts,
  eventId: string,
  reader: Reader,
  now: number,
  note?: string,
): Message {
  const say = speakerFor(reader);
  const data = { eventId };
  const skipSeries: Action[] = facts.isSeries
    ? [execute('Not for this series', SKIP_AGENDA, { ...data, series: true }, { associatedInputs: 'none' })]
    : [];
  const others = facts.othersCount === 1 ? '1 attendee gets' : `${facts.othersCount} attendees get`;
  return message(
    [
      kicker('📝', 'No agenda yet'),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      ...(note ? [line(note, { color: 'Attention' })] : []),
      {
        type: 'Input.Text',
        id: AGENDA_INPUT,
        label: 'What is it about?',
        placeholder: 'One point per line',
        isMultiline: true,
        maxLength: 4000,
        spacing: 'Medium',
      },
      subtle(`It goes to the top of the invitation. ${others} an update.`),
    ],
    {
      summary: `No agenda yet: ${subjectOf(facts)}`,
      fallbackText: `No agenda yet: ${meetingWords(facts, say, now)}. Write one into the invitation.`,
    },
    [
      execute('Add agenda', WRITE_AGENDA, data, { style: 'positive' }),
      execute('Not this time', SKIP_AGENDA, data, { associatedInputs: 'none' }),
      ...skipSeries,
    ],
  );
}

export function agendaDoneCard(facts: MeetingFacts, points: string[], reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  return message(
    [
      kicker('✅', 'Agenda added'),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      line(points.map((point) => `- ${plain(point, LONGEST_POINT)}`).join('\n'), { spacing: 'Medium' }),
      subtle('Attendees get an update from Outlook.'),
    ],
    { summary: `Agenda added: ${subjectOf(facts)}`, fallbackText: `Agenda added: ${meetingWords(facts, say, now)}` },
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
