/** The connector's documented errors: as switches of the world, and as a script per conversation. */
import type { SandboxResponse } from '../http.ts';
import type { FaultName, World } from '../world.ts';

export interface Failure {
  status: number;
  /** Default: the documented code of that status. */
  code?: string;
  message?: string;
  /** Do what was asked and still answer the error, as a gateway does that loses the answer. */
  delivered?: boolean;
  /** Sent as Retry-After. */
  retryAfterS?: number;
}

export interface ScriptedFailure extends Failure {
  /** How many requests it strikes; default 1. */
  times?: number;
  /** Which operations it strikes; default all that write. */
  on?: ConnectorOperation[];
}

export type ConnectorOperation = 'create' | 'post' | 'update' | 'delete' | 'members' | 'team' | 'channels';

const READS: ReadonlySet<ConnectorOperation> = new Set(['members', 'team', 'channels']);
export const isRead = (operation: ConnectorOperation): boolean => READS.has(operation);

const DEFAULT_CODES: Record<number, { code: string; message: string }> = {
  400: { code: 'BadArgument', message: 'The request is malformed.' },
  401: { code: 'BotNotRegistered', message: 'No registration found for this bot.' },
  403: { code: 'ForbiddenOperationException', message: 'The bot is not allowed to do this.' },
  404: { code: 'ConversationNotFound', message: 'Conversation not found.' },
  412: { code: 'PreconditionFailed', message: 'Precondition failed, please try again.' },
  413: { code: 'MessageSizeTooBig', message: 'Message size too large.' },
  429: { code: 'Throttled', message: 'Too many requests.' },
  500: { code: 'ServiceError', message: 'Internal server error.' },
  502: { code: 'ServiceError', message: 'Service dependency issue.' },
  503: { code: 'ServiceError', message: 'Service is unavailable.' },
  504: { code: 'ServiceError', message: 'Gateway timeout.' },
};

/** Body `{"error":{"code","message"}}`. */
export function failureResponse(failure: Failure): SandboxResponse {
  const standard = DEFAULT_CODES[failure.status] ?? { code: 'ServiceError', message: 'Error.' };
  const code = failure.code ?? standard.code;
  return {
    status: failure.status,
    ...(failure.retryAfterS === undefined ? {} : { headers: { 'retry-after': String(failure.retryAfterS) } }),
    body: { error: { code, message: failure.message ?? standard.message } },
  };
}

const SWITCHES: [FaultName, Failure][] = [
  ['connector.403', { status: 403 }],
  ['connector.404', { status: 404 }],
  ['connector.412', { status: 412 }],
  ['connector.413', { status: 413 }],
  ['connector.429', { status: 429, retryAfterS: 1 }],
  ['connector.429WithoutRetryAfter', { status: 429 }],
  ['connector.500', { status: 500 }],
  ['connector.502', { status: 502 }],
  ['connector.502Delivered', { status: 502, delivered: true }],
  ['connector.504', { status: 504 }],
  ['connector.504Delivered', { status: 504, delivered: true }],
];

/** Failures wait here per conversation ("*" for any), in order; a used-up one leaves. */
export class FailureScript {
  private readonly queues = new Map<string, (ScriptedFailure & { left: number })[]>();

  add(conversationId: string, failure: ScriptedFailure): void {
    const queue = this.queues.get(conversationId) ?? [];
    queue.push({ ...failure, left: failure.times ?? 1 });
    this.queues.set(conversationId, queue);
  }

  private take(conversationId: string, operation: ConnectorOperation): Failure | undefined {
    const queue = this.queues.get(conversationId);
    const index = queue?.findIndex((one) => (one.on ? one.on.includes(operation) : !isRead(operation))) ?? -1;
    const failure = queue?.[index];
    if (!queue || !failure) return undefined;
    failure.left -= 1;
    if (failure.left <= 0) queue.splice(index, 1);
    if (queue.length === 0) this.queues.delete(conversationId);
    return failure;
  }

  /** The failure that strikes this operation, if any: the conversation's own script, then "*", then the switches. */
  strike(world: World, conversationId: string, operation: ConnectorOperation): Failure | undefined {
    const scripted = this.take(conversationId, operation) ?? this.take('*', operation);
    if (scripted || isRead(operation)) return scripted;
    return SWITCHES.find(([name]) => world.strikes(name))?.[1];
  }

  clear(): void {
    this.queues.clear();
  }
}
