/** The zone and language that a person set in Outlook. */
import { z } from 'zod';
import { type Caller, mailboxPath } from './client.ts';
import type { Access, MailboxSettings } from './port.ts';

const settings = z.object({
  timeZone: z.string().optional().catch(undefined),
  language: z.object({ locale: z.string().optional() }).nullish().catch(undefined),
});

export const readMailboxSettings =
  (call: Caller) =>
  async (access: Access): Promise<MailboxSettings> => {
    const answer = await call(access, `${mailboxPath(access)}/mailboxSettings`, (graph) => graph.get(), {
      scopes: ['MailboxSettings.Read'],
    });
    const read = settings.parse(answer ?? {});
    return { timeZone: read.timeZone, locale: read.language?.locale };
  };
