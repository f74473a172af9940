/** POST /$batch: up to 20 requests in one; the envelope succeeds even where its parts fail. */
import { z } from 'zod';
import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../http.ts';
import { badRequest } from './errors.ts';

const MAX_PARTS = 20;

const batchSchema = z.object({
  requests: z
    .array(
      z.object({
        id: z.string(),
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string()).optional(),
        body: z.unknown().optional(),
        dependsOn: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});

type Part = z.infer<typeof batchSchema>['requests'][number];

function readParts(json: unknown): Part[] {
  const parsed = batchSchema.safeParse(json);
  if (!parsed.success) throw badRequest('BadRequest', 'Invalid batch payload format.');
  const parts = parsed.data.requests;
  if (parts.length > MAX_PARTS)
    throw badRequest('BadRequest', `Number of batch request steps exceeds max value of ${MAX_PARTS}.`);
  const ids = new Set(parts.map(({ id }) => id));
  if (ids.size !== parts.length) throw badRequest('BadRequest', 'Request ids in a batch must be unique.');
  for (const { dependsOn = [] } of parts)
    if (dependsOn.some((id) => !ids.has(id))) throw badRequest('BadRequest', 'Invalid dependsOn in batch request.');
  return parts;
}

function partRequest(part: Part, envelope: SandboxRequest): SandboxRequest {
  const url = new URL(`/v1.0/${part.url.replace(/^\/+/, '')}`, 'http://sandbox');
  const headers: Record<string, string> = { authorization: envelope.headers.authorization ?? '' };
  for (const [name, value] of Object.entries(part.headers ?? {})) headers[name.toLowerCase()] = value;
  const body = part.body === undefined ? '' : typeof part.body === 'string' ? part.body : JSON.stringify(part.body);
  return { method: part.method.toUpperCase(), path: url.pathname, query: url.searchParams, headers, body };
}

interface PartAnswer {
  id: string;
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

function partAnswer(id: string, { status, headers = {}, body }: SandboxResponse): PartAnswer {
  return { id, status, headers, ...(body === undefined ? {} : { body }) };
}

const failedDependency = (id: string): PartAnswer => ({
  id,
  status: 424,
  headers: {},
  body: { error: { code: 'FailedDependency', message: 'Failed Dependency' } },
});

/** Runs the parts one after the other, each after what it depends on. */
export async function answerBatch(json: unknown, envelope: SandboxRequest, handle: SandboxHandler) {
  let waiting = readParts(json);
  const done = new Map<string, PartAnswer>();
  while (waiting.length > 0) {
    const ready = waiting.filter(({ dependsOn = [] }) => dependsOn.every((id) => done.has(id)));
    if (ready.length === 0) throw badRequest('BadRequest', 'The dependencies in the batch request form a cycle.');
    for (const part of ready) {
      const failed = part.dependsOn?.some((id) => (done.get(id)?.status ?? 500) >= 400);
      const answer = failed
        ? failedDependency(part.id)
        : partAnswer(part.id, await handle(partRequest(part, envelope)));
      done.set(part.id, answer);
    }
    waiting = waiting.filter(({ id }) => !done.has(id));
  }
  return { status: 200, body: { responses: [...done.values()] } };
}
