/** A small tenant with a running Entra, for the tests beside this file and the connector's. */

import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates, type SandboxCertificates } from '../../../sandbox/ca.ts';
import { createEntra, type Entra, type EntraOptions } from '../../../sandbox/entra/entra.ts';
import { type Served, serve } from '../../../sandbox/http.ts';
import { realClock, type SandboxClock, type SandboxPerson, seededRandom, World } from '../../../sandbox/world.ts';
import { signingKey } from '../../support/signing-key.ts';

export const TENANT = '11111111-1111-4111-8111-111111111111';
export const APP = {
  clientId: '22222222-2222-4222-8222-222222222222',
  clientSecret: 'app-secret~value',
  displayName: 'Calendar Watch',
  redirectUris: ['http://localhost:3978/auth/callback'],
  appPermissions: ['Calendars.Read', 'User.Read.All'],
};
export const BOT = {
  clientId: '33333333-3333-4333-8333-333333333333',
  clientSecret: 'bot-secret',
  displayName: 'Calendar Watch bot',
  redirectUris: [],
  appPermissions: [],
};
export const REDIRECT = 'http://localhost:3978/auth/callback';

function person(number: number, name: string, more: Partial<SandboxPerson> = {}): SandboxPerson {
  return {
    tenantId: TENANT,
    oid: `aaaaaaaa-0000-4000-8000-00000000000${number}`,
    upn: `${name.split(' ')[0]?.toLowerCase()}@sandbox.example`,
    displayName: name,
    kind: 'person',
    mailboxTimeZone: 'W. Europe Standard Time',
    locale: 'en-GB',
    ...more,
  };
}

export const ADA = person(1, 'Ada Lovelace', { jobTitle: 'Analyst', appRoles: ['CalendarWatch.Admin'] });
export const BO = person(2, 'Bo <b>Diddley</b> & Co', { upn: 'bo@sandbox.example' });
export const GONE = person(3, 'Gone Person', { enabled: false });
export const ROOM = person(4, 'Room Blue', { kind: 'room' });

export function smallWorld(clock: SandboxClock = realClock()): World {
  const world = new World(clock, seededRandom(1));
  world.tenants.set(TENANT, { tenantId: TENANT, displayName: 'Sandbox Ltd', domain: 'sandbox.example' });
  for (const one of [ADA, BO, GONE, ROOM]) world.people.set(one.oid, { ...one });
  world.apps.set(APP.clientId, { ...APP });
  world.apps.set(BOT.clientId, { ...BOT });
  return world;
}

export interface RunningEntra {
  world: World;
  entra: Entra;
  certificates: SandboxCertificates;
  https: Served;
  pages: Served;
  directory: string;
  /** Host and port, as `knownAuthorities` wants it. */
  host: string;
  /** Requests that the https part got: "METHOD /path". */
  requests: string[];
  stop(): Promise<void>;
}

export async function startEntra(options: Partial<EntraOptions> = {}): Promise<RunningEntra> {
  const world = options.world ?? smallWorld();
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-entra-'));
  const certificates = await ensureCertificates(directory);
  const requests: string[] = [];
  let https: Served | undefined;
  let pages: Served | undefined;
  const origins = () => ({ https: https?.origin ?? '', pages: pages?.origin ?? '' });
  const entra = createEntra({ origins, signingKey: signingKey(), ...options, world });
  https = await serve({
    port: 0,
    tls: certificates,
    handler: (request) => {
      requests.push(`${request.method} ${request.path}`);
      return entra.handler(request);
    },
  });
  pages = await serve({ port: 0, handler: entra.pagesHandler });
  const [secure, plain] = [https, pages];
  return {
    world,
    entra,
    certificates,
    https: secure,
    pages: plain,
    directory,
    host: new URL(secure.origin).host,
    requests,
    async stop() {
      await Promise.all([secure.close(), plain.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface NetworkResponse<T> {
  status: number;
  headers: Record<string, string>;
  body: T;
}

interface NetworkOptions {
  headers?: Record<string, string>;
  body?: string;
}

/** MSAL's INetworkModule over node:https with our CA: in a process that was started without NODE_EXTRA_CA_CERTS. */
export function networkClient(ca: string) {
  function send<T>(method: string, url: string, options?: NetworkOptions): Promise<NetworkResponse<T>> {
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest(url, { method, ca, headers: options?.headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const headers: Record<string, string> = {};
          for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value);
          const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
          resolve({ status: response.statusCode ?? 0, headers, body });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(options?.body);
    });
  }
  return {
    sendGetRequestAsync: <T>(url: string, options?: NetworkOptions) => send<T>('GET', url, options),
    sendPostRequestAsync: <T>(url: string, options?: NetworkOptions) => send<T>('POST', url, options),
  };
}
