/** Tomorrow's meetings that need preparation: what they are about, where there are files, who waits for an answer. */

import { wellFormed } from '../../calendar/well-formed.ts';
import { dateOf, instantOn, type Speaker } from '../../calendar/zone.ts';
import type { Message } from '../../delivery/message.ts';
import type { PrepareFacts, PrepareRow } from '../../nudges/prepare.ts';
import { plural } from '../words.ts';
import { answered } from './invitation.ts';
import { type Reader, speakerFor, subjectOf } from './meeting.ts';
import {
  clip,
  type Element,
  execute,
  fittingLink,
  kicker,
  line,
  markdownLink,
  message,
  plain,
  subtle,
} from './parts.ts';

export const ANSWER_PREPARED = 'prepare.answer';
export const PREPARE_ANSWERS = ['accept', 'tentativelyAccept', 'decline'] as const;

/** Ten meetings must fit into one card. */
const LONGEST_SUBJECT = 80;
const LONGEST_LINE = 80;
const LONGEST_LINK = 300;
const text = (foreign: string, most: number) => plain(wellFormed(foreign), most);

const LABELS: Record<(typeof PREPARE_ANSWERS)[number], string> = {
  accept: 'Accept',
  tentativelyAccept: 'Tentative',
  decline: 'Decline',
};

/** What is pressed names the card and the row on it: what the row is about lies in the ledger. */
function answers(nudgeId: string, index: number): Element {
  const actions = PREPARE_ANSWERS.map((answer) =>
    execute(LABELS[answer], ANSWER_PREPARED, { nudgeId, row: index, answer }),
  );
  const card = { type: 'AdaptiveCard', body: [subtle('Will you be there?')], actions };
  return { type: 'ActionSet', spacing: 'Small', actions: [{ type: 'Action.ShowCard', title: 'Answer', card }] };
}

function filesWords({ webLink }: PrepareRow): string {
  const url = fittingLink(webLink, LONGEST_LINK);
  return `📎 ${url && URL.canParse(url) ? markdownLink('Files', url) : 'Files'}`;
}

function meetingItem(row: PrepareRow, index: number, nudgeId: string, say: Speaker): Element {
  const { agenda, isOpen, response } = row;
  const given = isOpen && answered(response);
  const lines = agenda.map((point) => `- ${text(point.replace(/^[-*•]\s*/, ''), LONGEST_LINE)}`);
  return {
    type: 'Container',
    spacing: 'Medium',
    items: [
      line(`**${say.span(row.startAt, row.endAt)}** ${text(subjectOf(row), LONGEST_SUBJECT)}`, { spacing: 'None' }),
      ...(lines.length > 0 ? [line(lines.join('\n'), { size: 'Small' })] : []),
      ...(row.hasFiles ? [line(filesWords(row), { size: 'Small' })] : []),
      ...(given ? [subtle(given.join(' '))] : []),
      ...(isOpen && !given ? [answers(nudgeId, index)] : []),
    ],
  };
}

const rowWords = (row: PrepareRow, say: Speaker) => {
  const marks = [
    ...(row.agenda.length > 0 ? ['agenda'] : []),
    ...(row.hasFiles ? ['files'] : []),
    ...(row.isOpen && !answered(row.response) ? ['not answered yet'] : []),
  ];
  return `${say.time(row.startAt)} ${clip(wellFormed(subjectOf(row)), LONGEST_SUBJECT)}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
};

export function prepareCard(facts: PrepareFacts, nudgeId: string, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const { rows, more } = facts;
  const noon = instantOn(facts.date, '12:00', say.zone);
  const day = dateOf(noon, say.zone) === facts.date ? say.relativeDay(noon, now) : facts.date;
  const head = `${plural(rows.length + more, 'meeting')} to prepare`;
  return message(
    [
      kicker('📚', `For ${day}`),
      { type: 'TextBlock', text: head, size: 'Large', weight: 'Bolder', wrap: true },
      ...rows.map((row, index) => meetingItem(row, index, nudgeId, say)),
      ...(more > 0 ? [subtle(`And ${more} more.`)] : []),
    ],
    {
      summary: `For ${day}: ${head}`,
      fallbackText: [`For ${day}: ${head}`, ...rows.map((row) => rowWords(row, say))].join('\n'),
    },
  );
}
