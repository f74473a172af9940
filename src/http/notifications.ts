/**
 * POST /api/notifications and /api/lifecycle: check the form, commit, 202. A notification is a hint that a mailbox
 * changed; nothing else in it is used. One broken item does not harm the others. Source of the forms: learn.microsoft.com
 * "Receive change notifications through webhooks" and "lifecycle notifications".
 */
import type { Request, Response, Server } from 'restify';
import { z } from 'zod';
import type { Logger } from '../log.ts';
import { type Inbox, InboxFullError, type IncomingNotice } from '../sync/inbox.ts';
import { Ack } from './ack.ts';
import { readBody } from './body.ts';
import { answerValidation } from './validation.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
const MOST_ITEMS = 1_000;

/** Printable: PostgreSQL takes no NUL, and one odd id must not spoil the commit that it shares with others. */
const id = z.string().regex(/^[\x21-\x7e]{1,128}$/);
const clientState = z.string().max(128);
const change = z.object({
  subscriptionId: id,
  clientState,
  changeType: z.enum(['created', 'updated', 'deleted']),
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
  return { subscriptionId, clientState: read.data.clientState, duty: 'sync', word: changeType };
};

const readLifecycle: ReadItem = (item) => {
  const read = lifecycle.safeParse(item);
  if (!read.success) return undefined;
  const { subscriptionId, lifecycleEvent } = read.data;
  return { subscriptionId, clientState: read.data.clientState, duty: 'care', word: lifecycleEvent };
};

interface Deps {
  inbox: Inbox;
  log: Logger;
  newId(): string;
}

function parseItems(text: string): unknown[] | undefined {
  try {
    const body = JSON.parse(text) as { value?: unknown };
    return Array.isArray(body?.value) ? body.value : undefined;
  } catch {
    return undefined;
  }
}

async function receive(deps: Deps, readItem: ReadItem, request: Request, response: Response): Promise<void> {
  if (answerValidation(request, response)) return;
  const ack = new Ack(response);
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if ('tooLarge' in body) return ack.give(413, { code: 'BodyTooLarge', message: `at most ${BODY_LIMIT_BYTES} bytes` });
  const items = parseItems(body.text);
  if (!items) return ack.give(400, { code: 'BadBody', message: 'expected JSON with an array "value"' });
  if (items.length > MOST_ITEMS) return ack.give(413, { code: 'TooManyItems', message: `at most ${MOST_ITEMS} items` });
  const correlationId = deps.newId();
  const notices = items.flatMap((item) => readItem(item) ?? []);
  try {
    const accepted = await deps.inbox.accept(notices, correlationId);
    ack.give(202);
    const broken = items.length - notices.length;
    if (broken > 0 || accepted.refused > 0)
      deps.log.warn(
        { correlationId, broken, refused: accepted.refused, stored: accepted.stored },
        'notifications were left out',
      );
    else deps.log.debug({ correlationId, stored: accepted.stored }, 'notifications stored');
  } catch (err) {
    // Not stored, so not acknowledged: Graph sends it again for up to four hours.
    deps.log.error({ correlationId, err, full: err instanceof InboxFullError }, 'notifications could not be stored');
    ack.give(503, { code: 'NotStored', message: 'send it again' });
  }
}

export function mountNotifications(server: Server, deps: Deps): void {
  server.post('/api/notifications', async (request: Request, response: Response) =>
    receive(deps, readChange, request, response),
  );
  server.post('/api/lifecycle', async (request: Request, response: Response) =>
    receive(deps, readLifecycle, request, response),
  );
}
