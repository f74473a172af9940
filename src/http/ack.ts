/** An answer that is given once. Later attempts are a mistake in the route and end as an error in the log. */
import type { ServerResponse } from 'node:http';

export class Ack {
  private isDone = false;

  constructor(private readonly response: Pick<ServerResponse, 'writeHead' | 'end'>) {}

  /** Body-less for 2xx: Graph reads the status alone. */
  give(status: number, body?: { code: string; message: string }): void {
    if (this.isDone) throw new Error('a request was answered twice');
    this.isDone = true;
    const text = body ? JSON.stringify({ error: body }) : '';
    this.response.writeHead(status, {
      ...(body ? { 'Content-Type': 'application/json; charset=utf-8' } : {}),
      'Content-Length': Buffer.byteLength(text),
    });
    this.response.end(text);
  }
}
