/** The ways that this server is configured for; docs/delivery.md says which goes first. */
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Graph } from '../../graph/port.ts';
import { applicationScope } from '../../identity/application.ts';
import type { ClientFor } from '../../identity/msal.ts';
import { createAcsSms } from './acs-sms.ts';
import { createMailboxMail, createOwnMail } from './graph-mail.ts';
import type { OtherWay } from './port.ts';
import { createSmtp } from './smtp.ts';
import { createTwilioSms } from './twilio-sms.ts';

export interface Ways {
  email?: OtherWay;
  sms?: OtherWay;
}

export interface WaysParts {
  clock: Clock;
  graph: Pick<Graph, 'sendMail'>;
  clientFor: ClientFor;
  fetch: typeof fetch;
}

type WaysOptions = Pick<Config, 'ways' | 'cloud' | 'cloudName'>;

function createEmail(options: WaysOptions, parts: WaysParts): OtherWay {
  const { email } = options.ways;
  if (email.by === 'smtp') return createSmtp(email, parts);
  const { graphEndpoint } = options.cloud;
  if (email.by === 'mailbox')
    return createMailboxMail({ ...email, graphEndpoint, scope: applicationScope(options) }, parts);
  return createOwnMail(parts);
}

function createSms({ sms }: Config['ways'], parts: WaysParts): OtherWay | undefined {
  if (!sms) return undefined;
  return sms.by === 'acs' ? createAcsSms(sms, parts) : createTwilioSms(sms, parts);
}

export function createWays(config: WaysOptions, parts: WaysParts): Ways {
  const sms = createSms(config.ways, parts);
  return { email: createEmail(config, parts), ...(sms ? { sms } : {}) };
}
