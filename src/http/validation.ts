/**
 * The handshake: Graph asks whether we want what it will send. The token is echoed decoded, as plain text and nothing
 * else; one with markup in it is not Graph's and is refused.
 */
import type { Request, Response } from 'restify';

const LONGEST = 1_024;
/** Graph's own words, ids and punctuation. `<`, `>`, `"`, `'` and `&` are what markup needs. */
const HARMLESS = /^[^<>"'&\p{Cc}]+$/u;

/** True if the request was a handshake and is answered. */
export function answerValidation(request: Request, response: Response): boolean {
  // Notifications come without a query; parsing the URL for each of them would cost as much as reading its JSON.
  if (!request.url?.includes('?')) return false;
  const query = request.getQuery();
  if (!/(?:^|&)validationToken=/i.test(query)) return false;
  const token = new URLSearchParams(query).get('validationToken') ?? '';
  const good = token.length <= LONGEST && HARMLESS.test(token);
  const text = good ? token : 'validationToken is not one of Graph’s';
  response.writeHead(good ? 200 : 400, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
  return true;
}
