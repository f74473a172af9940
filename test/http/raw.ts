/** Requests that fetch would not send: over one kept connection, in pieces, with odd bodies. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  /** True when the connection of an earlier request served this one. */
  reused: boolean;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Sent without a Content-Length. */
  chunked?: boolean;
}

export class KeptConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly origin: string) {}

  send(path: string, options: RawRequest = {}): Promise<RawAnswer> {
    const { method = 'POST', body = '', chunked = false } = options;
    const length = chunked ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const outgoing: ClientRequest = request(
        `${this.origin}${path}`,
        { method, agent: this.agent, headers: { 'Content-Type': 'application/json', ...length, ...options.headers } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: Buffer.concat(chunks).toString('utf8'),
              reused: outgoing.reusedSocket,
            }),
          );
        },
      );
      outgoing.on('error', reject);
      if (!chunked) return outgoing.end(body);
      const bytes = Buffer.from(body);
      for (let from = 0; from < bytes.length; from += 65_536) outgoing.write(bytes.subarray(from, from + 65_536));
      outgoing.end();
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
