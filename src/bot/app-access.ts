/** What a failure of the application's access means for the admin who asked. */
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';

/** Throws on what has nothing to do with access. */
export function explainToAdmin(error: unknown): string {
  if (error instanceof CalendarWatchError && error.say) return error.say;
  if (!(error instanceof GraphFailure)) throw error;
  if (error.kind === 'forbidden')
    return 'The application may not read that. Give it the application permissions **GroupMember.Read.All** (for groups) and **User.ReadBasic.All** (for the tenant) in Entra, with an admin’s consent, and say it again.';
  if (error.kind === 'unauthorized')
    return 'Microsoft Graph refuses the application’s token. Is the application consented in your tenant?';
  return 'Microsoft Graph doesn’t answer right now. Please try again in a minute.';
}
