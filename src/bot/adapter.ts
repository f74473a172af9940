/**
 * The Bot Framework adapter for the configured cloud. All seven addresses are always given: setting one of them
 * switches off the SDK's defaults for the others. Its token goes to allowed service addresses alone, whatever an activity
 * or a stored reference says (net/service-url.ts). Without a BOT_ID (the Playground) nothing is authenticated;
 * config.ts allows that on loopback alone.
 */
import { createRequire } from 'node:module';
import { TeamsAdapter } from '@microsoft/teams-ai';
import {
  type Activity,
  ConfigurationServiceClientCredentialFactory,
  type InvokeResponse,
  TurnContext,
} from 'botbuilder';
import {
  type AuthenticateRequestResult,
  AuthenticationError,
  type ClaimsIdentity,
  type ConnectorClient,
  type ConnectorFactory,
  MsalServiceClientCredentialsFactory,
  type ServiceClientCredentialsFactory,
} from 'botframework-connector';
import type { Config } from '../config.ts';
import { HAS_SLOT } from '../delivery/teams.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { allowsServiceUrl, hostOf, type ServiceUrls } from '../net/service-url.ts';
import { channelIdOf } from './channel-news.ts';

type CredentialConfig = Pick<Config, 'bot' | 'cloud' | 'cloudName'>;
type AdapterConfig = CredentialConfig & Pick<Config, 'serviceUrls'>;

/** The MSAL that botframework-connector brings (2.x): its types don't take the newer one. */
type ConnectorMsal = { ConfidentialClientApplication: new (configuration: object) => unknown };
function connectorMsal(): ConnectorMsal {
  const require = createRequire(import.meta.url);
  return createRequire(require.resolve('botframework-connector'))('@azure/msal-node') as ConnectorMsal;
}

export function createCredentials({ bot, cloud, cloudName }: CredentialConfig): ServiceClientCredentialsFactory {
  if (cloudName === 'custom' && bot.id !== '') {
    // The SDK's own factory would look the authority up at login.microsoftonline.com.
    const { ConfidentialClientApplication } = connectorMsal();
    const client = new ConfidentialClientApplication({
      auth: {
        clientId: bot.id,
        clientSecret: bot.password,
        authority: cloud.botLoginUrl,
        knownAuthorities: [new URL(cloud.botLoginUrl).host],
      },
    });
    return new MsalServiceClientCredentialsFactory(
      bot.id,
      client as ConstructorParameters<typeof MsalServiceClientCredentialsFactory>[1],
    );
  }
  return new ConfigurationServiceClientCredentialFactory({
    MicrosoftAppId: bot.id,
    MicrosoftAppPassword: bot.password,
    MicrosoftAppType: bot.id === '' ? 'MultiTenant' : bot.type,
    MicrosoftAppTenantId: bot.tenantId,
  });
}

/** What jsonwebtoken throws for a token that is forged or not valid yet; the SDK would answer it 500. */
const BAD_TOKEN = new Set(['JsonWebTokenError', 'NotBeforeError', 'SyntaxError']);

/** Teams has a few addresses, one for each part of the world. */
const MOST_CONNECTORS = 50;

class Adapter extends TeamsAdapter {
  private readonly connectors = new Map<string, Promise<ConnectorClient>>();
  private readonly serviceUrls: ServiceUrls;
  private readonly log: Logger;

  constructor(edge: { serviceUrls: ServiceUrls; log: Logger }, ...sdk: ConstructorParameters<typeof TeamsAdapter>) {
    super(...sdk);
    this.serviceUrls = edge.serviceUrls;
    this.log = edge.log;
  }

