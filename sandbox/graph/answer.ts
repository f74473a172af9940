/** The envelope of every answer: request ids, and errors in Graph's shape. */
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import { GraphError } from './errors.ts';

export interface AnswerContext {
  requestId: string;
  clientRequestId: string | undefined;
  now: number;
}

function errorBody(error: GraphError, context: AnswerContext) {
  return {
    error: {
      code: error.code,
      message: error.message,
      innerError: {
        date: new Date(context.now).toISOString().slice(0, 19),
        'request-id': context.requestId,
        'client-request-id': context.clientRequestId ?? context.requestId,
      },
    },
  };
}

/** Anything but a GraphError is a mistake of the sandbox and is not dressed up. */
export function errorAnswer(error: unknown, context: AnswerContext): SandboxResponse {
  if (!(error instanceof GraphError)) throw error;
  return { status: error.status, headers: error.headers, body: errorBody(error, context) };
}

export function withIds(response: SandboxResponse, context: AnswerContext): SandboxResponse {
  return {
    ...response,
    headers: {
      ...response.headers,
      'request-id': context.requestId,
      'client-request-id': context.clientRequestId ?? context.requestId,
    },
  };
}

export function readJson(request: SandboxRequest): unknown {
  if (request.body === '') return {};
  try {
    return JSON.parse(request.body);
  } catch {
    throw new GraphError(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set.',
    );
  }
}
