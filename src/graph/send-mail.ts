/** Mail as the person: Graph takes it (202), Exchange sends it. Nothing marks a second try as the first (in-doubt.ts). */
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

export const MOST_RECIPIENTS = 100;
const LONGEST_SUBJECT = 250;

export interface Mail {
  to: { name: string; address: string }[];
  subject: string;
  /** Escaped by whoever wrote it (bot/mail-html.ts). */
  html: string;
}

export const sendMail =
  (call: Caller) =>
  async (access: Access, mail: Mail): Promise<void> => {
    const message = {
      subject: mail.subject.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, LONGEST_SUBJECT),
      body: { contentType: 'html', content: mail.html },
      toRecipients: mail.to.slice(0, MOST_RECIPIENTS).map((emailAddress) => ({ emailAddress })),
    };
    await call(access, `${mailboxPath(access)}/sendMail`, (graph) => graph.post({ message, saveToSentItems: true }), {
      scopes: ['Mail.Send'],
    });
  };
