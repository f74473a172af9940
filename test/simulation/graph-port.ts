/**
 * The product's way to Graph, without the network: the same calls of src/graph on the sandbox's handler. A request is
 * one step, its answer another; in between other things happen.
 */
import { GraphError, type GraphRequest } from '@microsoft/microsoft-graph-client';
import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../../sandbox/http.ts';
import type { Caller } from '../../src/graph/client.ts';
import type { Access } from '../../src/graph/port.ts';

export const GRAPH_ORIGIN = 'https://graph.simulated.example';
const ROOT = `${GRAPH_ORIGIN}/v1.0`;
/** As src/graph/client.ts. */
const CALL_LIMIT_MS = 15_000;
const DEFAULT_PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"';

/** Carries a request to the handler and its answer back; the scheduler's in a simulation, at once in a test. */
export interface Wire {
  /** Resolves with the answer; never, when none comes. */
  carry(label: string, send: () => SandboxResponse | Promise<SandboxResponse>): Promise<SandboxResponse>;
  after(delayMs: number, run: () => void): () => void;
  now(): number;
}

export interface SimCallerDeps {
  handler: SandboxHandler;
  wire: Wire;
  token(access: Access): string | Promise<string>;
  dropToken(access: Access): void;
  /** Of the product, whose classes the errors must have. */
  toFailure(error: unknown, now: number): unknown;
  isUnauthorized(failure: unknown): boolean;
  /** Of each answer. */
  seen?(method: string, path: string, response: SandboxResponse): void;
}

/** What the Graph client throws for an answer that is none of 2xx. */
function graphError(response: SandboxResponse): GraphError {
  const body = response.body as { error?: { code?: string; message?: string } } | undefined;
  const error = new GraphError(response.status, body?.error?.message);
  error.code = body?.error?.code ?? null;
  error.headers = new Headers(response.headers);
  return error;
}

function noAnswer(): GraphError {
  const error = new GraphError(-1, 'This operation was aborted');
  error.code = 'AbortError';
  return error;
}

class SimRequest {
  private readonly headers: Record<string, string>;

  constructor(
    private readonly deps: SimCallerDeps,
    private readonly target: URL,
    token: string,
  ) {
    this.headers = { authorization: `Bearer ${token}`, prefer: DEFAULT_PREFER };
  }

  header(name: string, value: string): this {
    this.headers[name.toLowerCase()] = value;
    return this;
  }

  get = () => this.send('GET');
  delete = () => this.send('DELETE');
  post = (body: unknown) => this.send('POST', body);
  patch = (body: unknown) => this.send('PATCH', body);
  put = (body: unknown) => this.send('PUT', body);

  private async send(method: string, body?: unknown): Promise<unknown> {
    const { wire, handler } = this.deps;
    const { pathname, searchParams } = this.target;
    const request: SandboxRequest = {
      method,
      path: pathname,
      query: searchParams,
      headers: { ...this.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? '' : JSON.stringify(body),
    };
    const answer = wire.carry(`${method} ${pathname}`, () => handler(request));
    let cancel = () => {};
    const limit = new Promise<never>((_, reject) => {
      cancel = wire.after(CALL_LIMIT_MS, () => reject(noAnswer()));
    });
    const response = await Promise.race([answer, limit]).finally(() => cancel());
    this.deps.seen?.(method, pathname, response);
    if (response.status < 200 || response.status >= 300) throw graphError(response);
    // Over the wire it would be other objects.
    return response.body === undefined ? undefined : JSON.parse(JSON.stringify(response.body));
  }
}

export function createSimCaller(deps: SimCallerDeps): Caller {
  return async (access, pathOrLink, send) => {
    const isLink = /^https?:/i.test(pathOrLink);
    const target = new URL(isLink ? pathOrLink : `${ROOT}${pathOrLink}`);
    if (target.origin !== GRAPH_ORIGIN) throw new Error('a stored link points away from Graph');
    const token = await deps.token(access);
    try {
      return await send(new SimRequest(deps, target, token) as unknown as GraphRequest);
    } catch (error) {
      const failure = deps.toFailure(error, deps.wire.now());
      if (deps.isUnauthorized(failure)) deps.dropToken(access);
      throw failure;
    }
  };
}
