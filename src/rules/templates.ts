/** Rules that are ready to use, as the lines that make them. Pure. */
import type { RuleScope } from './rule.ts';

export interface RuleTemplate {
  id: string;
  name: string;
  explains: string;
  /** For whom it can be made. */
  scopes: readonly RuleScope[];
  /** Asks for a channel or chat, which stands in quotes for {channel}. */
  asksChannel: boolean;
  /** As somebody would type it. */
  line: string;
}

const CHANNEL = '{channel}';

export const TEMPLATES: readonly RuleTemplate[] = [
  {
    id: 'agenda',
    name: 'Agenda check',
    explains: 'two days before a meeting of mine that has no agenda',
    scopes: ['mine', 'everyone'],
    asksChannel: false,
    line: '2 days before a meeting without an agenda that I organise, message me "{subject} on {start} has no agenda yet."',
  },
  {
    id: 'prepare',
    name: 'Preparation tasks',
    explains: 'a task the day before a meeting with external people',
    scopes: ['mine', 'everyone'],
    asksChannel: false,
    line: '1 day before a meeting with external people, add a task "Prepare {subject} ({start})" due in 1 day',
  },
  {
    id: 'followUp',
    name: 'Follow-up after customer meetings',
    explains: 'ten minutes after a meeting with external people',
    scopes: ['mine', 'everyone'],
    asksChannel: false,
    line: '10 minutes after a meeting with external people ends, message me "Write the follow-up on {subject} to {people}.", and add a task "Follow up on {subject}" due in 1 day',
  },
  {
    id: 'roomLost',
    name: 'Tell a channel when a room is lost',
    explains: 'when a meeting of mine loses its room',
    scopes: ['mine'],
    asksChannel: true,
    line: 'when an entry that I organise changes its room, post in "{channel}" "{subject} on {start} has lost its room."',
  },
  {
    id: 'roomCancelled',
    name: 'Tell a channel when a room becomes free',
    explains: 'when a booking of a room is cancelled',
    scopes: ['rooms'],
    asksChannel: true,
    line: 'when an entry is cancelled, post in "{channel}" "{place} is free again on {start}."',
  },
];

export const findTemplate = (id: string): RuleTemplate | undefined => TEMPLATES.find((one) => one.id === id);

/** @param channelId of those that are known; ids have no quotes in them */
export const lineOf = (template: RuleTemplate, channelId = ''): string =>
  template.line.replace(CHANNEL, channelId.replace(/["\\]/g, ''));
