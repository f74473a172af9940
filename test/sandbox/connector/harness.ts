/** A bot made of the real botbuilder, wired to the sandbox by configuration alone. */
import { createRequire } from 'node:module';
import { CloudAdapter, ConfigurationBotFrameworkAuthentication, type TurnContext } from 'botbuilder';
import { type ConnectorClientOptions, MsalServiceClientCredentialsFactory } from 'botframework-connector';
import { type Connector, type ConnectorOptions, createConnector } from '../../../sandbox/connector/connector.ts';
import { AUDIENCES } from '../../../sandbox/entra/entra.ts';
import { type Served, serve } from '../../../sandbox/http.ts';
import { signingKey } from '../../support/signing-key.ts';
import { APP, BOT, networkClient, type RunningEntra, startEntra, TENANT } from '../entra/harness.ts';

/** The MSAL copy (version 2) that botframework-connector itself uses: its types don't accept version 7. */
const connectorRequire = createRequire(createRequire(import.meta.url).resolve('botframework-connector'));
type ClientApplication = ConstructorParameters<typeof MsalServiceClientCredentialsFactory>[1];
interface MsalTwo {
  ConfidentialClientApplication: new (configuration: object) => ClientApplication;
}
const { ConfidentialClientApplication } = connectorRequire('@azure/msal-node') as MsalTwo;

export interface RunningBot {
  running: RunningEntra;
  connector: Connector;
  adapter: CloudAdapter;
  /** What the bot does with each turn; replace it at will. */
  bot: { logic: (context: TurnContext) => Promise<void> };
  endpoint: string;
  /** Ends what was started. */
  stop(): Promise<void>;
}

function adapterFor(running: RunningEntra, connector: Connector, options: ConnectorClientOptions): CloudAdapter {
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: BOT.clientId,
      clientSecret: BOT.clientSecret,
      authority: `${running.https.origin}/${TENANT}`,
      knownAuthorities: [running.host],
    },
    system: { networkClient: networkClient(running.certificates.ca) },
  });
  const authentication = new ConfigurationBotFrameworkAuthentication(
    {
      ToChannelFromBotLoginUrl: `${running.https.origin}/${TENANT}`,
      ToChannelFromBotOAuthScope: 'https://api.botframework.com',
      ToBotFromChannelTokenIssuer: 'https://api.botframework.com',
      OAuthUrl: 'https://api.botframework.com',
      ToBotFromChannelOpenIdMetadataUrl: connector.openIdMetadataUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: `${running.https.origin}/botframework.com/v2.0/.well-known/openid-configuration`,
      CallerId: 'urn:botframework:azure',
    },
    new MsalServiceClientCredentialsFactory(BOT.clientId, application),
    undefined,
    undefined,
    options,
  );
  return new CloudAdapter(authentication);
}

/** Serves the adapter through the sandbox's own HTTP shell: botbuilder needs only a few members of a response. */
function serveBot(adapter: CloudAdapter, bot: RunningBot['bot']): Promise<Served> {
  return serve({
    port: 0,
    handler: async (request) => {
      let status = 200;
      let body: unknown;
      const response = {
        socket: undefined,
        status: (code: number) => {
          status = code;
          return response;
        },
        send: (sent: unknown) => {
          body = sent;
          return response;
        },
        header: () => response,
        end: () => response,
      };
      const incoming = {
        method: request.method,
        headers: request.headers,
        body: JSON.parse(request.body) as Record<string, unknown>,
      };
      await adapter.process(incoming as never, response as never, (context) => bot.logic(context));
      const given = typeof body === 'string' || (typeof body === 'object' && body !== null) ? body : undefined;
      return { status, ...(given === undefined ? {} : { body: given as object | string }) };
    },
  });
}

export async function startBot(
  options: Partial<ConnectorOptions> = {},
  clientOptions: ConnectorClientOptions = {},
): Promise<RunningBot> {
  const running = await startEntra();
  let channel: Served | undefined;
  const connector = createConnector({
    botId: BOT.clientId,
    origin: () => channel?.origin ?? '',
    verifyToken: (token) => running.entra.verifyAccessToken(token, { audience: AUDIENCES.botConnector }),
    signingKey: signingKey(),
    ...options,
    world: running.world,
  });
  channel = await serve({ port: 0, handler: connector.handler });
  const adapter = adapterFor(running, connector, clientOptions);
  const bot: RunningBot['bot'] = { logic: async () => {} };
  const served = await serveBot(adapter, bot);
  const teams = channel;
  return {
    running,
    connector,
    adapter,
    bot,
    endpoint: `${served.origin}/api/messages`,
    async stop() {
      await Promise.all([served.close(), teams.close(), running.stop()]);
    },
  };
}

export { APP, BOT, TENANT };
