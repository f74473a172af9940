/** What every route of the control surface is given. */
import { PageError } from '../calendar/failures.ts';
import type { Entra } from '../entra/entra.ts';
import type { Graph } from '../graph/graph.ts';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { World } from '../world.ts';
import type { JournalReader } from './journal.ts';

/** A clock that somebody can move. */
export interface MovableClock {
  advance(ms: number): void | Promise<void>;
}

export interface ControlContext {
  world: World;
  entra: Entra;
  graph: Graph;
  /** Undefined where time is real. */
  movable: MovableClock | undefined;
  journal: JournalReader;
}

/** `names` are the variable parts of the path, in order. */
export type Route = (
  context: ControlContext,
  request: SandboxRequest,
  ...names: string[]
) => SandboxResponse | Promise<SandboxResponse>;

export const ok = (body: object): SandboxResponse => ({ status: 200, body });

export const refuse = (message: string, status = 400): never => {
  throw new PageError(status, message);
};

export function jsonOf(request: SandboxRequest): unknown {
  try {
    return JSON.parse(request.body || '{}');
  } catch {
    return refuse('The request is not valid JSON.');
  }
}

/** `name` as one of `known`; the refusal lists them. */
export function oneOf<Name extends string>(known: readonly Name[], name: string, kind: string): Name {
  const found = known.find((one) => one === name);
  return found ?? refuse(`There is no ${kind} “${name}”. Known: ${known.join(', ')}.`);
}
