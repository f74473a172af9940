/**
 * 10 tenants with 100 people each, all in this process: Entra, Graph, connector and the people's calendars. Every
 * message that reaches the connector is seen here first, with the time at which its POST arrived.
 */
import { type ChannelUser, type Connector, createConnector } from '../../sandbox/connector/connector.ts';
import { AUDIENCES } from '../../sandbox/entra/entra.ts';
import { type SandboxRequest, serve } from '../../sandbox/http.ts';
import {
  productEnvironment,
  registerProduct,
  SANDBOX_BOT_ID,
  SANDBOX_BOT_PASSWORD,
  type Sandbox,
  startSandbox,
} from '../../sandbox/sandbox.ts';
import type { SandboxPerson, World } from '../../sandbox/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const TENANTS = 10;
export const PEOPLE_A_TENANT = 100;

export interface Heard {
  /** By this process's performance.now(), when the request had been read. */
  at: number;
  text: string;
}

export interface Resident {
  person: SandboxPerson;
  user: ChannelUser;
  eventId: string;
  startAt: number;
  onMessage?: (heard: Heard) => void;
}

export interface Town {
  sandbox: Sandbox;
  connector: Connector;
  residents: Resident[];
  /** All that the product has to be told. */
  environment(product: { port: number; dataDir: string }): Record<string, string>;
  /** Moves this person's meeting by an hour, to and fro. */
  move(resident: Resident): void;
  stop(): Promise<void>;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
const tenantId = (tenant: number) => `be4d0000-0000-4000-8000-${hex(tenant, 12)}`;
const graphTime = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const span = (startAt: number) => ({ start: graphTime(startAt), end: graphTime(startAt + 30 * MINUTE_MS) });

function settle(world: World): SandboxPerson[] {
  const people: SandboxPerson[] = [];
  for (let tenant = 0; tenant < TENANTS; tenant += 1) {
    const domain = `bench${tenant}.example`;
    world.tenants.set(tenantId(tenant), { tenantId: tenantId(tenant), displayName: `Bench ${tenant}`, domain });
    for (let index = 0; index < PEOPLE_A_TENANT; index += 1) {
      people.push({
        tenantId: tenantId(tenant),
        oid: `be4d0001-0000-4000-8000-${hex(tenant, 4)}${hex(index, 8)}`,
        upn: `person${index}@${domain}`,
        displayName: `Person ${index}`,
        kind: 'person',
        mailboxTimeZone: 'W. Europe Standard Time',
        locale: 'en-GB',
      });
    }
  }
  for (const person of people) world.people.set(person.oid, person);
  return people;
}

/** The meeting has an agenda and is days ahead, so that the only thing to say is that it moved. */
function giveMeeting(sandbox: Sandbox, person: SandboxPerson): { eventId: string; startAt: number } {
  const startAt = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + 9 * DAY_MS;
  const made = sandbox.graph.store.create(person, {
    subject: 'Bench meeting',
    body: { contentType: 'text', content: 'Agenda: latency' },
    ...span(startAt),
    attendees: [{ type: 'required', emailAddress: { address: 'guest@elsewhere.example', name: 'Guest' } }],
  });
  return { eventId: made.id, startAt };
}

function conversationOf(request: SandboxRequest): string | undefined {
  if (request.method !== 'POST') return undefined;
  const part = /\/v3\/conversations\/([^/]+)\/activities/.exec(request.path)?.[1];
  return part === undefined ? undefined : decodeURIComponent(part);
}

export async function buildTown(directory: string, publicUrl: string): Promise<Town> {
  let people: SandboxPerson[] = [];
  const sandbox = await startSandbox({
    directory,
    seed: (world) => {
      people = settle(world);
      registerProduct(world, publicUrl);
    },
  });
  const { world } = sandbox;
  const byConversation = new Map<string, Resident>();
  const origin = { channel: '' };
  const connector = createConnector({
    world,
    botId: SANDBOX_BOT_ID,
    origin: () => origin.channel,
    verifyToken: (token) => sandbox.entra.verifyAccessToken(token, { audience: AUDIENCES.botConnector }),
    eventsKept: 1_000,
    messagesKeptPerConversation: 20,
  });
  const channel = await serve({
    port: 0,
    handler: (request) => {
      const resident = byConversation.get(conversationOf(request) ?? '');
      resident?.onMessage?.({ at: performance.now(), text: request.body });
      return connector.handler(request);
    },
  });
  origin.channel = channel.origin;
  const residents = people.map((person): Resident => {
    const resident = { person, user: connector.createUser(person), ...giveMeeting(sandbox, person) };
    byConversation.set(resident.user.conversationId, resident);
    return resident;
  });
  return {
    sandbox,
    connector,
    residents,
    environment: (product) => ({
      ...productEnvironment(sandbox, { ...product, publicUrl }),
      BOT_ID: SANDBOX_BOT_ID,
      BOT_PASSWORD: SANDBOX_BOT_PASSWORD,
      BOT_TENANT_ID: tenantId(0),
      BOT_OPENID_METADATA_URL: connector.openIdMetadataUrl,
      BOT_LOGIN_URL: `${sandbox.urls.entra}/${tenantId(0)}`,
    }),
    move(resident) {
      resident.startAt += resident.startAt % (2 * HOUR_MS) === 0 ? HOUR_MS : -HOUR_MS;
      sandbox.graph.store.update(resident.person, resident.eventId, span(resident.startAt));
    },
    async stop() {
      await channel.close();
      await sandbox.stop();
    },
  };
}
