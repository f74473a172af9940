/** What is muted, what could be, and that it is done. */
import { createHash } from 'node:crypto';
import type { Message } from '../../delivery/message.ts';
import type { Muted, Settings } from '../../nudges/settings.ts';
import { type MutedWhat, mutedOf } from '../muted.ts';
import { plural } from '../words.ts';
import { sentence } from './answers.ts';
import {
  type Action,
  clip,
  type Element,
  execute,
  iconRow,
  kicker,
  line,
  message,
  plain,
  subtle,
  title,
} from './parts.ts';

export const MUTE_SERIES = 'mute.series';
export const MUTE_ADD = 'mute.add';
export const MUTE_REMOVE = 'mute.remove';

export const WHAT_WORDS: Record<MutedWhat, string> = {
  series: 'series',
  calendar: 'calendar',
  person: 'person',
  kind: 'kind',
};

const LONGEST_NAME = 60;
/** Of each; a button each must fit into 28 KB. */
const MOST_SHOWN = 8;
const MOST_CHOICES = 6;

const nameOf = ({ name }: Muted) => name.trim() || '(no name)';
const labelOf = (verb: string, name: string) => clip(`${verb} ${name}`.replace(/[\s\p{Cc}]+/gu, ' '), LONGEST_NAME);

/** Graph's ids are long, and a card has many. */
export const keyOf = (id: string): string =>
  id.length <= 64 ? id : createHash('sha256').update(id).digest('base64url').slice(0, 22);

const unmute = (what: MutedWhat, id: string, label: string): Action =>
  execute(label, MUTE_REMOVE, { what, id: keyOf(id) });

const HEADS: Record<MutedWhat, string> = {
  kind: 'Kinds',
  series: 'Series and meetings',
  calendar: 'Calendars',
  person: 'People',
};

function rowOf(what: MutedWhat, one: Muted): Element {
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      {
        type: 'Column',
        width: 'stretch',
        items: [{ type: 'TextBlock', text: plain(nameOf(one), 120), wrap: true }],
      },
      {
        type: 'Column',
        width: 'auto',
        items: [{ type: 'ActionSet', actions: [unmute(what, one.id, 'Unmute')] }],
      },
    ],
  };
}

const HOW = '“mute series Weekly”, “mute calendar Team”, “mute person Ann”, “mute reminders”';

export function mutesCard(settings: Settings): Message {
  const groups = (Object.entries(mutedOf(settings)) as [MutedWhat, Muted[]][]).filter(([, all]) => all.length > 0);
  const total = groups.reduce((sum, [, all]) => sum + all.length, 0);
  if (total === 0) return sentence(`Nothing is muted. You can say ${HOW}.`);
  const words = groups.map(([what, all]) => `${HEADS[what]}: ${all.map(nameOf).join(', ')}`).join('. ');
  return message(
    [
      kicker('🔇', `${plural(total, 'thing')} muted`),
      ...groups.flatMap(([what, all]) => [
        line(`**${HEADS[what]}**`, { spacing: 'Medium' }),
        // The newest are likeliest to be taken back.
        ...all
          .slice(-MOST_SHOWN)
          .reverse()
          .map((one) => rowOf(what, one)),
        ...(all.length > MOST_SHOWN
          ? [subtle(`… and ${all.length - MOST_SHOWN} more: “unmute ${WHAT_WORDS[what]} …” with its name`)]
          : []),
      ]),
    ],
    { summary: `${plural(total, 'thing')} muted`, fallbackText: `Muted. ${words}. “unmute …” takes one back.` },
  );
}

const SAID: Record<MutedWhat, (name: string) => string> = {
  series: (name) => `I’ll say nothing more about **${name}**.`,
  calendar: (name) => `I’ll say nothing about the calendar **${name}**.`,
  person: (name) => `I’ll say nothing about meetings that **${name}** organises, and pass on no word from them.`,
  kind: (name) => `**${name}**: off from now on.`,
};

export function mutedCard(what: MutedWhat, one: Muted): Message {
  return sentence(`🔇 ${SAID[what](plain(nameOf(one), 120))}`, [unmute(what, one.id, 'Unmute')]);
}

export function unmutedCard(one: Muted): Message {
  return sentence(`🔔 **${plain(nameOf(one), 120)}**: I speak up again.`);
}

export interface Candidate {
  /** Foreign text. */
  name: string;
  /** Beside it: "Tue 1 Dec", an address. */
  more?: string;
  /** What its button carries. */
  data: Record<string, unknown>;
}

/** Several match what was typed: which one is meant? */
export function whichCard(what: MutedWhat, verb: string, candidates: Candidate[], isUnmute = false): Message {
  const shown = candidates.slice(0, MOST_CHOICES);
  const hidden = candidates.length - shown.length;
  const question = `Which ${WHAT_WORDS[what]} shall I ${isUnmute ? 'unmute' : 'mute'}?`;
  const namesOf = shown.map((one) => `${one.name}${one.more ? ` (${one.more})` : ''}`);
  return message(
    [
      kicker(isUnmute ? '🔔' : '🔇', isUnmute ? 'Unmute' : 'Mute'),
      title(question),
      ...shown.map((one) =>
        iconRow('•', {
          type: 'TextBlock',
          text: `${plain(one.name, 120) || '(no name)'}${one.more ? ` · ${plain(one.more, 120)}` : ''}`,
          wrap: true,
          spacing: 'None',
        }),
      ),
      ...(hidden > 0 ? [subtle(`… and ${hidden} more: say more of the name.`)] : []),
    ],
    { summary: question, fallbackText: `${question} ${namesOf.join('; ')}` },
    shown.map((one) => execute(labelOf(isUnmute ? 'Unmute' : 'Mute', one.name), verb, one.data)),
  );
}
