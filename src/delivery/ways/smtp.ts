/**
 * E-mail by SMTP, through nodemailer. A few connections are kept; its own tries are off (`maxRequeues`), so that an
 * attempt in the ledger is one here. A message may have been taken from the moment on at which the server said 354 and
 * we began to write it; a refusal in words (4xx, 5xx) says that it was not.
 */
import type { Readable } from 'node:stream';
import nodemailer from 'nodemailer';
import { type Clock, SECOND_MS } from '../../clock.ts';
import { isLoopback } from '../../config.ts';
import type { Final } from '../attempt.ts';
import { htmlBody, stopLink, subjectLine, textBody } from './mail-body.ts';
import { again, bounded, LABELS, sent, stop } from './outcomes.ts';
import type { Destination, OtherWay, Words } from './port.ts';

const MOST_CONNECTIONS = 3;
const CONNECT_LIMIT_MS = 6 * SECOND_MS;
const SILENCE_LIMIT_MS = 10 * SECOND_MS;
const IDLE_MS = 30 * SECOND_MS;

/** One address and no more: no list, no name, nothing that ends a command or a header. */
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]{1,64}@[^\s\p{Cc}<>()[\]\\,;:"@]{1,255}$/u;
const ENHANCED = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/;

interface SmtpError {
  code?: string;
  responseCode?: number;
  response?: string;
}

/** @param began some of the message was written */
export function outcomeOfSmtp(error: unknown, began: boolean): Final {
  const { code = '', responseCode = 0, response = '' } = (error ?? {}) as SmtpError;
  if (responseCode >= 400) {
    const reason = `${LABELS.email} ${responseCode} ${ENHANCED.exec(response)?.[1] ?? ''}`.trim();
    return responseCode < 500 ? again(reason, false) : stop(reason);
  }
  // Refused before anything was asked of the server: an address or a message that can't be sent.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return stop(`${LABELS.email} ${code}`);
  const known = /^E[A-Z]{2,20}$/.test(code) ? code : '';
  return again(`${LABELS.email} no answer ${known}`.trim(), began);
}

function connectionOf(url: string) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    ...(port ? { port: Number(port) } : {}),
    secure,
    // Words about somebody's calendar, and our password, don't go over a network in the clear.
    requireTLS: !secure && !isLoopback(url),
    ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
  };
}

function mailOf(from: string, to: Destination, words: Words) {
  const link = stopLink(words);
  return {
    from,
    // As an object, so that it is not read as a list.
    to: { name: '', address: to.address },
    subject: subjectLine(words.subject),
    text: textBody(words),
    html: htmlBody(words),
    headers: {
      'Auto-Submitted': 'auto-generated',
      // Exchange's word for it: no “out of office” comes back.
      'X-Auto-Response-Suppress': 'All',
      ...(link ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
    },
    ...(link ? { list: { unsubscribe: link } } : {}),
  };
}

export interface SmtpOptions {
  /** smtp:// (with STARTTLS, unless loopback) or smtps://, with user and password where they are needed. */
  url: string;
  from: string;
}

export function createSmtp({ url, from }: SmtpOptions, { clock }: { clock: Clock }): OtherWay {
  const transporter = nodemailer.createTransport({
    pool: true,
    ...connectionOf(url),
    maxConnections: MOST_CONNECTIONS,
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    connectionTimeout: CONNECT_LIMIT_MS,
    greetingTimeout: CONNECT_LIMIT_MS,
    dnsTimeout: CONNECT_LIMIT_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  // Each send hears of its own failure; without a listener this one would end the process.
  transporter.on('error', () => undefined);
  transporter.use('stream', (mail, done) => {
    const { onStream } = mail.data as { onStream?: (stream: Readable) => void };
    mail.message?.processFunc((stream: Readable) => {
      onStream?.(stream);
      return stream;
    });
    done();
  });
  return {
    name: 'email',
    provider: 'SMTP',
    async send(to, words) {
      if (!ADDRESS.test(to.address)) return stop(`${LABELS.email} address`);
      let written: Readable | undefined;
      const onStream = (stream: Readable) => {
        written = stream;
      };
      return bounded(
        clock,
        async (signal) => {
          const { messageId } = await transporter.sendMail({ ...mailOf(from, to, words), signal, ...{ onStream } });
          return sent(messageId);
        },
        (error) => outcomeOfSmtp(error, written?.readableDidRead ?? false),
      );
    },
    close: () => transporter.close(),
  };
}
