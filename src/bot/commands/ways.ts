/** notify me by teams, then email; my email …, my phone …, code 123456: by which ways a person is reached. */
import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import { isLikeAccountCode } from '../../identity/sign-in.ts';
import type { OtherWayName } from '../../nudges/settings.ts';
import { CODE_LIFE_MS, type Confirmation } from '../../store/ways.ts';
import { redeemAccountCode } from '../account-code.ts';
import { notWatching } from '../cards/answers.ts';
import { neededFor, waysCard } from '../cards/ways.ts';
import { choose } from '../choosing.ts';
import { askPermission } from '../permission.ts';
import type { Services, Turn } from '../services.ts';
import {
  HOW_TO_TELL,
  ladderTyped,
  masked,
  readAddress,
  readCode,
  readLadder,
  WAY_NAMES,
  wayCalled,
} from '../way-values.ts';
import { askForCode, type CodeSent, enterCode, forget, stop, type Ways, waysNow } from '../ways.ts';
import { plural } from '../words.ts';
import type { Command } from './command.ts';

const CODE_MINUTES = CODE_LIFE_MS / MINUTE_MS;

/** How things are by now, with what was done. */
async function shown(services: Services, turn: Turn, said: string | ((ways: Ways) => string) = ''): Promise<Message> {
  const ways = await waysNow(services, turn);
  return ways ? waysCard(ways, typeof said === 'string' ? said : said(ways)) : notWatching();
}

const neededOf = (ways: Ways) =>
  ways.settings.ways
    .map((way) => neededFor(ways, way))
    .filter(Boolean)
    .join(' ');

export async function chooseLadder(services: Services, turn: Turn, text: string): Promise<Message> {
  const read = readLadder(text);
  if ('problem' in read) return shown(services, turn, read.problem);
  const now = await waysNow(services, turn);
  const forbidden = now && read.value.find((way) => now.state[way] === 'forbidden');
  if (now && forbidden) return waysCard(now, `${neededFor(now, forbidden)} So everything stays as it was.`);
  await choose(services, turn, () => ({ ways: read.value }));
  return shown(services, turn, (ways) => `✅ Noted. ${neededOf(ways)}`.trim());
}

const CONSENT = /CONSENT_NEEDED$/;
const RECONNECT = /RECONNECT_NEEDED$/;

function codeWords(way: OtherWayName, sent: CodeSent): string {
  switch (sent.kind) {
    case 'sent':
      return `I’ve sent a code to ${masked(way, sent.address)}. Type it here within ${CODE_MINUTES} minutes: **code 123456**.`;
    case 'known':
      return `${WAY_NAMES[way]} ${masked(way, sent.address)} is confirmed already.`;
    case 'tooMany':
      return sent.of === 'person'
        ? 'You had three codes within an hour. Please ask for another one later.'
        : 'That address had five codes within a day. Please ask for another one tomorrow.';
    case 'refused':
      return RECONNECT.test(sent.reason)
        ? 'Your mails go out in your own name, and I have lost access to your account. Type **watch on** to sign in again.'
        : 'I couldn’t send a code there. Is it spelled right?';
    case 'notNow':
      return sent.isInDoubt
        ? `I don’t know whether the code went out. If it doesn’t come, **start ${way}** sends a new one.`
        : `I couldn’t send the code just now. **start ${way}** tries again.`;
  }
}

/** A code for this address, or for the one that is known. */
async function sendCode(services: Services, turn: Turn, way: OtherWayName, given?: string): Promise<Message> {
  const now = await waysNow(services, turn);
  if (!now) return notWatching();
  const provider = services.ways[way];
  const address = given ?? now.known[way]?.address;
  if (now.state[way] === 'forbidden' || !provider || address === undefined) return waysCard(now, neededFor(now, way));
  const sent = await askForCode(services, turn, provider, address);
  if (sent.kind === 'refused' && CONSENT.test(sent.reason)) return askPermission(services, turn, ['Mail.Send']);
  return shown(services, turn, codeWords(way, sent));
}

export const sendCodeAgain = (services: Services, turn: Turn, way: OtherWayName): Promise<Message> =>
  sendCode(services, turn, way);

export async function tellAddress(services: Services, turn: Turn, way: OtherWayName, text: string): Promise<Message> {
  const read = readAddress(way, text);
  return 'problem' in read ? shown(services, turn, read.problem) : sendCode(services, turn, way, read.value);
}

function confirmedWords({ known, settings }: Ways, way: OtherWayName): string {
  const address = known[way]?.address ?? '';
  const isUsed = settings.ways.includes(way);
  const use = isUsed ? '' : ` Say **${ladderTyped([...settings.ways, way])}**, and I use it.`;
  return `✅ ${WAY_NAMES[way]} ${masked(way, address)} is confirmed.${use}`;
}

const ASK_AGAIN = '**start email** or **start sms** sends a new one.';

