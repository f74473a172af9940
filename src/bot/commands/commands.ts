/** All commands, and how words become one. A new command is a new file and a word here. */
import { distance } from 'fastest-levenshtein';
import type { Message } from '../../delivery/message.ts';
import { findPerson } from '../../store/people.ts';
import { sentence } from '../cards/answers.ts';
import { type Group, groupHelpCard, helpCard } from '../cards/help.ts';
import { plain } from '../cards/parts.ts';
import { orAskPermission } from '../permission.ts';
import type { Services, Turn } from '../services.ts';
import { adminAudit } from './admin-audit.ts';
import { adminCheck } from './admin-check.ts';
import { adminDeliveries } from './admin-deliveries.ts';
import { adminPause, adminResume } from './admin-pause.ts';
import { adminAllow, adminEarly, adminForbid, adminSettings } from './admin-settings.ts';
import { adminTime } from './admin-time.ts';
import { adminUnwatch, adminWatch } from './admin-watch.ts';
import { agenda, next, whatsOn } from './agenda.ts';
import { calendars } from './calendars.ts';
import { channels } from './channels.ts';
import type { Command } from './command.ts';
import { exportMyData } from './export.ts';
import { FIELD_COMMANDS } from './fields.ts';
import { forgetMe } from './forget.ts';
import { kinds, switchIn } from './kinds.ts';
import { late } from './late.ts';
import { mute, unmute } from './mute.ts';
import { pause } from './pause.ts';
import { place, places } from './place.ts';
import { room } from './room.ts';
import { rooms } from './rooms.ts';
import { roomsAdd, roomsAsk, roomsCheckIn, roomsExempt, roomsRemove } from './rooms-add.ts';
import { roomsReport } from './rooms-report.ts';
import { adminRules, rules } from './rules.ts';
import { settings } from './settings.ts';
import { signOutCommand } from './sign-out.ts';
import { time } from './time.ts';
import { signIn, watchOff, watchOn, watchStatus } from './watch.ts';
import { WAY_COMMANDS } from './ways.ts';
import { WEBHOOK_COMMANDS } from './webhooks.ts';
import { when } from './when.ts';

const LONGEST_INPUT = 500;

export const COMMANDS: readonly Command[] = [
  watchOn,
  watchOff,
  watchStatus,
  signIn,
  signOutCommand,
  exportMyData,
  forgetMe,
  agenda,
  whatsOn,
  next,
  late,
  room,
  rooms,
  time,
  when,
  rules,
  ...WEBHOOK_COMMANDS,
  channels,
  pause,
  mute,
  unmute,
  kinds,
  settings,
  ...FIELD_COMMANDS,
  ...WAY_COMMANDS,
  place,
  places,
  calendars,
  adminSettings,
  adminForbid,
  adminAllow,
  adminEarly,
  adminDeliveries,
  adminPause,
  adminResume,
  adminWatch,
  adminUnwatch,
  adminCheck,
  adminAudit,
  roomsAdd,
  roomsRemove,
  roomsExempt,
  roomsAsk,
  roomsCheckIn,
  roomsReport,
  adminTime,
  adminRules,
];

async function isAdmin(services: Services, { tenantId, personId }: Turn): Promise<boolean> {
  const person = await services.database.inTenant(tenantId, (sql) => findPerson(sql, tenantId, personId));
  return person?.isAdmin === true;
}

const shownTo = (commands: readonly Command[], admin: boolean) =>
  commands.filter((command) => admin || !command.isForAdmins);

/** “help settings” and “help admin” list what help itself leaves out. */
const help: Command = {
  name: 'help',
  aliases: ['?', 'hi', 'hello', 'commands'],
  usage: 'help',
  help: 'this list',
  async run(services, turn, rest) {
    const ofGroup = (group: Group) => COMMANDS.filter((command) => command.group === group);
    if (rest === 'settings') return groupHelpCard('Settings you can type', ofGroup('settings'));
    const mayAdmin = await isAdmin(services, turn);
    if (rest === 'admin' && mayAdmin) return groupHelpCard('What admins can type', ofGroup('admin'));
    return helpCard([...shownTo(COMMANDS, mayAdmin), help]);
  },
};

