/** Failures in words for the person at the page, who has no use for a Graph error code. */
import { ZodError } from 'zod';
import type { SandboxResponse } from '../http.ts';

/** A request that the page itself can't fulfil, already in plain words. */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const BY_CODE: Record<string, string> = {
  ErrorItemNotFound: 'This event is no longer in the calendar. Someone may have removed it.',
  ErrorInvalidIdMalformed: 'This event is no longer in the calendar. Someone may have removed it.',
  ErrorAccessDenied: 'Only the organiser can do that.',
  ErrorOccurrenceCrossingBoundary: 'This would cross the next or the previous one of the series.',
  ErrorIrresolvableConflict: 'The event was changed meanwhile. Look at it again, then retry.',
  MailboxNotEnabledForRESTAPI: 'This person has no mailbox, so there is no calendar to show.',
  ErrorInvalidRecipients: 'One of the addresses is not valid.',
};

interface StoreFailure {
  status: number;
  code: string;
  message: string;
}

function isStoreFailure(error: unknown): error is StoreFailure {
  const candidate = error as Partial<StoreFailure> | null;
  return error instanceof Error && typeof candidate?.status === 'number' && typeof candidate.code === 'string';
}

/** The answer for whatever a route or the store has thrown. */
export function failureResponse(error: unknown): SandboxResponse {
  if (error instanceof PageError) return { status: error.status, body: { error: error.message } };
  if (error instanceof ZodError) {
    return { status: 400, body: { error: error.issues[0]?.message ?? 'Something in the form is not right.' } };
  }
  if (isStoreFailure(error)) {
    return { status: error.status, body: { error: BY_CODE[error.code] ?? error.message, code: error.code } };
  }
  return { status: 500, body: { error: `The calendar failed: ${error instanceof Error ? error.message : error}` } };
}
