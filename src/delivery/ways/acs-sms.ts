/**
 * SMS by Azure Communication Services. The SDK's tries are off. It gives each recipient of each call a
 * `repeatabilityRequestId` and `repeatabilityFirstSent` (in the body, not as headers) and lets nobody choose them: they
 * would protect the tries that we switched off, and protect nothing between two attempts of ours.
 * Source: learn.microsoft.com/rest/api/communication (Sms - Send, 2021-03-07; common error codes).
 */
import { SmsClient, type SmsSendResult } from '@azure/communication-sms';
import type { Clock } from '../../clock.ts';
import { isLoopback } from '../../config.ts';
import { retryAfterMs } from '../../graph/failures.ts';
import type { Final } from '../attempt.ts';
import { again, bounded, LABELS, outcomeOfFailure, outcomeOfStatus, sent } from './outcomes.ts';
import type { OtherWay } from './port.ts';

interface RestError {
  statusCode?: number;
  response?: { headers?: { get(name: string): string | undefined } };
}

function outcomeOfError(error: unknown, now: number): Final {
  const { statusCode = 0, response } = (error ?? {}) as RestError;
  // 2xx is an answer that nobody can read: it may have been taken.
  if (statusCode < 300) return outcomeOfFailure('sms', error);
  return outcomeOfStatus('sms', statusCode, '', retryAfterMs(response?.headers?.get('retry-after'), now));
}

/** 202 with a word on each recipient. */
function outcomeOfResult(result: SmsSendResult | undefined): Final {
  if (!result) return again(`${LABELS.sms} answer of another form`, true);
  return result.successful ? sent(result.messageId ?? '') : outcomeOfStatus('sms', result.httpStatusCode, '');
}

/** The part "endpoint=…" of a connection string. */
export function endpointOf(connectionString: string): string {
  const part = connectionString.split(';').find((one) => /^\s*endpoint=/i.test(one)) ?? '';
  return part.slice(part.indexOf('=') + 1).trim();
}

export interface AcsOptions {
  /** "endpoint=https://…;accesskey=…" */
  connectionString: string;
  from: string;
}

export function createAcsSms({ connectionString, from }: AcsOptions, { clock }: { clock: Clock }): OtherWay {
  const client = new SmsClient(connectionString, {
    retryOptions: { maxRetries: 0 },
    // A redirect would carry the signature to another host.
    redirectOptions: { maxRetries: 0 },
    allowInsecureConnection: isLoopback(endpointOf(connectionString)),
  });
  return {
    name: 'sms',
    provider: 'Azure Communication Services',
    send: (to, words) =>
      bounded(
        clock,
        async (abortSignal) => {
          const [result] = await client.send({ from, to: [to.address], message: words.text }, { abortSignal });
          return outcomeOfResult(result);
        },
        (error) => outcomeOfError(error, clock.now()),
      ),
  };
}
