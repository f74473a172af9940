/**
 * Errors that speak to who must act. `code` is stable: it is the key in logs and metrics. `message` is for the
 * operator: what happened and the remedy. `say`, where there is one, is the single plain sentence for the person in
 * chat. No message carries a subject, an address or a token.
 */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_ROLE_TOO_STRONG'
  | 'DATABASE_BINARIES_MISSING'
  | 'DATABASE_START_FAILED'
  | 'MIGRATION_CHANGED'
  | 'PORT_TAKEN'
  | 'TENANT_ID_INVALID'
  | 'SECRET_UNREADABLE'
  | 'KEY_VAULT_UNAVAILABLE'
  | 'LEASE_LOST'
  | 'SIGN_IN_UNKNOWN'
  | 'SIGN_IN_EXPIRED'
  | 'SIGN_IN_WRONG_ACCOUNT'
  | 'SIGN_IN_REFUSED'
  | 'RECONNECT_NEEDED'
  | 'CONSENT_NEEDED'
  | 'ADMIN_CONSENT_NEEDED'
  | 'APP_ACCESS_REFUSED'
  | 'APP_CREDENTIAL_REFUSED'
  | 'GROUP_NOT_FOUND'
  | 'GROUP_TOO_LARGE'
  | 'ENTRA_UNAVAILABLE'
  | 'GRAPH_FAILED'
  | 'GRAPH_ANSWER_INVALID'
  | 'DELTA_TOO_LONG'
  | 'EVENT_NOT_FOUND'
  | 'EVENT_CHANGED'
  | 'NOT_ORGANISER'
  | 'COMMAND_INVALID'
  | 'SERVICE_URL_REFUSED'
  | 'OUTGOING_REFUSED'
  | 'OUTGOING_FAILED';

export class CalendarWatchError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: { say?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'CalendarWatchError';
  }

  /** What the person in chat may read. */
  get say(): string | undefined {
    return this.options.say;
  }
}

/** The stable code of anything that was thrown; for logs. */
export function codeOf(error: unknown): string {
  if (error instanceof CalendarWatchError) return error.code;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' || typeof code === 'number') return String(code);
  return error instanceof Error ? error.name : 'UNKNOWN';
}
