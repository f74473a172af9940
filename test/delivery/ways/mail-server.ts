/** A real SMTP server (npm smtp-server) that does as it is told, and remembers what came. */
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Received {
  from: string;
  to: string[];
  /** As it came, headers and all. */
  raw: string;
  isSecure: boolean;
  user: string | undefined;
}

type Stage = 'connect' | 'from' | 'to' | 'data';

export interface MailServer {
  port: number;
  /** How many connections were opened, and how often each command was given. */
  seen: Record<Stage, number>;
  received: Received[];
  stop(): Promise<void>;
}

export interface MailServerOptions {
  host?: string;
  /** The answer at this stage instead of yes. */
  refuses?: Partial<Record<Stage, [code: number, text: string]>>;
  /** The connection is cut at this stage. */
  cuts?: Stage;
  /** At this stage nothing is answered. */
  hangs?: Stage;
  server?: SMTPServerOptions;
}

export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const seen: MailServer['seen'] = { connect: 0, from: 0, to: 0, data: 0 };
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  const at = (stage: Stage, goOn: (error?: Error) => void) => {
    seen[stage] += 1;
    if (options.hangs === stage) return;
    if (options.cuts === stage) {
      for (const socket of sockets) socket.destroy();
      return;
    }
    const [responseCode, text] = options.refuses?.[stage] ?? [];
    goOn(responseCode ? Object.assign(new Error(text), { responseCode }) : undefined);
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    onConnect: (_session, done) => at('connect', done),
    onMailFrom: (_address, _session, done) => at('from', done),
    onRcptTo: (_address, _session, done) => at('to', done),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () =>
        at('data', (error) => {
          const { mailFrom, rcptTo } = session.envelope;
          if (!error)
            received.push({
              from: mailFrom ? mailFrom.address : '',
              to: rcptTo.map((one) => one.address),
              raw: Buffer.concat(chunks).toString('utf8'),
              isSecure: Boolean(session.secure),
              user: session.user as string | undefined,
            });
          done(error);
        }),
      );
    },
    ...options.server,
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    seen,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
