/**
 * Errors as Entra words them. The numbers and texts follow the documented AADSTS list and bodies seen in public issue
 * threads; a client must branch on `error` and `suberror`, never on the number or the text.
 *
 * `suberror` matters more than it looks: MSAL raises InteractionRequiredAuthError only for some suberrors (bad_token,
 * consent_required, …). A disabled account (AADSTS50057) comes as a bare invalid_grant, hence as a ServerError.
 */
import { randomUUID } from 'node:crypto';
import type { SandboxRequest, SandboxResponse } from '../http.ts';

export interface EntraErrorBody {
  error: string;
  /** "AADSTS50173: …\r\nTrace ID: …\r\nCorrelation ID: …\r\nTimestamp: 2026-11-22 10:00:00Z" */
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
  error_uri?: string;
  suberror?: string;
}

interface Definition {
  status: number;
  error: string;
  suberror?: string;
  text: string;
}

/** `{0}`, `{1}` … are filled by the thrower. */
const DEFINITIONS = {
  16000: {
    status: 400,
    error: 'interaction_required',
    text: 'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
  },
  28000: {
    status: 400,
    error: 'invalid_request',
    text: 'Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {0} is not valid.',
  },
  50011: {
    status: 400,
    error: 'invalid_request',
    text: "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'. Make sure the redirect URI sent in the request matches one added to your application.",
  },
  50013: { status: 400, error: 'invalid_grant', text: 'Assertion failed signature validation. [Reason - {0}]' },
  50034: {
    status: 400,
    error: 'invalid_grant',
    text: 'The user account {0} does not exist in the {1} directory. To sign into this application, the account must be added to the directory.',
  },
  50057: { status: 400, error: 'invalid_grant', text: 'The user account is disabled.' },
  50058: { status: 400, error: 'login_required', text: 'A silent sign-in request was sent but no user is signed in.' },
  50059: {
    status: 400,
    error: 'invalid_request',
    text: 'No tenant-identifying information found in either the request or implied by any provided credentials.',
  },
  50148: {
    status: 400,
    error: 'invalid_grant',
    text: 'The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.',
  },
  50173: {
    status: 400,
    error: 'invalid_grant',
    suberror: 'bad_token',
    text: "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{0}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{1}'.",
  },
  54005: {
    status: 400,
    error: 'invalid_grant',
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  65001: {
    status: 400,
    error: 'invalid_grant',
    suberror: 'consent_required',
    text: "The user or administrator has not consented to use the application with ID '{0}' named '{1}'. Send an interactive authorization request for this user and resource.",
  },
  65004: { status: 400, error: 'access_denied', text: 'User declined to consent to access the app.' },
  70000: {
    status: 400,
    error: 'invalid_grant',
    text: "The provided value for the input parameter '{0}' is not valid.",
  },
  70003: { status: 400, error: 'unsupported_grant_type', text: "The app requested an unsupported grant type '{0}'." },
  70007: {
    status: 400,
    error: 'invalid_request',
    text: "'{0}' is not a supported value of '{1}' when requesting a token.",
  },
  70008: {
    status: 400,
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70011: {
    status: 400,
    error: 'invalid_scope',
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
  },
  90002: {
    status: 400,
    error: 'invalid_request',
    text: "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  90023: { status: 400, error: 'invalid_request', text: "Unsupported '{0}' value '{1}'." },
  90033: { status: 503, error: 'temporarily_unavailable', text: 'A transient error has occurred. Please try again.' },
  // The text is Entra's; that it comes back to the app as consent_required is a guess.
  90094: {
    status: 400,
    error: 'consent_required',
    text: '{0} needs permission to access resources in your organization that only an admin can grant. Please ask an admin to grant permission to this app before you can use it.',
  },
  500011: {
    status: 400,
    error: 'invalid_resource',
    text: 'The resource principal named {0} was not found in the tenant named {1}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.',
  },
  500112: {
    status: 400,
    error: 'invalid_client',
    text: "The reply address '{0}' does not match the reply address '{1}' provided when requesting Authorization code.",
  },
  500131: {
    status: 400,
    error: 'invalid_grant',
    text: "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '{0}' and the expected audience is '{1}' or one of the Application Uris of this application.",
  },
  500133: {
    status: 400,
    error: 'invalid_grant',
    text: 'Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token.',
  },
  501491: { status: 400, error: 'invalid_request', text: 'Invalid size of Code_Challenge parameter.' },
  650053: {
    status: 400,
    error: 'invalid_client',
    text: "The application '{0}' asked for scope '{1}' that doesn't exist on the resource '{2}'. Contact the app vendor.",
  },
  700016: {
    status: 400,
    error: 'unauthorized_client',
    text: "Application with identifier '{0}' was not found in the directory '{1}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
  },
  700027: {
    status: 401,
    error: 'invalid_client',
    text: 'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]',
  },
  700054: {
    status: 400,
    error: 'unsupported_response_type',
    text: "response_type '{0}' is not enabled for the application.",
  },
  700082: {
    status: 400,
    error: 'invalid_grant',
    suberror: 'bad_token',
    text: 'The refresh token has expired due to inactivity. The token was issued on {0} and was inactive for {1}.',
  },
  900144: {
    status: 400,
    error: 'invalid_request',
    text: "The request body must contain the following parameter: '{0}'.",
  },
  1002012: {
    status: 400,
    error: 'invalid_scope',
    text: 'The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  },
  7000215: {
    status: 401,
    error: 'invalid_client',
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
  },
  7000218: {
    status: 401,
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
} satisfies Record<number, Definition>;

export type EntraErrorCode = keyof typeof DEFINITIONS;

export class EntraError extends Error {
  readonly definition: Definition;
  constructor(
    readonly code: EntraErrorCode,
    ...values: string[]
  ) {
    const definition: Definition = DEFINITIONS[code];
    super(`AADSTS${code}: ${definition.text.replace(/\{(\d)\}/g, (_, index) => values[Number(index)] ?? '')}`);
    this.definition = definition;
  }
}

/** "2026-11-22 10:00:00Z", the form of `timestamp` in error bodies. */
export function errorTimestamp(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The client's own request id (header or query, as MSAL sends it), else a new one. */
export function correlationIdOf(request: SandboxRequest): string {
  const own = request.headers['client-request-id'] ?? request.query.get('client-request-id') ?? '';
  return GUID.test(own) ? own : randomUUID();
}

export function errorBody(error: EntraError, now: number, correlationId: string): EntraErrorBody {
  const timestamp = errorTimestamp(now);
  const traceId = randomUUID();
  return {
    error: error.definition.error,
    error_description: `${error.message}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
    ...(error.definition.suberror ? { suberror: error.definition.suberror } : {}),
  };
}

export const NO_STORE = { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' };

export function errorResponse(error: EntraError, now: number, correlationId: string): SandboxResponse {
  return {
    status: error.definition.status,
    headers: { ...NO_STORE, 'x-ms-request-id': randomUUID(), 'client-request-id': correlationId },
    body: errorBody(error, now, correlationId),
  };
}
