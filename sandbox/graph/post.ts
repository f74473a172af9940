/** How the sandbox calls out: injected, so that a simulation can deliver in process. */
import type { Agenda } from './agenda.ts';

export interface PostOptions {
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
}

export interface PostAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
}

export type Post = (url: string, options: PostOptions) => Promise<PostAnswer>;

/** What became of a call: an answer, nothing in time, or no connection. */
export type PostOutcome = PostAnswer | 'timeout' | 'unreachable';

/** Calls, and gives up after the time-out by the world's clock even where `post` itself would wait on. */
export async function postWithin(post: Post, agenda: Agenda, url: string, options: PostOptions): Promise<PostOutcome> {
  let cancel = () => {};
  const late = new Promise<'timeout'>((resolve) => {
    cancel = agenda.after(options.timeoutMs, () => resolve('timeout'));
  });
  const answer = post(url, options).catch((error: unknown): 'timeout' | 'unreachable' =>
    error instanceof Error && /time|abort/i.test(`${error.name} ${error.message}`) ? 'timeout' : 'unreachable',
  );
  const outcome = await Promise.race([answer, late]);
  cancel();
  return outcome;
}

export const isDelivered = (outcome: PostOutcome): boolean =>
  typeof outcome === 'object' && outcome.status >= 200 && outcome.status < 300;