const ALL: readonly Command[] = [...COMMANDS, help];

export interface Heard {
  command: Command;
  rest: string;
}

/** Case and spacing don't matter, politeness neither; labels in the rest keep their case. */
export const tidy = (text: string): string => tidied(text).slice(0, LONGEST_INPUT);

function tidied(text: string): string {
  return text
    .replace(/<at>[^<]*<\/at>/g, ' ')
    .replace(/[\u00a0\s]+/g, ' ')
    .trim()
    .replace(/^\/+/, '')
    .replace(/\s*[.!?]+$/, (end, at) => (at === 0 ? end : ''))
    .replace(/^please /i, '');
}

interface Wording {
  words: string;
  /** What the words alone stand for. */
  rest: string;
  /** More may follow. */
  isOpen: boolean;
}

/** All that a command is called. An alias that goes on after the name stands for it with those words. */
function wordingsOf({ name, aliases = [], openings = [], shortcuts = {} }: Command): Wording[] {
  return [
    ...[name, ...openings].map((words) => ({ words, rest: '', isOpen: true })),
    ...aliases.map((words) => ({
      words,
      rest: words.startsWith(`${name} `) ? words.slice(name.length + 1) : '',
      isOpen: false,
    })),
    ...Object.entries(shortcuts).map(([words, rest]) => ({ words, rest, isOpen: false })),
  ];
}

const WORDINGS = ALL.flatMap((command) => wordingsOf(command).map((wording) => ({ command, ...wording }))).sort(
  (a, b) => b.words.length - a.words.length,
);

/** A kind that has a setting of its name is switched by that, which knows its words. */
function heardSwitch(text: string): Heard | undefined {
  const meant = switchIn(text);
  if (!meant) return undefined;
  const { words, isOn } = meant;
  const field = FIELD_COMMANDS.find(({ name }) => name === words);
  return field ? { command: field, rest: isOn ? 'on' : 'off' } : { command: isOn ? unmute : mute, rest: words };
}

/** Switching a kind, or the command whose name or alias begins the text (the longest wins), or that knows it by its form. */
export function hear(text: string): Heard | undefined {
  const switched = heardSwitch(text);
  if (switched) return switched;
  const lower = text.toLowerCase();
  const found = WORDINGS.find(({ words, isOpen }) => lower === words || (isOpen && lower.startsWith(`${words} `)));
  if (!found) {
    const meant = ALL.find((one) => one.bare?.test(text));
    return meant && { command: meant, rest: text };
  }
  const { command, words } = found;
  if (lower === words) return { command, rest: found.rest };
  // By the words' length in `text`, which lower case may change (İ).
  const rest = text.slice(words.length).trim();
  return { command, rest: command.keepsCase ? rest : rest.toLowerCase() };
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
    for (const words of [command.usage, ...wordingsOf(command).map((one) => one.words)]) {
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
  // Half of what is to be kept as it is typed is something else.
  if (heard?.command.keepsCase && tidied(raw).length > LONGEST_INPUT)
    return sentence(
      `I read the first ${LONGEST_INPUT} characters of what is typed, and that is longer, so I have done nothing. **${heard.command.usage}** in fewer words, please.`,
    );
  if (heard)
    return heard.command
      .run(services, turn, heard.rest)
      .catch((error: unknown) => orAskPermission(services, turn, error));
  const nearest = suggest(text);
  const isHidden = ALL.find((one) => one.usage === nearest)?.isForAdmins && !(await isAdmin(services, turn));
  const near = isHidden ? suggest(text, shownTo(ALL, false)) : nearest;
  if (near) return sentence(`I don’t know “${plain(text.slice(0, 60))}”. Did you mean **${near}**?`);
  return sentence(`I don’t know “${plain(text.slice(0, 60))}”. **help** shows what I understand.`);
}
