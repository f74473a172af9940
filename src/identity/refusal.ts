/**
 * Why Entra sent somebody back without a code. Microsoft asks not to branch on AADSTS numbers, which change; they are for
 * the log. `error_description` is foreign text and goes nowhere.
 */
import { AuthError } from '@azure/msal-node';
import { CalendarWatchError } from '../errors.ts';
import type { Asker } from './connect.ts';

export interface Refusal {
  error: string;
  subcode: string;
  /** "AADSTS90094", or ''. */
  number: string;
}

const DECLINED = 'AADSTS65004';

/** Whatever somebody put into the address: what is no word of Entra's form is none. */
const word = (text: string | null | undefined) => (/^[a-z][a-z0-9_]{0,49}$/.test(text ?? '') ? (text ?? '') : '');

/** Undefined: there is a code and no error. */
export function refusalIn(query: URLSearchParams): Refusal | undefined {
  if (query.get('code') && !query.has('error')) return undefined;
  return {
    error: word(query.get('error')),
    subcode: word(query.get('error_subcode') ?? query.get('suberror')),
    number: /^AADSTS\d{4,9}/.exec(query.get('error_description') ?? '')?.[0] ?? '',
  };
}

/**
 * Whether an admin has to agree. `consent_required` at the end of a page that could ask is Entra's word for it
 * (AADSTS90094, 65001). A guess, not found in the documentation: that `access_denied` comes from “Need admin approval –
 * return to the application without granting consent” unless something in it says that somebody pressed Cancel: the subcode,
 * or the number, which is used for this alone.
 */
export function needsAdmin({ error, subcode, number }: Refusal): boolean {
  if (error === 'consent_required' || subcode === 'consent_required' || subcode === 'admin_consent_required')
    return true;
  return error === 'access_denied' && subcode !== 'cancel' && number !== DECLINED;
}

/** The same of the token endpoint's answer to a code: MSAL's class and suberror say it. */
export const isConsentMissing = (error: unknown): boolean =>
  error instanceof AuthError && (error.subError === 'consent_required' || error.errorCode === 'consent_required');

/** Whoever may not agree to these scopes for themselves, and in which chat they asked. */
export interface AdminNeeded extends Asker {
  scopes: string[];
}

export class AdminConsentNeeded extends CalendarWatchError {
  constructor(
    readonly needed: AdminNeeded,
    cause?: unknown,
  ) {
    super('ADMIN_CONSENT_NEEDED', 'only an admin of the tenant can agree to these scopes', {
      say: 'In your organisation only an admin can allow that. Go back to Teams: I’ve written there what to hand to them.',
      cause,
    });
  }
}
