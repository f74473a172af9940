/**
 * Reads a body with a limit, before anything parses it. What is too large is read on and thrown away, so that the
 * connection can be used again; beyond DRAINED_BYTES it is refused at once. server.ts bounds how long it may take.
 */
import type { IncomingMessage } from 'node:http';

const DRAINED_BYTES = 32 * 1024 * 1024;

export type ReadBody = { text: string } | { tooLarge: true };

export function readBody(request: IncomingMessage, limitBytes: number): Promise<ReadBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // Not "for await": leaving that loop early destroys the connection, and the 413 with it.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > DRAINED_BYTES) resolve({ tooLarge: true });
    });
    request.once('end', () =>
      resolve(size > limitBytes ? { tooLarge: true } : { text: Buffer.concat(chunks).toString('utf8') }),
    );
    request.once('error', reject);
    if (Number(request.headers['content-length'] ?? 0) > DRAINED_BYTES) resolve({ tooLarge: true });
  });
}
