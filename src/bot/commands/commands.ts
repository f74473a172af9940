/** All commands, and how words become one. A new command is a new file and a word here. */
import { distance } from 'fastest-levenshtein';
import type { Message } from '../../delivery/message.ts';
import { findPerson } from '../../store/people.ts';
import { helpCard, sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import type { Services, Turn } from '../services.ts';
import { adminDeliveries } from './admin-deliveries.ts';
import { agenda, next } from './agenda.ts';
import { calendars } from './calendars.ts';
import type { Command } from './command.ts';
import { place, remind } from './settings.ts';
import { watchOff, watchOn, watchStatus } from './watch.ts';

const LONGEST_INPUT = 500;

export const COMMANDS: readonly Command[] = [
  watchOn,
  watchOff,
  watchStatus,
  agenda,
  next,
  remind,
  place,
  calendars,
  adminDeliveries,
];

async function isAdmin(services: Services, { tenantId, personId }: Turn): Promise<boolean> {
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  return person?.isAdmin === true;
}

const shownTo = (commands: readonly Command[], admin: boolean) =>
  commands.filter((command) => admin || !command.isForAdmins);

const help: Command = {
  name: 'help',
  aliases: ['?', 'hi', 'hello', 'commands'],
  usage: 'help',
  help: 'this list',
  run: async (services, turn) => helpCard([...shownTo(COMMANDS, await isAdmin(services, turn)), help]),
};

const ALL: readonly Command[] = [...COMMANDS, help];

export interface Heard {
  command: Command;
  rest: string;
}

/** Case and spacing don't matter, politeness neither; labels in the rest keep their case. */
export function tidy(text: string): string {
  return text
    .replace(/<at>[^<]*<\/at>/g, ' ')
    .replace(/[\u00a0\s]+/g, ' ')
    .trim()
    .replace(/^\/+/, '')
    .replace(/\s*[.!?]+$/, (end, at) => (at === 0 ? end : ''))
    .replace(/^please /i, '')
    .slice(0, LONGEST_INPUT);
}

/** The command whose name or alias begins the text; the longest wins. */
export function hear(text: string): Heard | undefined {
  const lower = text.toLowerCase();
  let best: { heard: Heard; length: number } | undefined;
  for (const command of ALL) {
    for (const words of [command.name, ...(command.aliases ?? [])]) {
      const isWhole = lower === words;
      const isStart = words === command.name && lower.startsWith(`${words} `);
      if (!isWhole && !isStart) continue;
      if (best && best.length >= words.length) continue;
      // An alias stands for the command with its own words as the rest ("tomorrow" is "agenda tomorrow").
      const rest = isStart ? text.slice(words.length + 1).trim() : aliasRest(command, words);
      best = { heard: { command, rest: /^place/.test(lower) ? rest : rest.toLowerCase() }, length: words.length };
    }
  }
  return best?.heard;
}

function aliasRest(command: Command, words: string): string {
  if (words === command.name) return '';
  if (words.startsWith(`${command.name} `)) return words.slice(command.name.length + 1);
  return command.name === 'agenda' ? words : '';
}

/** True when `words` has the letters of `typed` in their order: something was left out, nothing mistaken. */
function leavesOut(typed: string, words: string): boolean {
  let at = 0;
  for (const letter of words) if (letter === typed[at]) at += 1;
  return at === typed.length;
}

/** The nearest command, if anything is near enough to be meant. Letters left out are likelier than letters mistaken. */
export function suggest(text: string, among: readonly Command[] = ALL): string | undefined {
  const lower = text.toLowerCase().slice(0, 40);
  let best: { name: string; away: number } | undefined;
  for (const command of among) {
    for (const words of [command.name, command.usage, ...(command.aliases ?? [])]) {
      if (words.length < 3) continue;
      const typed = Math.min(distance(lower, words), distance(lower.split(' ')[0] ?? '', words) + 1);
      const away = typed - (leavesOut(lower, words) ? 0.5 : 0);
      if (away <= Math.max(1, Math.floor(words.length / 2.5)) && (!best || away < best.away))
        best = { name: command.usage, away };
    }
  }
  return best?.name;
}

export async function answer(services: Services, turn: Turn, raw: string): Promise<Message | undefined> {
  const text = tidy(raw);
  const heard = hear(text);
  if (heard) return heard.command.run(services, turn, heard.rest);
  const nearest = suggest(text);
  const isHidden = ALL.find((one) => one.usage === nearest)?.isForAdmins && !(await isAdmin(services, turn));
  const near = isHidden ? suggest(text, shownTo(ALL, false)) : nearest;
  if (near) return sentence(`I don’t know “${plain(text.slice(0, 60))}”. Did you mean **${near}**?`);
  return sentence(`I don’t know “${plain(text.slice(0, 60))}”. **help** shows what I understand.`);
}
