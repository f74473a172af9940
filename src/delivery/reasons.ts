/**
 * Why something did not arrive: in the ledger a short technical word (never a text of somebody else's), here sorted into
 * the few causes that people are told (bot/cards/undelivered.ts).
 */
import { isUnwanted } from './teams-errors.ts';

export const TOO_LATE = 'its moment had passed';
export const NO_CHAT = 'there is no chat with the person';
export const NO_ANSWER = 'Teams did not answer in time';
export const NO_CARD = 'its card could not be made';
export const NO_ADDRESS = 'there is no confirmed address';
export const PAUSED = 'sending was paused';
export const CHAT_IS_BUSY = 'the chat has no room for another message just now';
export const NOBODY_KNOWS = 'nobody knows what came of sending it';

export type Cause =
  /** The person or an admin has switched the bot off. */
  | 'unwanted'
  | 'noChat'
  /** We came to it when its moment was over. */
  | 'late'
  /** Teams did not take it, again and again. */
  | 'teams'
  /** Teams refuses the bot itself: for whoever runs it. */
  | 'refused'
  /** Our message was not as it should be. */
  | 'message'
  /** An admin had paused sending until its moment was over. */
  | 'paused'
  /** Other ways were tried after Teams, and the last of them failed. */
  | 'lastWay'
  /** It may have arrived. */
  | 'unknown'
  | 'other';

/** For whoever runs the bot: what to do where Teams refuses the bot itself; undefined where there is nothing to do. */
export function remedyFor(reason: string): { code: 'BOT_REFUSED'; remedy: string } | undefined {
  if (causeOf('failed', reason) !== 'refused') return undefined;
  const remedy = /^Teams 401|^no send/.test(reason)
    ? 'check BOT_ID, BOT_PASSWORD and BOT_TENANT_ID against the bot’s registration in Azure, and that it has the Teams channel'
    : 'check that the app is allowed in the Teams admin centre, that its manifest has the bot’s id, and BOT_GCC_SERVICE_URL';
  return { code: 'BOT_REFUSED', remedy };
}

const BY_STATUS: Record<string, Cause> = {
  400: 'message',
  401: 'refused',
  403: 'refused',
  404: 'noChat',
  413: 'message',
};
const BY_WORDS: Record<string, Cause> = {
  [TOO_LATE]: 'late',
  [NO_CHAT]: 'noChat',
  [NO_ANSWER]: 'teams',
  [NO_CARD]: 'message',
  [NO_ADDRESS]: 'lastWay',
  [PAUSED]: 'paused',
  [CHAT_IS_BUSY]: 'teams',
};
/** What comes of other ways begins with their name (LABELS in delivery/ways/outcomes.ts). */
const BY_OTHER_WAY = /^(?:e-mail|SMS) /;

export function causeOf(state: string, reason: string | null): Cause {
  if (state === 'unknown') return 'unknown';
  const words = reason ?? '';
  const known = BY_WORDS[words];
  if (known) return known;
  const [, status, code] = /^Teams (\d{3}|no answer) ?(.*)$/.exec(words) ?? [];
  if (status === undefined && BY_OTHER_WAY.test(words)) return 'lastWay';
  if (status === undefined) return words.startsWith('no send') ? 'refused' : 'other';
  return status === '403' && isUnwanted(code ?? '') ? 'unwanted' : (BY_STATUS[status] ?? 'teams');
}
