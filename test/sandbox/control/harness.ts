/** The control surface over a small tenant with a virtual clock, called in process. */
import assert from 'node:assert/strict';
import { createControlPage } from '../../../sandbox/control/page.ts';
import { createEntra, type Entra } from '../../../sandbox/entra/entra.ts';
import { createGraph, type Graph } from '../../../sandbox/graph/graph.ts';
import type { PostOptions } from '../../../sandbox/graph/post.ts';
import type { SandboxHandler, SandboxResponse } from '../../../sandbox/http.ts';
import { registerProduct, SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET } from '../../../sandbox/sandbox.ts';
import { type SeededTenant, seedWorld } from '../../../sandbox/seed.ts';
import { type SandboxClock, seededRandom, VirtualClock, World } from '../../../sandbox/world.ts';
import { signingKey } from '../../support/signing-key.ts';

export const HOST = 'localhost:7000';
export const CLIENT_STATE = 'state-of-the-subscription';

/** The body of an answer; tests look into it freely. */
// biome-ignore lint/suspicious/noExplicitAny: tests read many shapes
export type Json = any;

export interface Answer extends SandboxResponse {
  json: Json;
}

export interface Controlled {
  world: World;
  clock: VirtualClock;
  entra: Entra;
  graph: Graph;
  tenant: SeededTenant;
  handler: SandboxHandler;
  posted: (PostOptions & { url: string })[];
  /** `path` after /control/api/. */
  get(path: string): Promise<Answer>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** As the product would call Graph for a person. */
  graphCall(oid: string, method: string, path: string, body?: object): Promise<Answer>;
  subscribe(oid: string): Promise<string>;
  /** A refresh token as the product would have it after a sign-in. */
  signIn(oid: string): Promise<string>;
  refresh(token: string): Promise<Answer>;
}

const asAnswer = (response: SandboxResponse): Answer => ({ ...response, json: response.body });

/** With `clock` the world runs on it; the virtual one is then unused. */
export function controlled(options: { clock?: SandboxClock } = {}): Controlled {
  const clock = new VirtualClock(Date.now());
  const world = new World(options.clock ?? clock, seededRandom(3));
  const [tenant] = seedWorld(world);
  if (!tenant) throw new Error('nothing was seeded');
  registerProduct(world, 'http://localhost:3978');
  const entra = createEntra({
    world,
    signingKey: signingKey(),
    origins: () => ({ https: 'https://localhost:1', pages: 'http://localhost:2' }),
  });
  const posted: Controlled['posted'] = [];
  const graph = createGraph({
    world,
    verifyToken: (token) => entra.verifyAccessToken(token),
    post: async (url, request) => {
      posted.push({ url, ...request });
      const token = new URL(url).searchParams.get('validationToken');
      return { status: token ? 200 : 202, headers: { 'content-type': 'text/plain' }, body: token ?? '' };
    },
    echoes: false,
    lifecycleTimers: false,
  });
  const { handler } = createControlPage({ world, entra, graph });
  const ask = async (method: string, target: string, headers: Record<string, string>, body: string) => {
    const url = new URL(target, `http://${HOST}`);
    const request = { method, path: url.pathname, query: url.searchParams, body };
    return asAnswer(await handler({ ...request, headers: { host: HOST, ...headers } }));
  };
  const graphCall: Controlled['graphCall'] = async (oid, method, path, body) => {
    const scopes = ['Calendars.ReadWrite'];
    const { token } = await entra.mintForTests.userToken({ oid, clientId: SANDBOX_CLIENT_ID, scopes });
    const url = new URL(`https://graph.microsoft.com/v1.0${path}`);
    const headers = { authorization: `Bearer ${token}` };
    const text = body === undefined ? '' : JSON.stringify(body);
    return asAnswer(await graph.handler({ method, path: url.pathname, query: url.searchParams, headers, body: text }));
  };
  const tokenCall = async (form: Record<string, string>) => {
    const client = { client_id: SANDBOX_CLIENT_ID, client_secret: SANDBOX_CLIENT_SECRET };
    const body = new URLSearchParams({ ...client, ...form }).toString();
    const path = '/organizations/oauth2/v2.0/token';
    return asAnswer(await entra.handler({ method: 'POST', path, query: new URLSearchParams(), headers: {}, body }));
  };
  return {
    world,
    clock,
    entra,
    graph,
    tenant,
    handler,
    posted,
    get: (path) => ask('GET', `/control/api/${path}`, {}, ''),
    send: (method, path, body = {}, headers = {}) => {
      const own = { origin: `http://${HOST}`, 'content-type': 'application/json', ...headers };
      return ask(method, `/control/api/${path}`, own, JSON.stringify(body));
    },
    graphCall,
    async subscribe(oid) {
      const { status, json } = await graphCall(oid, 'POST', '/subscriptions', {
        changeType: 'created,updated,deleted',
        resource: 'me/events',
        notificationUrl: 'http://localhost:3978/notifications',
        lifecycleNotificationUrl: 'http://localhost:3978/lifecycle',
        clientState: CLIENT_STATE,
        expirationDateTime: new Date(world.clock.now() + 86_400_000).toISOString(),
      });
      assert.equal(status, 201, JSON.stringify(json));
      return json.id;
    },
    async signIn(oid) {
      const person = world.people.get(oid);
      const redirect = 'http://localhost:3978/auth/callback';
      const query = new URLSearchParams({
        client_id: SANDBOX_CLIENT_ID,
        response_type: 'code',
        redirect_uri: redirect,
        scope: 'openid offline_access Calendars.Read',
        state: 'x',
      });
      const authorize = `http://localhost:2/organizations/oauth2/v2.0/authorize?${query}`;
      const back = new URL(await entra.signIn(authorize, person?.upn ?? ''));
      const code = back.searchParams.get('code') ?? '';
      const { status, json } = await tokenCall({ grant_type: 'authorization_code', code, redirect_uri: redirect });
      assert.equal(status, 200, JSON.stringify(json));
      return json.refresh_token;
    },
    refresh: (token) => tokenCall({ grant_type: 'refresh_token', refresh_token: token }),
  };
}
