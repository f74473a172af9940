/** After a meeting: boxes to write in, and then what came of what was written. */
import type { Message } from '../../delivery/message.ts';
import { type FollowUpFacts, LONGEST_DRAFT, type SavedFollowUp, type Trouble } from '../../nudges/follow-up.ts';
import { enumerate, plural } from '../words.ts';
import { LONGEST_POINT, meetingRows, meetingWords, type Reader, speakerFor, subjectOf } from './meeting.ts';
import { type Action, clip, type Element, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';

export const SAVE_FOLLOW_UP = 'followUp.save';
export const RETRY_FOLLOW_UP = 'followUp.retry';
export const SKIP_FOLLOW_UP = 'followUp.skip';

export const DECIDED_INPUT = 'followUpDecided';
export const TASKS_INPUT = 'followUpTasks';
export const OPEN_INPUT = 'followUpOpen';
export const MAIL_INPUT = 'followUpMail';

const LONGEST_NAME = 60;
const SHOWN_LINES = 5;
const WITHOUT_INPUT = { associatedInputs: 'none' };

type Named = Pick<FollowUpFacts, 'startAt'> & { eventId: string };

const box = (id: string, label: string, placeholder: string): Element => ({
  type: 'Input.Text',
  id,
  label,
  placeholder,
  isMultiline: true,
  maxLength: LONGEST_DRAFT,
  spacing: 'Medium',
});

function form(facts: FollowUpFacts): Element[] {
  const { othersCount } = facts;
  const others =
    othersCount === 0 ? 'the attendees' : othersCount === 1 ? 'the attendee' : `the ${othersCount} attendees`;
  return [
    box(DECIDED_INPUT, 'What was decided?', 'One point per line'),
    box(TASKS_INPUT, 'Who does what?', 'One line each, e.g. “Ann: send the offer by Friday”'),
    box(OPEN_INPUT, 'What stays open?', 'One point per line'),
    {
      type: 'Input.Toggle',
      id: MAIL_INPUT,
      title: `Send this to ${others} by mail`,
      value: 'false',
      valueOn: 'true',
      valueOff: 'false',
      wrap: true,
      spacing: 'Medium',
    },
    subtle('Lines without a name are yours: they become tasks in your To Do.'),
  ];
}

const namesOf = (names: readonly string[]) => enumerate(names.map((one) => plain(one, LONGEST_NAME)));

const TASK_TROUBLE: Record<Trouble, string> = {
  consent: 'To add tasks to your To Do I need your permission: **Try again** asks for it.',
  failed: 'To Do didn’t take all of your tasks. **Try again** adds those that are missing.',
  doubtful: 'I can’t tell whether To Do has all of your tasks. **Try again** looks, and adds those that are missing.',
  underway: 'Your tasks are on their way to To Do.',
};
const MAIL_TROUBLE: Record<Trouble, string> = {
  consent: 'To send mail as you I need your permission: **Try again** asks for it.',
  failed: 'Outlook didn’t take the summary, so nobody has it yet. **Try again** sends it.',
  doubtful: 'I can’t tell whether the summary went out. Please look into your sent items before you send it yourself.',
  underway: 'The summary is on its way.',
};

/** What may be pressed again; a mail of which nobody knows is not sent twice. */
const isWorthAnother = ({ taskTrouble, mailTrouble }: SavedFollowUp) =>
  (taskTrouble !== undefined && taskTrouble !== 'underway') || mailTrouble === 'consent' || mailTrouble === 'failed';

/** [icon, words], what was done first. */
function results(saved: SavedFollowUp, isSeries: boolean): [string, string][] {
  const { inTodo, offered, unreached, openPoints, mailed } = saved;
  const kept = isSeries ? 'kept for the next meeting’s agenda' : 'noted';
  // Not installed, muted, or off: theirs to know.
  const rest =
    mailed > 0
      ? `By mail alone, as I can’t reach them in chat: ${namesOf(unreached)}`
      : `Please tell ${namesOf(unreached)} yourself: I can’t reach them in chat`;
  return [
    ...(inTodo > 0 ? [['☑️', `${plural(inTodo, 'task')} in To Do`] as [string, string]] : []),
    ...(offered.length > 0 ? [['💬', `Told in chat: ${namesOf(offered)}`] as [string, string]] : []),
    ...(unreached.length > 0 ? [['👤', rest] as [string, string]] : []),
    ...(openPoints > 0 ? [['📌', `${plural(openPoints, 'open point')} ${kept}`] as [string, string]] : []),
    ...(mailed > 0 ? [['✉️', `Summary sent to ${plural(mailed, 'person', 'people')}`] as [string, string]] : []),
  ];
}

/** "2 tasks in To Do, summary sent to 5 people" */
function resultWords(saved: SavedFollowUp, isSeries: boolean): string {
  const words = results(saved, isSeries).map(([, text], index) =>
    index === 0 ? text : `${text.charAt(0).toLowerCase()}${text.slice(1)}`,
  );
  return words.length > 0 ? words.join(', ').replace(/\\/g, '') : 'Nothing done yet';
}

function savedRows(saved: SavedFollowUp, isSeries: boolean): Element[] {
  const { decided, taskTrouble, mailTrouble } = saved;
  const points = decided.split('\n').filter(Boolean);
  const more = points.length - SHOWN_LINES;
  const troubles = [
    ...(taskTrouble ? [TASK_TROUBLE[taskTrouble]] : []),
    ...(mailTrouble ? [MAIL_TROUBLE[mailTrouble]] : []),
  ];
  return [
    ...(points.length > 0
      ? [
          line(
            points
              .slice(0, SHOWN_LINES)
              .map((point) => `- ${plain(point, LONGEST_POINT)}`)
              .join('\n'),
            { spacing: 'Medium' },
          ),
        ]
      : []),
    ...(more > 0 ? [subtle(`… and ${more} more`)] : []),
    ...results(saved, isSeries).map(([icon, text]) => row(icon, text)),
    ...troubles.map((text) => line(text, { color: 'Attention' })),
  ];
}

function actionsOf(facts: FollowUpFacts, named: Named): Action[] {
  const { saved, skipped, isSeries } = facts;
  if (saved) return isWorthAnother(saved) ? [execute('Try again', RETRY_FOLLOW_UP, named, WITHOUT_INPUT)] : [];
  if (skipped) return [];
  return [
    execute('Save', SAVE_FOLLOW_UP, named, { style: 'positive' }),
    execute('Not this time', SKIP_FOLLOW_UP, named, WITHOUT_INPUT),
    ...(isSeries ? [execute('Not for this series', SKIP_FOLLOW_UP, { ...named, series: true }, WITHOUT_INPUT)] : []),
  ];
}

function head({ saved, skipped }: FollowUpFacts): [icon: string, words: string] {
  if (saved) return ['✅', 'Follow-up saved'];
  if (skipped) return ['👍', skipped === 'series' ? 'No follow-ups for this series' : 'No follow-up this time'];
  return ['🗒️', 'How did it go?'];
}

export function followUpCard(facts: FollowUpFacts, eventId: string, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const { saved, skipped, isSeries } = facts;
  const [icon, words] = head(facts);
  const asked = saved || skipped ? [] : form(facts);
  const said = saved ? `: ${resultWords(saved, isSeries)}` : '';
  return message(
    [
      kicker(icon, words),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      ...(saved ? savedRows(saved, isSeries) : asked),
    ],
    {
      summary: `${words}: ${subjectOf(facts)}`,
      fallbackText: [
        `${words}${said}${words.endsWith('?') ? '' : '.'}`,
        `${meetingWords(facts, say, now)}.`,
        ...(asked.length > 0 ? ['Write down what was decided, who does what and what stays open.'] : []),
      ].join(' '),
    },
    actionsOf(facts, { eventId, startAt: facts.startAt }),
  );
}

export const ADD_OFFERED_TASK = 'task.add';

/** Noted for somebody by whoever organised the meeting. */
export interface OfferedTaskFacts {
  /** Who noted it. */
  from: string;
  task: string;
  dueDate?: string;
  subject: string;
  startAt: number;
}

export function offeredTaskCard(facts: OfferedTaskFacts, nudgeId: string, isAdded = false): Message {
  const after = facts.subject ? ` after “${plain(facts.subject, 120)}”` : '';
  const words = `${plain(facts.from, LONGEST_NAME)} noted for you${after}:`;
  return message(
    [
      kicker(isAdded ? '☑️' : '🗒️', isAdded ? 'In your To Do' : 'A task for you'),
      line(words),
      line(`**${plain(facts.task)}**`, { spacing: 'Medium' }),
    ],
    {
      summary: `${clip(facts.from, LONGEST_NAME)} noted for you: ${facts.task}`,
      fallbackText: `${facts.from} noted for you after ${subjectOf(facts)}: ${facts.task}`,
    },
    isAdded ? [] : [execute('Add to my To Do', ADD_OFFERED_TASK, { nudgeId }, { style: 'positive' })],
  );
}
