/** Scopes and resources: what may be asked for, whose it is, and what it means in plain words. */
import type { SandboxApp, World } from '../world.ts';
import { EntraError } from './errors.ts';

export const GRAPH_URI = 'https://graph.microsoft.com';
export const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';
export const BOT_URI = 'https://api.botframework.com';

/** An API for which tokens are issued. */
export type Resource =
  | { kind: 'graph'; id: string; asked: string }
  | { kind: 'bot'; id: string; asked: string }
  | { kind: 'app'; id: string; asked: string; app: SandboxApp };

export interface ScopeRequest {
  /** openid, profile, email, offline_access, as far as asked for. */
  oidc: string[];
  /** Undefined when only OpenID scopes are asked for: Entra then issues a Graph token for the profile. */
  resource: Resource | undefined;
  /** Scope names without the resource, e.g. "Calendars.Read"; ".default" stands for all that is consented. */
  names: string[];
  /** The scopes as they were written; the response lists them in the same form, or MSAL's cache misses them. */
  asWritten: string[];
}

const OIDC: Record<string, string> = {
  openid: 'Sign you in',
  profile: 'See your name and user name',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
};

/** Delegated Graph permissions; Entra refuses a scope that Graph doesn't define (AADSTS650053), and so do we. */
const GRAPH: Record<string, string> = {
  'AppCatalog.Read.All': 'Read the app catalogue of your organisation',
  'Calendars.Read': 'Read your calendar',
  'Calendars.Read.Shared': 'Read calendars that others have shared with you',
  'Calendars.ReadBasic': 'Read times and titles in your calendar, without details',
  'Calendars.ReadWrite': 'Read and change your calendar',
  'Calendars.ReadWrite.Shared': 'Read and change calendars that others have shared with you',
  'Channel.ReadBasic.All': 'Read the names of the channels in your teams',
  'Chat.Create': 'Create chats in your name',
  'Chat.Read': 'Read your chats',
  'Chat.ReadBasic': 'Read the names and members of your chats',
  'Chat.ReadWrite': 'Read and write your chats',
  'ChatMessage.Send': 'Send chat messages in your name',
  'Contacts.Read': 'Read your contacts',
  'Directory.Read.All': 'Read the directory of your organisation',
  'Files.Read': 'Read your files',
  'Files.ReadWrite': 'Read and change your files',
  'Group.Read.All': 'Read the groups of your organisation',
  'GroupMember.Read.All': 'Read who belongs to which group',
  'Mail.Read': 'Read your mail',
  'Mail.ReadBasic': 'Read who wrote to you and when, without the text',
  'Mail.ReadWrite': 'Read and change your mail',
  'Mail.Send': 'Send mail in your name',
  'MailboxSettings.Read': 'Read your mailbox settings, such as your time zone',
  'MailboxSettings.ReadWrite': 'Read and change your mailbox settings',
  'OnlineMeetings.Read': 'Read your online meetings',
  'OnlineMeetings.ReadWrite': 'Read and create online meetings',
  'People.Read': 'See the people whom you work with',
  'Place.Read.All': 'Read rooms and other places of your organisation',
  'Presence.Read': 'See whether you are available',
  'Presence.Read.All': 'See whether people in your organisation are available',
  'Presence.ReadWrite': 'See and set whether you are available',
  'Sites.Read.All': 'Read sites that you have access to',
  'Tasks.Read': 'Read your tasks',
  'Tasks.ReadWrite': 'Read and change your tasks',
  'Team.ReadBasic.All': 'Read the names of your teams',
  'TeamsActivity.Read': 'Read your Teams activity feed',
  'TeamsActivity.Send': 'Send notifications to your Teams activity feed',
  'TeamsAppInstallation.ReadForUser': 'See which Teams apps you have installed',
  'TeamsAppInstallation.ReadWriteForUser': 'Manage the Teams apps that you have installed',
  'User.Read': 'Read your profile',
  'User.Read.All': 'Read the profiles of people in your organisation',
  'User.ReadBasic.All': 'Read the names of people in your organisation',
  'User.ReadWrite': 'Read and change your profile',
};

/** Delegated permissions that nobody may agree to for themselves alone. */
export const FOR_ADMINS: ReadonlySet<string> = new Set(['Place.Read.All']);

const GRAPH_BY_LOWER = new Map(Object.keys(GRAPH).map((name) => [name.toLowerCase(), name]));

/** One line of plain words about a scope, for the account picker. */
export function describeScope(name: string): string {
  if (name === '.default') return 'Use what you or your organisation have already allowed';
  return OIDC[name] ?? GRAPH[name] ?? `Use “${name}” in your name`;
}

function findResource(world: World, asked: string, tenantName: string): Resource {
  const wanted = asked.toLowerCase().replace(/\/+$/, '');
  if (wanted === GRAPH_URI || wanted === GRAPH_APP_ID) return { kind: 'graph', id: GRAPH_URI, asked };
  if (wanted === BOT_URI) return { kind: 'bot', id: BOT_URI, asked };
  for (const app of world.apps.values()) {
    const id = app.clientId.toLowerCase();
    if (wanted === id || (wanted.startsWith('api://') && wanted.endsWith(id)))
      return { kind: 'app', id: app.clientId, asked, app };
  }
  throw new EntraError(500011, asked, tenantName);
}

function split(scope: string): { resource: string; name: string } {
  const slash = scope.lastIndexOf('/');
  return slash < 0
    ? { resource: GRAPH_URI, name: scope }
    : { resource: scope.slice(0, slash), name: scope.slice(slash + 1) };
}

/** Throws when the scopes are malformed, unknown, or belong to several resources. */
export function parseScopes(world: World, text: string, app: SandboxApp, tenantName: string): ScopeRequest {
  const result: ScopeRequest = { oidc: [], resource: undefined, names: [], asWritten: [] };
  const written = [...new Set(text.split(/\s+/).filter(Boolean))];
  if (written.length === 0 || written.length > 100) throw new EntraError(70011, text);
  for (const scope of written) {
    if (scope in OIDC) {
      result.oidc.push(scope);
      continue;
    }
    const { resource, name } = split(scope);
    const found = findResource(world, resource, tenantName);
    if (result.resource && result.resource.id !== found.id) throw new EntraError(28000, text);
    result.resource ??= found;
    result.names.push(canonicalName(found, name, app));
    result.asWritten.push(scope);
  }
  return result;
}

function canonicalName(resource: Resource, name: string, app: SandboxApp): string {
  if (!name) throw new EntraError(70011, name);
  if (name === '.default' || resource.kind !== 'graph') return name;
  const known = GRAPH_BY_LOWER.get(name.toLowerCase());
  if (!known) throw new EntraError(650053, app.displayName, name, GRAPH_APP_ID);
  return known;
}
