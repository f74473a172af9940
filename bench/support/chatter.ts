/**
 * People who ask the bot something while others are reminded: real messages to /api/messages, signed as the channel
 * signs, from people of the crowd (crowd.ts, ledger-seed.ts). What the bot answers counts against the same limits.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { messageActivity } from '../../sandbox/connector/activity.ts';
import { CHANNEL_ISSUER, ChannelIdentity } from '../../sandbox/connector/channel-token.ts';
import { serve } from '../../sandbox/http.ts';
import { CHAT_FILLER, tenantIdOf } from './crowd.ts';

/** None of the answers names a meeting: the connector would take it for a nudge. */
const QUESTIONS = ['help', 'settings'];
const ANSWER_LIMIT_MS = 15_000;

export interface ChatterReport {
  asked: number;
  /** Other than 200, or no answer. */
  failed: number;
  /** How long the bot took, to the end of its turn. */
  tookMs: number[];
}

export interface Chatter {
  /** What the product must be told, so that it believes these messages. */
  environment: Record<string, string>;
  /** `count` questions of as many people, evenly over the time. */
  talk(options: {
    port: number;
    botId: string;
    serviceUrl: string;
    crowd: { people: number; tenants: number };
    count: number;
    forMs: number;
  }): Promise<ChatterReport>;
  stop(): Promise<void>;
}

function userOf(index: number, tenants: number) {
  const tenantId = tenantIdOf(index % tenants);
  const chat = `a:1t${String(index % tenants).padStart(4, '0')}p${String(index).padStart(7, '0')}${CHAT_FILLER}`;
  const person = {
    tenantId,
    oid: `be4e0001-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    upn: `person${index}@crowd.example`,
    displayName: `Person ${index}`,
    kind: 'person' as const,
    mailboxTimeZone: 'W. Europe Standard Time',
    locale: 'en-GB',
  };
  return { id: `29:1${CHAT_FILLER.slice(0, 50)}${index}`, person, conversationId: chat, timeZone: 'Europe/Berlin' };
}

export async function startChatter(): Promise<Chatter> {
  const origin = { channel: '' };
  const identity = new ChannelIdentity({
    issuer: CHANNEL_ISSUER,
    origin: () => origin.channel,
    endorsements: ['msteams'],
    now: () => Date.now(),
  });
  const served = await serve({
    port: 0,
    handler: async (request) => identity.metadata(request.path) ?? { status: 404, body: {} },
  });
  origin.channel = served.origin;
  return {
    environment: { BOT_OPENID_METADATA_URL: `${served.origin}/v1/.well-known/openidconfiguration` },
    async talk({ port, botId, serviceUrl, crowd, count, forMs }) {
      const report: ChatterReport = { asked: 0, failed: 0, tookMs: [] };
      const token = await identity.sign(botId, serviceUrl, { expiresInS: 3 * 3_600 });
      const ask = async (index: number, text: string) => {
        const about = { botId, botName: 'Calendar Watch', serviceUrl, now: Date.now() };
        const startedAt = performance.now();
        const response = await fetch(`http://localhost:${port}/api/messages`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify(messageActivity(userOf(index, crowd.tenants), about, text)),
          signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        }).catch(() => undefined);
        await response?.arrayBuffer().catch(() => undefined);
        report.tookMs.push(performance.now() - startedAt);
        if (response?.status !== 200) report.failed += 1;
      };
      const startedAt = Date.now();
      const asking: Promise<void>[] = [];
      for (; report.asked < count; report.asked += 1) {
        await pause(Math.max(0, startedAt + (report.asked * forMs) / count - Date.now()));
        const person = Math.floor((report.asked * crowd.people) / count);
        asking.push(ask(person, QUESTIONS[report.asked % QUESTIONS.length] ?? 'help'));
      }
      await Promise.all(asking);
      return report;
    },
    stop: () => served.close(),
  };
}