  /**
   * The connector of an address is made once: the SDK makes one for each message, with a client for sign-ins that ours
   * never use, which is a third of what a message costs. Only what the bot says of its own accord goes this way.
   */
  protected override async processProactive(
    identity: ClaimsIdentity,
    activity: Partial<Activity>,
    audience: string | undefined,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<void> {
    const factory = this.botFrameworkAuthentication.createConnectorFactory(identity);
    const context = new TurnContext(this, activity);
    context.turnState.set(this.BotIdentityKey, identity);
    context.turnState.set(
      this.ConnectorClientKey,
      await this.connectorFor(factory, activity.serviceUrl ?? '', audience),
    );
    context.turnState.set(this.ConnectorFactoryKey, factory);
    context.turnState.set(this.OAuthScopeKey, audience);
    await this.runMiddleware(context, logic);
  }

  private connectorFor(factory: ConnectorFactory, serviceUrl: string, audience?: string): Promise<ConnectorClient> {
    const key = `${serviceUrl} ${audience}`;
    const known = this.connectors.get(key);
    if (known) return known;
    if (!allowsServiceUrl(this.serviceUrls, serviceUrl))
      return Promise.reject(
        new CalendarWatchError(
          'SERVICE_URL_REFUSED',
          `a chat’s service address is not one of this cloud’s: ${hostOf(serviceUrl)}`,
        ),
      );
    if (this.connectors.size >= MOST_CONNECTORS) this.connectors.clear();
    // Undefined means the cloud's own audience; the SDK's types don't know it.
    const made = factory.create(serviceUrl, audience as string);
    this.connectors.set(key, made);
    made.catch(() => this.connectors.delete(key));
    return made;
  }

  protected override async processActivity(
    authHeader: string | AuthenticateRequestResult,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined> {
    try {
      // First who says it, then where they want to be answered: a stranger learns nothing about the latter.
      const proof =
        typeof authHeader === 'string'
          ? await this.botFrameworkAuthentication.authenticateRequest(activity, authHeader)
          : authHeader;
      if (!allowsServiceUrl(this.serviceUrls, activity.serviceUrl)) {
        const host = hostOf(activity.serviceUrl);
        this.log.warn({ code: 'SERVICE_URL_REFUSED', host }, 'an activity of another service address was refused');
        return { status: 403 };
      }
      return await super.processActivity(proof as unknown as string, activity, logic);
    } catch (err) {
      // The SDK would answer with the words of the error.
      const isUnproven = err instanceof AuthenticationError || (err instanceof Error && BAD_TOKEN.has(err.name));
      if (isUnproven) this.log.warn({ err }, 'an activity without a good token was refused');
      else this.log.error({ err, code: codeOf(err) }, 'an activity could not be processed');
      return { status: isUnproven ? 401 : 500 };
    }
  }
}

/** Nothing of these goes out. */
const SILENT = new Set(['invokeResponse', 'delay', 'trace']);

/** What is called to answer somebody counts against Teams' limits like anything else. */
function countAnswers(adapter: TeamsAdapter, onCall: (tenantId: string, conversationId: string) => void): void {
  adapter.use(async (context, next) => {
    const count = (calls: number) => {
      const { conversation } = context.activity;
      if (context.turnState.get(HAS_SLOT) || !conversation?.tenantId) return;
      for (let call = 0; call < calls; call += 1) onCall(conversation.tenantId, channelIdOf(conversation.id));
    };
    context.onSendActivities(async (_turn, activities, send) => {
      count(activities.filter(({ type }) => !SILENT.has(type ?? '')).length);
      return send();
    });
    context.onUpdateActivity(async (_turn, _activity, send) => {
      count(1);
      await send();
    });
    await next();
  });
}

export function createAdapter(
  config: AdapterConfig,
  log: Logger,
  /** Called for each request to Teams that answers somebody. */
  onCall: (tenantId: string, conversationId: string) => void = () => undefined,
): TeamsAdapter {
  const { cloud } = config;
  const adapter = new Adapter(
    { serviceUrls: config.serviceUrls, log },
    {
      ToChannelFromBotLoginUrl: cloud.botLoginUrl,
      ToChannelFromBotOAuthScope: cloud.botTokenScope.replace(/\/\.default$/, ''),
      ToBotFromChannelTokenIssuer: cloud.botTokenIssuer,
      OAuthUrl: 'https://token.botframework.com',
      ToBotFromChannelOpenIdMetadataUrl: cloud.botOpenIdMetadataUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: cloud.botOpenIdMetadataUrl,
      CallerId: '',
    },
    createCredentials(config),
  );
  countAnswers(adapter, onCall);
  adapter.onTurnError = async (context, err) => {
    log.error({ err, activityType: context.activity.type }, 'a turn failed');
    if (context.activity.type !== 'message') return;
    const words = 'Something went wrong on my side. Please try again; **help** shows what I understand.';
    // What Teams does not take now it has refused before: to throw again would answer Teams that we have failed.
    await context.sendActivity(words).catch((error: unknown) => log.warn({ err: error }, 'an answer was not sent'));
  };
  return adapter;
}
