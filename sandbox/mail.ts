/** The demo's mail server: takes whatever the bot sends, and lays each mail down as a file. Nobody receives anything. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';

const MOST_MAILS = 1_000;
const LARGEST_MAIL = 1_000_000;
const CLOSE_WITHIN_MS = 500;

export interface MailDrop {
  /** For the bot: SMTP_URL, MAIL_FROM. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

/** In the order in which they came: "0007 ann@customer.com.eml". */
const fileName = (number: number, to: string) =>
  `${String(number).padStart(4, '0')} ${to.replace(/[^\w.@+-]/g, '_').slice(0, 100)}.eml`;

export async function startMailDrop(directory: string, from: string): Promise<MailDrop> {
  await mkdir(directory, { recursive: true });
  let count = (await readdir(directory)).length;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: CLOSE_WITHIN_MS,
    logger: false,
    size: LARGEST_MAIL,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      let length = 0;
      stream.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= LARGEST_MAIL) chunks.push(chunk);
      });
      stream.on('end', () => {
        if (length > LARGEST_MAIL || count >= MOST_MAILS) return done(new Error('the demo keeps no more mails'));
        count += 1;
        const [to] = session.envelope.rcptTo;
        writeFile(join(directory, fileName(count, to?.address ?? 'nobody')), Buffer.concat(chunks)).then(
          () => done(),
          (error: Error) => done(error),
        );
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    env: { SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: `Calendar Watch <${from}>` },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
