/** The product's way to Teams, without the network and the SDK: what they would ask of the connector, asked of it here. */
import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../../sandbox/http.ts';
import type { Channel, Outcome, Retry, Stop } from '../../src/delivery/channel.ts';
import type { Message } from '../../src/delivery/message.ts';
import type { ConnectorAnswer } from '../../src/delivery/teams-errors.ts';
import type { StoredConversation } from '../../src/store/people.ts';
import type { Product } from './product.ts';

/** As src/delivery/teams.ts. */
const SEND_LIMIT_MS = 12_000;
const NO_ANSWER: ConnectorAnswer = { status: 0, code: '' };

type Opened = Exclude<Awaited<ReturnType<NonNullable<Channel['reopen']>>>, Retry | Stop>;

export interface ChannelWire {
  carry(
    label: string,
    send: () => Promise<SandboxResponse>,
    about?: { conversation: StoredConversation; message: Message },
    change?: { activityId: string; message: Message },
  ): Promise<SandboxResponse>;
  after(delayMs: number, run: () => void): () => void;
  now(): number;
}

export interface SimChannelDeps {
  handler: SandboxHandler;
  wire: ChannelWire;
  product: Pick<Product, 'outcomeOf' | 'outcomeOfOpening' | 'retryAfterMs'>;
}

/** What the SDK makes of it. */
export function toActivity(message: Message): Record<string, unknown> {
  return {
    type: 'message',
    summary: message.summary,
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: message.card }],
  };
}

export function createSimChannel({ handler, wire, product }: SimChannelDeps): Channel {
  const answerOf = (response: SandboxResponse): ConnectorAnswer => {
    const body = response.body as { error?: { code?: string } } | undefined;
    return {
      status: response.status,
      code: body?.error?.code ?? '',
      retryAfterMs: product.retryAfterMs(response.headers?.['retry-after'], wire.now()),
    };
  };
  const request = (conversation: StoredConversation, path: string, body: object, method = 'POST'): SandboxRequest => ({
    method,
    path: new URL(`${String(conversation.reference.serviceUrl)}${path}`).pathname,
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  });
  /** Within the time that the product gives a request; undefined: no answer. */
  const within = async (answer: Promise<SandboxResponse>): Promise<SandboxResponse | undefined> => {
    let cancel = () => {};
    const limit = new Promise<undefined>((resolve) => {
      cancel = wire.after(SEND_LIMIT_MS, () => resolve(undefined));
    });
    return Promise.race([answer, limit]).finally(() => cancel());
  };
  const isGood = ({ status }: SandboxResponse) => status >= 200 && status < 300;

  return {
    name: 'teams',
    async send(conversation, message): Promise<Outcome> {
      const { conversationId } = conversation;
      const path = `v3/conversations/${encodeURIComponent(conversationId)}/activities`;
      const send = async () =>
        handler(request(conversation, path, { ...toActivity(message), conversation: { id: conversationId } }));
      const response = await within(wire.carry(`POST ${path}`, send, { conversation, message }));
      if (!response) return product.outcomeOf(NO_ANSWER);
      if (!isGood(response)) return product.outcomeOf(answerOf(response));
      return { kind: 'sent', activityId: (response.body as { id?: string } | undefined)?.id ?? '' };
    },
    async update(conversation, activityId, message): Promise<Outcome> {
      const { conversationId } = conversation;
      const path = `v3/conversations/${encodeURIComponent(conversationId)}/activities/${encodeURIComponent(activityId)}`;
      const body = { ...toActivity(message), id: activityId, conversation: { id: conversationId } };
      const response = await within(
        wire.carry(`PUT ${path}`, async () => handler(request(conversation, path, body, 'PUT')), undefined, {
          activityId,
          message,
        }),
      );
      if (!response) return product.outcomeOf(NO_ANSWER);
      return isGood(response) ? { kind: 'sent', activityId } : product.outcomeOf(answerOf(response));
    },
    async reopen(gone) {
      const { user, conversation, bot } = gone.reference as {
        user?: { id?: string };
        bot?: { id?: string };
        conversation?: { tenantId?: string };
      };
      const opening = product.outcomeOfOpening;
      const stop: Stop = { kind: 'stop', reason: 'Teams 404 ConversationNotFound', dropConversation: true };
      if (!user?.id || !bot?.id || !conversation?.tenantId || !opening) return stop;
      const body = { isGroup: false, bot, members: [{ id: user.id }], tenantId: conversation.tenantId };
      const response = await within(
        wire.carry('POST v3/conversations', async () => handler(request(gone, 'v3/conversations', body))),
      );
      if (!response) return opening(NO_ANSWER);
      if (!isGood(response)) return opening(answerOf(response));
      const { id = '', serviceUrl } = response.body as { id?: string; serviceUrl?: string };
      return {
        kind: 'opened',
        conversation: {
          conversationId: id,
          kind: gone.kind,
          reference: {
            ...gone.reference,
            conversation: { ...conversation, id },
            ...(serviceUrl ? { serviceUrl } : {}),
          },
        },
      } satisfies Opened;
    },
  };
}
