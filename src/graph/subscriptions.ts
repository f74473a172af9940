/** Subscriptions: create (Graph calls our webhook before it answers), renew, delete. */
import { z } from 'zod';
import { CalendarWatchError } from '../errors.ts';
import type { Caller } from './client.ts';
import { GraphFailure } from './failures.ts';
import type { Access, ListedSubscription, RichPart, SubscriptionAnswer, SubscriptionRequest } from './port.ts';

const subscription = z.object({ id: z.string().min(1), expirationDateTime: z.string() });

function parse(answer: unknown): SubscriptionAnswer {
  const read = subscription.safeParse(answer);
  const expiresAt = read.success ? Date.parse(read.data.expirationDateTime) : Number.NaN;
  if (!read.success || Number.isNaN(expiresAt))
    throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a subscription is not of the documented form');
  return { subscriptionId: read.data.id, expiresAt };
}

const MOST_PAGES = 20;
const list = z.object({
  value: z.array(z.object({ id: z.string(), resource: z.string(), notificationUrl: z.string() })),
  '@odata.nextLink': z.string().url().optional(),
});

const one = (id: string) => `/subscriptions/${encodeURIComponent(id)}`;

const resourceOf = ({ mailboxId }: Access, calendarId: string) =>
  calendarId === '' ? `/users/${mailboxId}/events` : `/users/${mailboxId}/calendars/${calendarId}/events`;

/**
 * Outlook wants to be told what to send along. Which entry and which version is all that we use of it, so nothing that
 * a person wrote travels, encrypted or not. Both change with every edit, should Graph look at them to decide whether to
 * speak. Source: learn.microsoft.com "Change notifications for Outlook resources", includeResourceData.
 */
const RICH_SELECT = '?$select=id,changeKey,lastModifiedDateTime';

const withData = ({ certificate, certificateId }: RichPart) => ({
  includeResourceData: true,
  encryptionCertificate: certificate,
  encryptionCertificateId: certificateId,
});

export const createSubscription =
  (call: Caller) =>
  async (access: Access, request: SubscriptionRequest): Promise<SubscriptionAnswer> =>
    parse(
      await call(access, '/subscriptions', (graph) =>
        graph.post({
          changeType: 'created,updated,deleted',
          notificationUrl: request.notificationUrl,
          lifecycleNotificationUrl: request.lifecycleNotificationUrl,
          resource: `${resourceOf(access, request.calendarId)}${request.rich ? RICH_SELECT : ''}`,
          expirationDateTime: new Date(request.expiresAt).toISOString(),
          clientState: request.clientState,
          latestSupportedTlsVersion: 'v1_2',
          ...(request.rich ? withData(request.rich) : {}),
        }),
      ),
    );

export const renewSubscription =
  (call: Caller) =>
  async (access: Access, subscriptionId: string, expiresAt: number): Promise<SubscriptionAnswer> =>
    parse(
      await call(access, one(subscriptionId), (graph) =>
        graph.patch({ expirationDateTime: new Date(expiresAt).toISOString() }),
      ),
    );

export const getSubscription =
  (call: Caller) =>
  async (access: Access, subscriptionId: string): Promise<SubscriptionAnswer> =>
    parse(await call(access, one(subscriptionId), (graph) => graph.get()));

/** One that is gone already is as good as deleted. */
export const deleteSubscription =
  (call: Caller) =>
  async (access: Access, subscriptionId: string): Promise<void> => {
    try {
      await call(access, one(subscriptionId), (graph) => graph.delete());
    } catch (error) {
      if (!(error instanceof GraphFailure && error.kind === 'notFound')) throw error;
    }
  };

export const listSubscriptions =
  (call: Caller) =>
  async (access: Access): Promise<ListedSubscription[]> => {
    const found: ListedSubscription[] = [];
    let next: string | undefined = '/subscriptions';
    for (let pages = 0; next && pages < MOST_PAGES; pages += 1) {
      const read = list.safeParse(await call(access, next, (graph) => graph.get()));
      if (!read.success)
        throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a list of subscriptions is not of the documented form');
      found.push(...read.data.value.map(({ id, ...rest }) => ({ subscriptionId: id, ...rest })));
      next = read.data['@odata.nextLink'];
    }
    return found;
  };
