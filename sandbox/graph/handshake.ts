/** The validation handshake (platform facts, section A): an endpoint must echo a token before it is believed. */
import type { World } from '../world.ts';
import type { Agenda } from './agenda.ts';
import { badRequest, type GraphError } from './errors.ts';
import { guid } from './ids.ts';
import { type Post, type PostOutcome, postWithin } from './post.ts';

const TIMEOUT_MS = 10_000;

/** As the service writes it: "+" for spaces, lower-case hex. */
const encodeToken = (token: string) =>
  encodeURIComponent(token)
    .replaceAll('%20', '+')
    .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());

function failure(outcome: PostOutcome, token: string): GraphError | undefined {
  const failed = 'Subscription validation request failed.';
  if (outcome === 'timeout') return badRequest('InvalidRequest', 'Subscription validation request timed out.');
  if (outcome === 'unreachable' || outcome.status !== 200)
    return badRequest(
      'ValidationError',
      `${failed} Notification endpoint must respond with 200 OK to validation request.`,
    );
  if (outcome.body !== token)
    return badRequest('InvalidRequest', `${failed} Response must exactly match validationToken query parameter.`);
  // The documentation demands text/plain; how the service words the refusal is not known.
  if (!/^text\/plain\b/i.test(outcome.headers['content-type'] ?? ''))
    return badRequest('ValidationError', `${failed} Notification endpoint must respond with content type text/plain.`);
  return undefined;
}

/** Throws Graph's 400 when the endpoint does not pass. */
export async function shakeHands(world: World, agenda: Agenda, post: Post, url: string): Promise<void> {
  const requestId = guid(world.random);
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${requestId}`;
  const target = `${url}${url.includes('?') ? '&' : '?'}validationToken=${encodeToken(token)}`;
  const outcome = await postWithin(post, agenda, target, {
    headers: { accept: 'text/plain', 'content-type': 'text/plain; charset=utf-8', 'request-id': requestId },
    body: '',
    timeoutMs: TIMEOUT_MS,
  });
  const problem = failure(outcome, token);
  world.journal.add('notification', 'handshake', { url, passed: !problem, problem: problem?.message });
  if (problem) throw problem;
}
