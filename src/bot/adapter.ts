/**
 * The Bot Framework adapter for the configured cloud. All seven addresses are always given: setting one of them
 * switches off the SDK's defaults for the others. Without a BOT_ID (the Playground) nothing is authenticated;
 * config.ts allows that on loopback alone.
 */
import { createRequire } from 'node:module';
import { TeamsAdapter } from '@microsoft/teams-ai';
import {
  type Activity,
  ConfigurationServiceClientCredentialFactory,
  type InvokeResponse,
  type TurnContext,
} from 'botbuilder';
import {
  type AuthenticateRequestResult,
  AuthenticationError,
  MsalServiceClientCredentialsFactory,
  type ServiceClientCredentialsFactory,
} from 'botframework-connector';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';

type CredentialConfig = Pick<Config, 'bot' | 'cloud' | 'cloudName'>;

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

class Adapter extends TeamsAdapter {
  protected override async processActivity(
    authHeader: string | AuthenticateRequestResult,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined> {
    try {
      return await super.processActivity(authHeader as string, activity, logic);
    } catch (error) {
      if (error instanceof Error && BAD_TOKEN.has(error.name))
        throw new AuthenticationError('The token is not valid', 401);
      throw error;
    }
  }
}

export function createAdapter(config: CredentialConfig, log: Logger): TeamsAdapter {
  const { cloud } = config;
  const adapter = new Adapter(
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
  adapter.onTurnError = async (context, err) => {
    log.error({ err, activityType: context.activity.type }, 'a turn failed');
    if (context.activity.type === 'message')
      await context.sendActivity(
        'Something went wrong on my side. Please try again; **help** shows what I understand.',
      );
  };
  return adapter;
}
