/**
 * E-mail by Graph's sendMail: from a mailbox of the operator's (application permission Mail.Send), or as the person to
 * themselves (delegated Mail.Send). Graph answers 202 and tells no id. Headers for leaving lists can't be set there
 * (only those that begin with x- are taken), so the link is in the text alone.
 */
import type { Clock } from '../../clock.ts';
import { CalendarWatchError } from '../../errors.ts';
import { createCaller, mailboxPath } from '../../graph/client.ts';
import { GraphFailure } from '../../graph/failures.ts';
import { gated } from '../../graph/gate.ts';
import { mayHaveArrived } from '../../graph/in-doubt.ts';
import type { Graph } from '../../graph/port.ts';
import { type ClientFor, toIdentityError } from '../../identity/msal.ts';
import type { Final } from '../attempt.ts';
import { htmlBody, subjectLine } from './mail-body.ts';
import { again, bounded, LABELS, sent, stop } from './outcomes.ts';
import type { Destination, OtherWay, Words } from './port.ts';

/** A token that was just refused is fetched anew by the next attempt. */
const UNAUTHORIZED_PAUSE_MS = 5_000;

export function outcomeOfGraph(error: unknown): Final {
  const ambiguous = mayHaveArrived(error);
  if (error instanceof CalendarWatchError) {
    const reason = `${LABELS.email} ${error.code}`;
    // Neither is the person's: an operator renews a credential within the hour, or Entra is back.
    const isPassing = error.code === 'ENTRA_UNAVAILABLE' || error.code === 'APP_CREDENTIAL_REFUSED';
    return isPassing ? again(reason, false) : stop(reason);
  }
  if (!(error instanceof GraphFailure)) return again(`${LABELS.email} no answer`, ambiguous);
  const reason = `${LABELS.email} ${error.status > 0 ? error.status : 'no answer'}`;
  if (error.kind === 'unauthorized') return again(reason, false, UNAUTHORIZED_PAUSE_MS);
  const isPassing = error.kind === 'throttled' || error.kind === 'unavailable';
  return isPassing ? again(reason, ambiguous, error.retryAfterMs) : stop(reason);
}

const way = (clock: Clock, provider: string, post: (to: Destination, words: Words) => Promise<void>): OtherWay => ({
  name: 'email',
  provider,
  send: (to, words) => bounded(clock, () => post(to, words).then(() => sent('')), outcomeOfGraph),
});

/** As the person. CONSENT_NEEDED until they agreed to Mail.Send. */
export function createOwnMail({ graph, clock }: { graph: Pick<Graph, 'sendMail'>; clock: Clock }): OtherWay {
  return way(clock, 'Graph, as the person', ({ tenantId, personId, address }, words) =>
    graph.sendMail(
      { tenantId, personId, mailboxId: personId },
      { to: [{ name: '', address }], subject: subjectLine(words.subject), html: htmlBody(words) },
    ),
  );
}

export interface MailboxMailOptions {
  /** Its address, or its object id. */
  mailbox: string;
  tenantId: string;
  graphEndpoint: string;
  /** "…/.default" of that Graph: all that the application was granted. */
  scope: string;
}

/** A token of the application's own; MSAL keeps it while the process runs. */
function appTokens(clientFor: ClientFor, { tenantId, scope }: MailboxMailOptions) {
  const client = clientFor(tenantId);
  let isRefused = false;
  return {
    async get(): Promise<string> {
      const skipCache = isRefused;
      isRefused = false;
      try {
        const result = await client.acquireTokenByClientCredential({ scopes: [scope], skipCache });
        return result?.accessToken ?? '';
      } catch (error) {
        throw toIdentityError(error);
      }
    },
    drop() {
      isRefused = true;
    },
  };
}

export function createMailboxMail(
  options: MailboxMailOptions,
  { clientFor, clock }: { clientFor: ClientFor; clock: Clock },
): OtherWay {
  const tokens = appTokens(clientFor, options);
  const call = gated(
    createCaller({ endpoint: options.graphEndpoint, token: tokens.get, dropToken: tokens.drop, clock }),
    clock,
  );
  const access = { tenantId: options.tenantId, personId: '', mailboxId: options.mailbox };
  return way(clock, 'Graph, from a mailbox', async ({ address }, words) => {
    const message = {
      subject: subjectLine(words.subject),
      body: { contentType: 'html', content: htmlBody(words) },
      toRecipients: [{ emailAddress: { address } }],
    };
    // Not kept: it would fill the mailbox, and it is nobody's.
    await call(access, `${mailboxPath(access)}/sendMail`, (graph) => graph.post({ message, saveToSentItems: false }));
  });
}
