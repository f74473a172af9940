/** /me, /users/{id} and the calendars of a mailbox, as Graph shows them. */
import type { Calendar, User } from '@microsoft/microsoft-graph-types';
import type { SandboxPerson } from '../world.ts';
import { calendarId, changeKey } from './ids.ts';
import { DEFAULT_CALENDAR, type Mailbox } from './model.ts';

/** Properties of a user that $select may name here. */
export const USER_PROPERTIES = new Set<string>([
  'id',
  'displayName',
  'givenName',
  'surname',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'userPrincipalName',
  'businessPhones',
  'accountEnabled',
] satisfies (keyof User)[]);

/** Nobody signs in as a room: its account is disabled, however well its mailbox works. */
export const isAccountEnabled = (person: SandboxPerson): boolean =>
  person.kind === 'person' && person.enabled !== false;

/** `accountEnabled` comes only when $select asks for it. */
export function userJson(person: SandboxPerson, withAccount: boolean): User {
  const words = person.displayName.split(' ');
  return {
    businessPhones: [],
    displayName: person.displayName,
    givenName: words.slice(0, -1).join(' ') || null,
    jobTitle: person.jobTitle ?? null,
    mail: person.hasMailbox === false ? null : person.upn,
    mobilePhone: null,
    officeLocation: person.officeLocation ?? null,
    preferredLanguage: person.locale,
    surname: words.at(-1) ?? null,
    userPrincipalName: person.upn,
    id: person.oid,
    ...(withAccount ? { accountEnabled: isAccountEnabled(person) } : {}),
  };
}

export function calendarJson(person: SandboxPerson, mailbox: Mailbox, key: string, owner = person): Calendar {
  const isOwn = owner === person;
  const isDefault = key === DEFAULT_CALENDAR;
  return {
    id: calendarId(mailbox.oid, key),
    name: mailbox.calendars.get(key) ?? key,
    color: 'auto',
    hexColor: '',
    isDefaultCalendar: isDefault,
    changeKey: changeKey(mailbox.oid, 0, mailbox.calendars.size),
    canShare: isOwn,
    canViewPrivateItems: isOwn,
    canEdit: isOwn,
    allowedOnlineMeetingProviders: ['teamsForBusiness'],
    defaultOnlineMeetingProvider: 'teamsForBusiness',
    isTallyingResponses: isDefault,
    isRemovable: !isDefault,
    owner: { name: owner.displayName, address: owner.upn },
  };
}
