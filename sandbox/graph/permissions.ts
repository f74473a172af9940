/** Who may do what: scopes and roles per operation, and whose mailbox a token reaches. */
import type { SandboxPerson, World } from '../world.ts';
import type { Caller } from './claims.ts';
import type { Directory } from './directory.ts';
import { accessDenied, badRequest, mailboxNotEnabled, userNotFound } from './errors.ts';

const CALENDAR_BASIC = ['Calendars.ReadBasic', 'Calendars.ReadBasic.All'];
const CALENDAR_READ = ['Calendars.Read', 'Calendars.ReadWrite'];

/** Any of these is enough. */
export const NEEDS = {
  calendarRead: [...CALENDAR_READ, ...CALENDAR_BASIC],
  calendarDelta: CALENDAR_READ,
  calendarWrite: ['Calendars.ReadWrite'],
  sharedRead: ['Calendars.Read.Shared', 'Calendars.ReadWrite.Shared'],
  subscribe: CALENDAR_READ,
  settingsRead: ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'],
  settingsWrite: ['MailboxSettings.ReadWrite'],
  mailSend: ['Mail.Send'],
  tasksRead: ['Tasks.Read', 'Tasks.ReadWrite'],
  tasksWrite: ['Tasks.ReadWrite'],
  self: ['User.Read', 'User.ReadWrite', 'User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All'],
  places: ['Place.Read.All', 'Place.ReadWrite.All'],
  groups: ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
  people: ['User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All', 'Directory.Read.All'],
} as const;

export type Need = keyof typeof NEEDS;

export class Permissions {
  /** Apps that RBAC for Applications confines to some mailboxes, by app id. */
  readonly confined = new Map<string, Set<string>>();

  /** Roles that RBAC for Applications gives beside what Entra granted, for some mailboxes alone; by app id. */
  readonly assigned = new Map<string, { roles: readonly string[]; oids: Set<string> }>();

  constructor(
    private readonly world: World,
    private readonly directory: Directory,
  ) {}

  may(caller: Caller, need: Need): boolean {
    return NEEDS[need].some((permission) => caller.permissions.has(permission));
  }

  require(caller: Caller, need: Need): void {
    if (!this.may(caller, need)) throw accessDenied();
  }

  /** True when the caller may see that there is an event, but not what its body says. */
  isBasic(caller: Caller): boolean {
    return !CALENDAR_READ.some((permission) => caller.permissions.has(permission));
  }

  /** The person whom the path names; `me` is the signed-in one. */
  person(caller: Caller, id: string | 'me'): SandboxPerson {
    if (id === 'me' && caller.userOid === undefined)
      throw badRequest('BadRequest', '/me request is only valid with delegated authentication flow.');
    const wanted = id === 'me' ? (caller.userOid ?? '') : id;
    const person = this.directory.byIdOrUpn(wanted);
    if (!person || person.tenantId !== caller.tenantId) throw userNotFound(wanted);
    return person;
  }

  /** As `person`, for what lies in a mailbox: a delegated token opens only the own one. */
  mailboxOwner(caller: Caller, id: string | 'me'): SandboxPerson {
    const person = this.person(caller, id);
    if (!this.reaches(caller, person)) throw accessDenied();
    if (!this.hasMailbox(person)) throw mailboxNotEnabled();
    return person;
  }

  hasMailbox(person: SandboxPerson): boolean {
    return person.enabled !== false && person.hasMailbox !== false && this.world.people.get(person.oid) === person;
  }

  /** Without what Exchange assigned. */
  alone(caller: Caller): Caller {
    return { ...caller, permissions: caller.granted ?? caller.permissions };
  }

  /** As this caller stands before that mailbox: what Entra granted and what Exchange assigned for it add up. */
  before(caller: Caller, person: SandboxPerson | undefined): Caller {
    const assigned = caller.userOid === undefined ? this.assigned.get(caller.appId) : undefined;
    if (!assigned || (person && !assigned.oids.has(person.oid))) return caller;
    const permissions = new Set([...caller.permissions, ...assigned.roles]);
    return { ...caller, permissions, granted: caller.permissions };
  }

  reaches(caller: Caller, person: SandboxPerson): boolean {
    if (caller.userOid !== undefined) return caller.userOid === person.oid;
    return this.confined.get(caller.appId)?.has(person.oid) ?? true;
  }
}
