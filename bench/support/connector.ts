/**
 * Teams' connector and the bot's token endpoint, light enough for a bench, in a process of their own: plain node:http,
 * the documented limits, and a count of what arrived.
 */
import { join } from 'node:path';
import { ensureCertificates } from '../../sandbox/ca.ts';
import { freePort, startServer } from './children.ts';
import type { ConnectorReport, ConnectorSettings, Delivery } from './connector-count.ts';

export interface RunningConnector {
  pid: number;
  /** For references: ends with a slash, as Teams' do. */
  serviceUrl: string;
  /** What the product must be told to speak to it. */
  environment: Record<string, string>;
  report(): Promise<ConnectorReport>;
  /** Each message that was taken, in order. */
  deliveries(): Promise<Delivery[]>;
  /** Forgets what arrived. */
  reset(): Promise<void>;
  set(settings: Partial<ConnectorSettings>): Promise<void>;
  stop(): Promise<void>;
}

const BOT_ID = 'be4e0003-0000-4000-8000-000000000001';
const TENANT_ID = 'be4e0003-0000-4000-8000-000000000002';

/** @param built the folder of `build`; @param folder for certificates and the log */
export async function startConnector(built: string, folder: string): Promise<RunningConnector> {
  const tls = join(folder, 'ca');
  const { caFile } = await ensureCertificates(tls);
  const loginPort = await freePort();
  const server = await startServer({
    script: join(built, 'bench/support/connector-process.js'),
    port: await freePort(),
    folder,
    name: 'connector',
    env: { LOGIN_PORT: String(loginPort), TLS_FOLDER: tls },
  });
  const origin = `http://127.0.0.1:${server.port}`;
  const control = async <T>(name: string, body?: object): Promise<T> => {
    const response = await fetch(`${origin}/control/${name}`, { method: 'POST', body: JSON.stringify(body ?? {}) });
    if (!response.ok) throw new Error(`the connector answered ${name} with ${response.status}`);
    return (await response.json()) as T;
  };
  return {
    pid: server.child.pid,
    serviceUrl: `${origin}/emea/`,
    environment: {
      BOT_ID,
      BOT_PASSWORD: 'bench-password',
      BOT_TENANT_ID: TENANT_ID,
      BOT_LOGIN_URL: `https://localhost:${loginPort}/bench`,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    report: () => control('report'),
    deliveries: () => control('deliveries'),
    reset: () => control('reset'),
    set: (settings) => control('settings', settings),
    stop: () => server.stop(),
  };
}
