/** POST /sendMail: takes a message as Graph does and keeps it; nobody's mailbox here receives mail. */
import { z } from 'zod';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import { readJson } from './answer.ts';
import { badRequest } from './errors.ts';

/** Exchange Online's limit of one message. */
const MOST_RECIPIENTS = 500;
const KEPT = 1_000;

const recipients = z
  .array(z.object({ emailAddress: z.object({ name: z.string().nullish(), address: z.string() }) }))
  .nullish();
const mail = z.object({
  message: z.object({
    subject: z.string().nullish(),
    body: z.object({ contentType: z.enum(['text', 'html', 'Text', 'HTML']), content: z.string() }).nullish(),
    toRecipients: recipients,
    ccRecipients: recipients,
    bccRecipients: recipients,
  }),
  saveToSentItems: z.boolean().optional(),
});

export interface SentMail {
  fromOid: string;
  at: number;
  subject: string;
  contentType: string;
  content: string;
  /** Lower case. */
  to: string[];
  isSaved: boolean;
}

export class MailRoutes {
  /** The newest last; what is older than the last thousand is forgotten. */
  readonly sent: SentMail[] = [];

  answer(oid: string, request: SandboxRequest, now: number): SandboxResponse {
    if (request.method !== 'POST') throw badRequest('BadRequest', 'The HTTP method is not supported.');
    const read = mail.safeParse(readJson(request));
    if (!read.success) throw badRequest('RequestBodyRead', 'The request body is not of the documented form.');
    const { message, saveToSentItems = true } = read.data;
    const all = [message.toRecipients, message.ccRecipients, message.bccRecipients].flatMap((one) => one ?? []);
    const to = all.map((one) => one.emailAddress.address.toLowerCase());
    if (to.length === 0 || to.some((one) => !/^[^\s@]+@[^\s@]+$/.test(one)))
      throw badRequest('ErrorInvalidRecipients', "At least one recipient isn't valid.");
    if (to.length > MOST_RECIPIENTS) throw badRequest('ErrorTooManyRecipients', 'Too many recipients.');
    this.sent.push({
      fromOid: oid,
      at: now,
      subject: message.subject ?? '',
      contentType: (message.body?.contentType ?? 'text').toLowerCase(),
      content: message.body?.content ?? '',
      to,
      isSaved: saveToSentItems,
    });
    if (this.sent.length > KEPT) this.sent.shift();
    return { status: 202 };
  }
}
