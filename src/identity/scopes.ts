/**
 * The closed list of delegated permissions: what each is for in a person's words, and which feature asks for it first.
 * The base is asked for at sign-in (with offline_access, which MSAL adds); all others when they are first needed.
 */
import type { Config } from '../config.ts';
import { CalendarWatchError } from '../errors.ts';

export interface Scope {
  name: ScopeName;
  feature: 'watching' | 'sharedCalendars' | 'answers' | 'mail' | 'tasks' | 'rooms' | 'groups';
  /** "To do that I need your permission: …" */
  short: string;
  /** What it is used for, and what not. */
  why: string;
  /** Entra lets no person agree to it for themselves. */
  isForAdmin: boolean;
}

export type ScopeName =
  | 'Calendars.Read'
  | 'MailboxSettings.Read'
  | 'Calendars.Read.Shared'
  | 'Calendars.ReadWrite'
  | 'Mail.Send'
  | 'Tasks.ReadWrite'
  | 'Place.Read.All'
  | 'GroupMember.Read.All';

const one = (
  name: ScopeName,
  feature: Scope['feature'],
  short: string,
  why: string,
  isForAdmin = false,
): readonly [ScopeName, Scope] => [name, { name, feature, short, why, isForAdmin }];

export const SCOPES: ReadonlyMap<ScopeName, Scope> = new Map([
  one('Calendars.Read', 'watching', 'reading your calendar', 'to watch it; I change nothing in it'),
  one(
    'MailboxSettings.Read',
    'watching',
    'reading your mailbox settings',
    'your time zone, language, working hours and automatic replies',
  ),
  one(
    'Calendars.Read.Shared',
    'sharedCalendars',
    'reading calendars shared with you',
    'only those that you choose, and only to read',
  ),
  one(
    'Calendars.ReadWrite',
    'answers',
    'writing to your calendar',
    'what you, or a rule, tell me to (an answer, an agenda, a room), nothing by myself',
  ),
  one('Mail.Send', 'mail', 'sending mail as you', 'only what you, or a rule, tell me to send, never by myself'),
  one('Tasks.ReadWrite', 'tasks', 'writing to your To Do', 'only tasks that you, or a rule, tell me to add'),
  one('Place.Read.All', 'rooms', 'reading the list of rooms', 'to know where they are, and how many they hold', true),
  one('GroupMember.Read.All', 'groups', 'reading who is in a group', 'to know for whom an admin watches', true),
]);

const BASE: readonly ScopeName[] = ['Calendars.Read', 'MailboxSettings.Read'];
/** To read what somebody else shares. */
export const SHARED: ScopeName = 'Calendars.Read.Shared';

const PUBLIC_GRAPH = 'https://graph.microsoft.com';

export const nameOf = (scope: string) => scope.slice(scope.lastIndexOf('/') + 1);

const isName = (name: string): name is ScopeName => SCOPES.has(name as ScopeName);

/** What is known of these, in the list's order; what is not in the list is left out. */
export const scopesIn = (written: readonly string[]): ScopeName[] => {
  const names = new Set(written.map(nameOf));
  return [...SCOPES.keys()].filter((name) => names.has(name));
};

/** Graph's base scopes; outside the public cloud they carry their Graph's address. */
export function graphScopes(config: Pick<Config, 'cloud' | 'cloudName'>): string[] {
  const short = config.cloudName === 'public' || config.cloudName === 'custom';
  return BASE.map((name) => (short ? name : `${config.cloud.graphEndpoint}/${name}`));
}

const addressOf = ([first = '']: readonly string[]) => first.slice(0, first.length - nameOf(first).length);

/** What of `names` ("Mail.Send") goes beyond the base, written as the base is; in order, each once. */
export function beyond(base: readonly string[], names: readonly string[]): string[] {
  const known = new Set(base.map(nameOf));
  const address = addressOf(base);
  return [...new Set(names)]
    .filter((name) => !known.has(name))
    .sort()
    .map((name) => `${address}${name}`);
}

/** With the address of their Graph, as the page for admins wants them. */
export const inFull = (scopes: readonly string[]): string[] =>
  scopes.map((scope) => (scope.includes('/') ? scope : `${PUBLIC_GRAPH}/${scope}`));

/** Entra gives no token for these until the person, or their admin, agrees. */
export class ConsentNeeded extends CalendarWatchError {
  readonly scopes: ScopeName[];

  constructor(written: readonly string[], cause: unknown) {
    super('CONSENT_NEEDED', 'Entra wants the person to agree to further scopes', {
      say: 'To do that I need your permission.',
      cause,
    });
    this.scopes = written.map(nameOf).filter(isName);
  }
}
