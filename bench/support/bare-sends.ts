/**
 * The yardstick: the SDK as it comes, with its own retries, `continueConversationAsync` in a loop. The activities are
 * ready before the clock starts; nothing is looked at, recorded or logged.
 */
import { readFile } from 'node:fs/promises';
import { TeamsAdapter } from '@microsoft/teams-ai';
import type { Activity, ConversationReference } from 'botbuilder';
import { createCredentials } from '../../src/bot/adapter.ts';
import { readConfig } from '../../src/config.ts';

/** One line of the file: a message, and where to. */
export interface BareSend {
  reference: Partial<ConversationReference>;
  activity: Partial<Activity>;
}

export interface BareOrder {
  /** JSON, an array of BareSend. */
  file: string;
  concurrency: number;
  /** Ready is said when the file is read; sending begins with the next message of any kind. */
  isStart?: boolean;
}

export interface BareReport {
  failed: number;
}

const config = readConfig(process.env);
const { cloud, bot } = config;
const adapter = new TeamsAdapter(
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

let ready: BareSend[] = [];

async function sendAll(concurrency: number): Promise<BareReport> {
  const all = ready.values();
  let failed = 0;
  const worker = async () => {
    for (const { reference, activity } of all)
      await adapter
        .continueConversationAsync(bot.id, reference, async (context) => {
          await context.sendActivity(activity);
        })
        .catch(() => {
          failed += 1;
        });
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { failed };
}

async function obey(order: BareOrder): Promise<void> {
  if (order.isStart) process.send?.(await sendAll(order.concurrency));
  else {
    ready = JSON.parse(await readFile(order.file, 'utf8')) as BareSend[];
    process.send?.('ready');
  }
}

process.on('message', (order: BareOrder) => void obey(order));
process.on('disconnect', () => process.exit(0));
process.send?.('started');
