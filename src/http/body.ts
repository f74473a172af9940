/** Reads a body with a limit, before anything parses it. What is too large is refused without being kept. */
import type { IncomingMessage } from 'node:http';

export type ReadBody = { text: string } | { tooLarge: true };

export async function readBody(request: IncomingMessage, limitBytes: number): Promise<ReadBody> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limitBytes) {
    request.resume();
    return { tooLarge: true };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > limitBytes) {
      request.resume();
      return { tooLarge: true };
    }
    chunks.push(chunk as Buffer);
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}
