/** Whether a send whose outcome is unknown is made again: by kind. */
import { kindNamed } from '../nudges/kinds.ts';
import type { WhenUnknown } from '../nudges/nudge.ts';

/** The bot's own words. One that asks for something must arrive; one that only greets must not come twice. */
const NOTICES: Record<string, WhenUnknown> = {
  welcome: 'never',
  // Never two in a week; “time last week” says the same.
  timeReport: 'never',
  // The page after the sign-in has said it already.
  connected: 'never',
  // It may be the only word about a change.
  blind: 'again',
  reconnect: 'again',
  watchEnded: 'again',
  unreadable: 'again',
  // Somebody made a rule to be told; what is off stays off until somebody hears of it.
  rule: 'again',
  rulePermission: 'again',
  rulePost: 'again',
  rulePaused: 'again',
  webhookOff: 'again',
  webhookTested: 'never',
  // Whoever suggested something counts on it.
  pointsOffered: 'again',
};

/** A kind that a newer version wrote is said again: a doubled word does less harm than a lost one. */
export function whenUnknown(kind: string): WhenUnknown {
  return kindNamed(kind)?.whenUnknown ?? NOTICES[kind] ?? 'again';
}
