/**
 * POST /api/notifications and /api/lifecycle: check the form, commit, 202. A notification is a hint that a mailbox
 * changed, and of which version; nothing else in it is used. One that carries its entry (sync/rich/) says no more. One
 * broken item does not harm the others. Source of the forms: learn.microsoft.com "Receive change notifications through
 * webhooks" and "lifecycle notifications".
 */
import type { Request, Response, Server } from 'restify';
import { z } from 'zod';
import type { Logger } from '../log.ts';
import { type Inbox, InboxFullError, type IncomingNotice } from '../sync/inbox.ts';
import type { Opened, Rich } from '../sync/rich/rich.ts';
import { Ack } from './ack.ts';
import { readBody } from './body.ts';
import { answerValidation } from './validation.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
const MOST_ITEMS = 1_000;

/** Printable: PostgreSQL takes no NUL, and one odd id must not spoil the commit that it shares with others. */
const id = z.string().regex(/^[\x21-\x7e]{1,128}$/);
/** Ids and versions, printable like the rest. */
const HINT = /^[\x21-\x7e]{1,512}$/;
const clientState = z.string().max(128);
const change = z.object({
  subscriptionId: id,
  clientState,
  changeType: z.enum(['created', 'updated', 'deleted']),
  // A hint and no more: what is missing or odd is left out.
  resourceData: z
    .object({ id: z.string().regex(HINT), '@odata.etag': z.string().regex(HINT) })
    .optional()
    .catch(undefined),
});
const lifecycle = z.object({
  subscriptionId: id,
  clientState,
  lifecycleEvent: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']),
});

type ReadItem = (item: unknown) => IncomingNotice | undefined;

const readChange: ReadItem = (item) => {
  const read = change.safeParse(item);
  if (!read.success) return undefined;
  const { subscriptionId, changeType } = read.data;
  const about = read.data.resourceData;
  const hint = about && { eventId: about.id, etag: about['@odata.etag'] };
  return { subscriptionId, clientState: read.data.clientState, duty: 'sync', word: changeType, hint };
};

const readLifecycle: ReadItem = (item) => {
  const read = lifecycle.safeParse(item);
  if (!read.success) return undefined;
  const { subscriptionId, lifecycleEvent } = read.data;
  return { subscriptionId, clientState: read.data.clientState, duty: 'care', word: lifecycleEvent };
};

interface Deps {
  inbox: Inbox;
  /** With RICH_NOTIFICATIONS=on. */
  rich?: Pick<Rich, 'open'>;
  log: Logger;
  newId(): string;
  /** A request that stored nothing was answered as if it had. */
  unproven?(request: Request): void;
}

interface Body {
  items: unknown[];
  /** Only beside notifications that carry their entry. */
  validationTokens: unknown;
}

function parseBody(text: string): Body | undefined {
  try {
    const body = JSON.parse(text) as { value?: unknown; validationTokens?: unknown };
    return Array.isArray(body?.value) ? { items: body.value, validationTokens: body.validationTokens } : undefined;
  } catch {
    return undefined;
  }
}

/** What was encrypted is vouched for, so its hint counts; where it can't be read no hint does, and the delta is read. */
function withOpened(notice: IncomingNotice | undefined, opened: Opened = 'none'): IncomingNotice | undefined {
  if (!notice || opened === 'refused') return undefined;
  if (opened === 'none') return notice;
  return { ...notice, hint: opened === 'unreadable' ? undefined : opened };
}

export type Endpoint = 'notifications' | 'lifecycle';

const READERS: Record<Endpoint, ReadItem> = { notifications: readChange, lifecycle: readLifecycle };

export interface Answer {
  status: number;
  error?: { code: string; message: string };
  /** How many notices; absent: it did not come to that. */
  stored?: number;
}

/** What was posted, without the HTTP around it: resolves when its notices are committed, or can't be. */
export async function receiveBody(deps: Deps, endpoint: Endpoint, text: string): Promise<Answer> {
  const body = parseBody(text);
  if (!body) return { status: 400, error: { code: 'BadBody', message: 'expected JSON with an array "value"' } };
  const { items, validationTokens } = body;
  if (items.length > MOST_ITEMS)
    return { status: 413, error: { code: 'TooManyItems', message: `at most ${MOST_ITEMS} items` } };
  const correlationId = deps.newId();
  try {
    const rich = endpoint === 'notifications' ? deps.rich : undefined;
    const opened = await rich?.open(items, validationTokens, correlationId);
    const notices = items.flatMap((item, index) => withOpened(READERS[endpoint](item), opened?.[index]) ?? []);
    const accepted = await deps.inbox.accept(notices, correlationId);
    const broken = items.length - notices.length;
    if (broken > 0 || accepted.refused > 0)
      deps.log.warn(
        { correlationId, broken, refused: accepted.refused, stored: accepted.stored },
        'notifications were left out',
      );
    else deps.log.debug({ correlationId, stored: accepted.stored }, 'notifications stored');
    return { status: 202, stored: accepted.stored };
  } catch (err) {
    // Not stored, so not acknowledged: Graph sends it again for up to four hours.
    deps.log.error({ correlationId, err, full: err instanceof InboxFullError }, 'notifications could not be stored');
    return { status: 503, error: { code: 'NotStored', message: 'send it again' } };
  }
}

async function receive(deps: Deps, endpoint: Endpoint, request: Request, response: Response): Promise<void> {
  if (answerValidation(request, response)) return;
  const ack = new Ack(response);
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if ('tooLarge' in body) return ack.give(413, { code: 'BodyTooLarge', message: `at most ${BODY_LIMIT_BYTES} bytes` });
  const { status, error, stored } = await receiveBody(deps, endpoint, body.text);
  if (stored === 0) deps.unproven?.(request);
  ack.give(status, error);
}

export function mountNotifications(server: Server, deps: Deps): void {
  server.post('/api/notifications', async (request: Request, response: Response) =>
    receive(deps, 'notifications', request, response),
  );
  server.post('/api/lifecycle', async (request: Request, response: Response) =>
    receive(deps, 'lifecycle', request, response),
  );
}
