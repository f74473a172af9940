/**
 * The whole tenant in a box: Entra and Graph over https, the account page and the calendar (with the control page under
 * it) on plain http on loopback, all over one World. What the product needs to know of it is `productEnvironment`:
 * configuration, nothing else.
 */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates, type SandboxCertificates } from './ca.ts';
import { createCalendarPage } from './calendar/page.ts';
import { createControlPage, isControlPath } from './control/page.ts';
import { createEntra, type Entra, type EntraOptions } from './entra/entra.ts';
import { createGraph, type Graph, type GraphOptions } from './graph/graph.ts';
import type { Post } from './graph/post.ts';
import { type SandboxHandler, type Served, serve } from './http.ts';
import { realClock, type SandboxApp, type SandboxClock, seededRandom, World } from './world.ts';

export interface SandboxPorts {
  entra: number;
  graph: number;
  account: number;
  calendar: number;
}

export interface SandboxOptions {
  /** Certificates and, with `keepState`, everything else. */
  directory?: string;
  keepState?: boolean;
  ports?: Partial<SandboxPorts>;
  clock?: SandboxClock;
  random?: () => number;
  graph?: Partial<Omit<GraphOptions, 'world' | 'verifyToken' | 'post' | 'stateFile'>>;
  entra?: Partial<Omit<EntraOptions, 'world' | 'origins' | 'stateFile'>>;
  /** Fills the world before Graph looks at it. */
  seed?(world: World): void;
}

export interface Sandbox {
  world: World;
  entra: Entra;
  graph: Graph;
  certificates: SandboxCertificates;
  /** Origins without a slash at the end. */
  urls: { entra: string; graph: string; account: string; calendar: string };
  stop(): Promise<void>;
}

/** The demo's app registration; sandbox secrets are no secrets. */
export const SANDBOX_CLIENT_ID = '5e1d0000-4b2a-4f6e-8c10-0000000a0001';
export const SANDBOX_CLIENT_SECRET = 'sandbox-client-secret';
export const SANDBOX_BOT_ID = '5e1d0000-4b2a-4f6e-8c10-0000000a0002';
export const SANDBOX_BOT_PASSWORD = 'sandbox-bot-password';

const post: Post = async (url, { headers, body, timeoutMs }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    // An empty body has no length header otherwise, and Graph sends one.
    body,
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
};

/** What the registration asks an admin for, to read and write rooms; granted by consent to ".default". */
const ASKED_APP_PERMISSIONS = ['Calendars.ReadWrite', 'Place.Read.All', 'User.ReadBasic.All'];

/** Registers our app and its bot for a product that answers at `publicUrl`. */
export function registerProduct(
  world: World,
  publicUrl: string,
  {
    botId = SANDBOX_BOT_ID,
    appPermissions = [],
    askedAppPermissions = ASKED_APP_PERMISSIONS,
  }: { botId?: string; appPermissions?: string[]; askedAppPermissions?: string[] } = {},
): void {
  const app: SandboxApp = {
    clientId: SANDBOX_CLIENT_ID,
    clientSecret: SANDBOX_CLIENT_SECRET,
    displayName: 'Calendar Watch',
    redirectUris: [`${publicUrl}/auth/callback`, `${publicUrl}/auth/admin-consent`],
    appPermissions,
    askedAppPermissions,
  };
  world.apps.set(app.clientId, app);
  world.apps.set(botId, {
    clientId: botId,
    clientSecret: SANDBOX_BOT_PASSWORD,
    displayName: 'Calendar Watch (bot)',
    redirectUris: [],
    appPermissions: [],
  });
}

/** All that the product is told about this cloud. */
export function productEnvironment(
  sandbox: Pick<Sandbox, 'urls' | 'certificates'>,
  product: { port: number; publicUrl: string; dataDir: string; logLevel?: string },
): Record<string, string> {
  return {
    PORT: String(product.port),
    PUBLIC_URL: product.publicUrl,
    CLOUD: 'custom',
    ENTRA_AUTHORITY_HOST: sandbox.urls.entra,
    GRAPH_ENDPOINT: sandbox.urls.graph,
    BOT_OPENID_METADATA_URL: `${sandbox.urls.entra}/botframework.com/v2.0/.well-known/openid-configuration`,
    BOT_TOKEN_ISSUER: 'https://api.botframework.com',
    BOT_LOGIN_URL: `${sandbox.urls.entra}/botframework.com`,
    BOT_ID: '',
    AAD_APP_CLIENT_ID: SANDBOX_CLIENT_ID,
    AAD_APP_CLIENT_SECRET: SANDBOX_CLIENT_SECRET,
    AAD_APP_TENANT_ID: 'organizations',
    DATA_DIR: product.dataDir,
    LOG_LEVEL: product.logLevel ?? 'info',
    NODE_EXTRA_CA_CERTS: sandbox.certificates.caFile,
  };
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const directory = options.directory ?? join(tmpdir(), 'calendar-watch-sandbox');
  await mkdir(directory, { recursive: true });
  const certificates = await ensureCertificates(join(directory, 'ca'));
  const tls = { key: certificates.key, cert: certificates.cert };
  const world = new World(options.clock ?? realClock(), options.random ?? seededRandom(Date.now()));
  options.seed?.(world);

  const stateFile = (name: string) => (options.keepState ? { stateFile: join(directory, name) } : {});
  const origins = { https: '', pages: '' };
  const entra = createEntra({ world, ...stateFile('entra.json'), origins: () => origins, ...options.entra });
  const graph = createGraph({
    world,
    verifyToken: (token) => entra.verifyAccessToken(token),
    signValidationToken: (audience) => entra.validationToken(audience),
    post,
    ...stateFile('graph.json'),
    ...options.graph,
  });
  const calendar = createCalendarPage({ world, store: graph.store });
  const control = createControlPage({ world, entra, graph });
  const pages: SandboxHandler = (request) => (isControlPath(request.path) ? control : calendar).handler(request);

  const served: Served[] = [];
  const open = async (port: number | undefined, handler: Parameters<typeof serve>[0]['handler'], secure: boolean) => {
    const one = await serve({ port: port ?? 0, handler, ...(secure ? { tls } : {}) });
    served.push(one);
    return one.origin;
  };
  const stop = async () => {
    await Promise.all(served.map((one) => one.close()));
    if (options.keepState) graph.control.save();
  };
  try {
    origins.https = await open(options.ports?.entra, entra.handler, true);
    origins.pages = await open(options.ports?.account, entra.pagesHandler, false);
    const graphUrl = await open(options.ports?.graph, graph.handler, true);
    graph.control.setOrigin(graphUrl);
    const calendarUrl = await open(options.ports?.calendar, pages, false);
    return {
      world,
      entra,
      graph,
      certificates,
      urls: { entra: origins.https, graph: graphUrl, account: origins.pages, calendar: calendarUrl },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