function confirmationWords(ways: Ways, came: Confirmation): string {
  if (came.kind === 'confirmed') return confirmedWords(ways, came.way);
  if (came.kind === 'expired') return `That code is too old: they are good for ${CODE_MINUTES} minutes. ${ASK_AGAIN}`;
  if (came.kind === 'none')
    return `I wait for no code. Tell me an address, and I send one: ${HOW_TO_TELL.email}, ${HOW_TO_TELL.sms}.`;
  return came.triesLeft > 0
    ? `That is not the code; the newest one counts. ${plural(came.triesLeft, 'try', 'tries')} left.`
    : `That were too many wrong codes. ${ASK_AGAIN}`;
}

export async function typeCode(services: Services, turn: Turn, text: string): Promise<Message> {
  if (isLikeAccountCode(text)) return redeemAccountCode(services, turn, text);
  const code = readCode(text);
  if (code === undefined) return shown(services, turn, 'A code has six digits: **code 123456**.');
  const came = await enterCode(services, turn, code);
  return shown(services, turn, (ways) => confirmationWords(ways, came));
}

const NONE: Record<OtherWayName, string> = {
  email: 'I have no e-mail address of yours.',
  sms: 'I have no number of yours.',
};

export async function stopUsing(services: Services, turn: Turn, way: OtherWayName): Promise<Message> {
  const isKnown = await stop(services, turn, way);
  return shown(services, turn, isKnown ? `Stopped. **start ${way}** begins again, with a new code.` : NONE[way]);
}

export async function forgetAddress(services: Services, turn: Turn, way: OtherWayName): Promise<Message> {
  const isGone = await forget(services, turn, way);
  return shown(services, turn, isGone ? 'Forgotten.' : NONE[way]);
}

const notify: Command = {
  name: 'notify',
  openings: ['notify me', 'notify by', 'notify me by', 'reach me', 'reach me by'],
  aliases: ['my ways', 'my addresses', 'how do you reach me'],
  usage: 'notify me by teams, then email',
  help: 'by which ways I reach you; “then sms”, “by teams only”; “notify” shows your addresses',
  group: 'settings',
  run: (services, turn, rest) => (rest === '' ? shown(services, turn) : chooseLadder(services, turn, rest)),
};

const addressCommand = (way: OtherWayName, words: Pick<Command, 'name' | 'openings' | 'usage' | 'help'>): Command => ({
  ...words,
  group: 'settings',
  isDetail: true,
  run: (services, turn, rest) => (rest === '' ? shown(services, turn) : tellAddress(services, turn, way, rest)),
});

/** “email”, “my phone”; undefined after telling which there are. */
const whichOne = (text: string) => wayCalled(text.replace(/^(?:my|the) /, ''));

const onWay = (
  words: Pick<Command, 'name' | 'openings' | 'aliases' | 'shortcuts' | 'usage' | 'help'>,
  run: (services: Services, turn: Turn, way: OtherWayName) => Promise<Message>,
): Command => ({
  ...words,
  group: 'settings',
  isDetail: true,
  run(services, turn, rest) {
    const way = rest === '' ? 'email' : whichOne(rest);
    return way
      ? run(services, turn, way)
      : shown(services, turn, `Which one? Say **${words.usage}**, or **sms** instead.`);
  },
});

const SMS_TOO = (verb: string) =>
  Object.fromEntries(['sms', 'texts', 'text messages', 'phone'].map((word) => [`${verb} ${word}`, 'sms']));
const MAIL_TOO = (verb: string) =>
  Object.fromEntries(['e-mail', 'mail', 'mails', 'emails'].map((word) => [`${verb} ${word}`, 'email']));

export const WAY_COMMANDS: readonly Command[] = [
  notify,
  addressCommand('email', {
    name: 'my email',
    openings: ['my e-mail', 'my mail', 'my email is', 'my e-mail is', 'my email address', 'my email address is'],
    usage: 'my email you@example.com',
    help: 'where mails go when Teams can’t; I send a code there',
  }),
  addressCommand('sms', {
    name: 'my phone',
    openings: ['my number', 'my mobile', 'my phone is', 'my number is', 'my phone number', 'my phone number is'],
    usage: 'my phone +49 170 1234567',
    help: 'where SMS go when Teams can’t; I send a code there',
  }),
  {
    name: 'code',
    openings: ['my code', 'my code is', 'the code is', 'code is'],
    // An address’s code, or that of a sign-in page, which is shown in capitals.
    bare: /^(?:\d{3}[ -]?\d{3}|[A-Z0-9]{4}-[A-Z0-9]{4})$/,
    usage: 'code 123456',
    help: 'confirms an address',
    group: 'settings',
    isDetail: true,
    run: typeCode,
  },
  onWay(
    {
      name: 'start email',
      shortcuts: { ...MAIL_TOO('start'), ...SMS_TOO('start') },
      usage: 'start email',
      help: 'sends a new code, also after a STOP; “start sms”',
    },
    sendCodeAgain,
  ),
  onWay(
    {
      name: 'stop email',
      shortcuts: { ...MAIL_TOO('stop'), ...SMS_TOO('stop') },
      usage: 'stop email',
      help: 'no mails from now on; “stop sms”',
    },
    stopUsing,
  ),
  onWay(
    {
      name: 'forget my',
      openings: ['forget the', 'remove my', 'delete my'],
      aliases: ['forget my email', 'forget my phone'],
      usage: 'forget my email',
      help: 'forgets the address; “forget my phone”',
    },
    forgetAddress,
  ),
];
