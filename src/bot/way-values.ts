/** Ways, addresses and codes, as people write them: read from a card's input and from what is typed alike. Pure. */
import { domainToASCII } from 'node:url';
import type { OtherWayName } from '../nudges/settings.ts';
import type { Value } from './settings-values.ts';
import { enumerate } from './words.ts';

export const WAY_NAMES: Record<OtherWayName, string> = { email: 'E-mail', sms: 'SMS' };
/** In a sentence. */
export const WAY_BY: Record<OtherWayName, string> = { email: 'by e-mail', sms: 'by SMS' };

export const LADDERS: readonly (readonly OtherWayName[])[] = [
  [],
  ['email'],
  ['sms'],
  ['email', 'sms'],
  ['sms', 'email'],
];

const SHORT: Record<OtherWayName, string> = { email: 'e-mail', sms: 'SMS' };
export const ladderTitle = (ways: readonly OtherWayName[]): string =>
  ways.length === 0 ? 'Teams only' : ['Teams', ...ways.map((way) => `then ${SHORT[way]}`)].join(', ');

/** In an input. */
export const ladderValue = (ways: readonly OtherWayName[]): string => ['teams', ...ways].join(', ');

export const ladderWords = (ways: readonly OtherWayName[]): string =>
  ways.length === 0
    ? 'I reach you in Teams, and nowhere else.'
    : `I reach you in Teams; when that can’t be in time, ${ways.map((way) => WAY_BY[way]).join(', then ')}.`;

/** As it would be typed. */
export const ladderTyped = (ways: readonly OtherWayName[]): string =>
  ways.length === 0 ? 'notify me by teams only' : `notify me by ${['teams', ...ways].join(', then ')}`;

const CALLED: [RegExp, OtherWayName | 'teams'][] = [
  [/^(?:teams|chat)$/, 'teams'],
  [/^(?:e?-?mails?)$/, 'email'],
  [/^(?:sms|texts?|phone|mobile)$/, 'sms'],
];

/** Two words for one. */
const oneWord = (text: string) =>
  text
    .toLowerCase()
    .replace(/\b(?:microsoft|ms) teams\b/g, 'teams')
    .replace(/\be[-‑ ]?mails?(?: message| address)?\b/g, 'email')
    .replace(/\b(?:text|sms|short)[- ]messages?\b|\bphone number\b/g, 'sms');

export function wayCalled(text: string): OtherWayName | undefined {
  const word = oneWord(text).trim();
  const found = CALLED.find(([pattern]) => pattern.test(word))?.[1];
  return found === 'teams' ? undefined : found;
}

const FILLERS = new Set(
  'me by via through using in on per with and then after afterwards also too or else otherwise first please a an my next dann und danach'.split(
    ' ',
  ),
);
const ONLY = new Set(['only', 'just', 'alone', 'nur']);
const LADDER_EXAMPLES =
  '**notify me by teams, then email**, **… then sms**, **by teams, then sms, then email** or **by teams only**';

/** "teams, then e-mail", "email", "teams > sms > mail", "teams only". Teams comes first, said or not. */
export function readLadder(text: string): Value<OtherWayName[]> {
  const words = oneWord(text)
    .split(/[\s,;:.>→+&/]+/)
    .filter((word) => word !== '' && !FILLERS.has(word));
  const isOnly = words.some((word) => ONLY.has(word));
  const named = words
    .filter((word) => !ONLY.has(word))
    .map((word) => CALLED.find(([pattern]) => pattern.test(word))?.[1]);
  if (named.length === 0 || named.includes(undefined) || new Set(named).size < named.length)
    return { problem: `By which ways? Say ${LADDER_EXAMPLES}.` };
  const ways = named.filter((name): name is OtherWayName => name !== undefined && name !== 'teams');
  if (named.indexOf('teams') > 0 || (isOnly && !named.includes('teams')))
    return { problem: `Teams always comes first, what comes after it you choose: **${ladderTyped(ways)}**.` };
  return { value: ways };
}

const LONGEST_ADDRESS = 254;
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** Clients make links of addresses: "[a@b.de](mailto:a@b.de)", "<a href=…>a@b.de</a>", "<a@b.de>". */
const withoutLink = (text: string) =>
  text
    .trim()
    .replace(/^\[([^\]]+)\]\([^)]*\)$/, '$1')
    .replace(/^<a\b[^>]*>([^<]*)<\/a>$/i, '$1')
    .replace(/^<([^<>]*)>$/, '$1')
    .replace(/^(?:mailto|tel|sms):/i, '')
    .trim();

/** One plain address, lower case; of an address with a foreign domain its ASCII form. */
export function readEmail(text: string): Value<string> {
  const problem = { problem: 'I can’t read that address. Write one like **my email you@example.com**.' };
  const [local, domain, more] = withoutLink(text).toLowerCase().split('@');
  if (local === undefined || domain === undefined || more !== undefined) return problem;
  const ascii = /^[\p{L}\p{N}.-]+$/u.test(domain) ? domainToASCII(domain) : '';
  const address = `${local}@${ascii}`;
  const isSound = local.length <= 64 && LOCAL_PART.test(local) && DOMAIN.test(ascii);
  return isSound && address.length <= LONGEST_ADDRESS ? { value: address } : problem;
}

/** E.164: a plus, the country's code, at most 15 digits. */
export function readPhone(text: string): Value<string> {
  const digits = withoutLink(text)
    .replace(/^00(?=[1-9])/, '+')
    // "+49 (0)170": the zero is for who calls from inside the country.
    .replace(/^(\+\d{1,3})[ \u00a0]?\(0\)/, '$1')
    .replace(/[\s()./\-‐‑–]/g, '');
  return /^\+[1-9][0-9]{7,14}$/.test(digits)
    ? { value: digits }
    : { problem: 'I need the number with its country’s code: **my phone +49 170 1234567**.' };
}

export const readAddress = (way: OtherWayName, text: string): Value<string> =>
  way === 'email' ? readEmail(text) : readPhone(text);

/** Enough for its owner to know it by, and for nobody else. */
export function masked(way: OtherWayName, address: string): string {
  if (way === 'sms') return `${address.slice(0, 3)} ••• ${address.slice(-2)}`;
  const cut = address.lastIndexOf('@');
  return `${address.slice(0, 1)}•••${address.slice(cut)}`;
}

/** "123456", "123 456", "123-456", as it may be copied. */
export function readCode(text: string): string | undefined {
  const code = text.trim().replace(/^(\d{3})[\s-]?(\d{3})$/, '$1$2');
  return /^[0-9]{6}$/.test(code) ? code : undefined;
}

export const HOW_TO_TELL: Record<OtherWayName, string> = {
  email: '**my email you@example.com**',
  sms: '**my phone +49 170 1234567**',
};

export const wayList = (ways: readonly OtherWayName[]): string => enumerate(ways.map((way) => SHORT[way]));
