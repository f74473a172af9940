/**
 * The handshake: Graph asks whether we want what it will send. The token is echoed decoded, as plain text and nothing
 * else; one with markup in it is not Graph's and is refused.
 */
import type { Request, Response } from 'restify';

const LONGEST = 1_024;
/** Graph's own words, ids and punctuation. `<`, `>`, `"`, `'` and `&` are what markup needs. */
const HARMLESS = /^[^<>"'&\p{Cc}]+$/u;

/** What a handshake with this query is answered; undefined when it is none. */
export function validationAnswer(query: string): { status: number; text: string } | undefined {
  if (!/(?:^|&)validationToken=/i.test(query)) return undefined;
  const token = new URLSearchParams(query).get('validationToken') ?? '';
  const good = token.length <= LONGEST && HARMLESS.test(token);
  return good ? { status: 200, text: token } : { status: 400, text: 'validationToken is not one of Graph’s' };
}

/** True if the request was a handshake and is answered. */
export function answerValidation(request: Request, response: Response): boolean {
  // Notifications come without a query; parsing the URL for each of them would cost as much as reading its JSON.
  if (!request.url?.includes('?')) return false;
  const answer = validationAnswer(request.getQuery());
  if (!answer) return false;
  const { status, text } = answer;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
  return true;
}
