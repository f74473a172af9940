/** How long may pass between two looks. By configuration (docs/configuration.md); these are the defaults. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './clock.ts';

export interface Intervals {
  /** A subscription of which nothing was heard for this long is asked for by its id. */
  proveMs: number;
  /** The delta is read this often while the subscription delivers. */
  catchUpMs: number;
  /** The same while there is none, or none that is proven alive. */
  catchUpUnprovenMs: number;
  /** An interruption that lasted longer is told: "I was blind from … to …". */
  blindCardMs: number;
  /** What can't be read, or was not signed in to again, is forgotten after this. */
  forgetMs: number;
  /** How long what was said is kept: ended nudges, cards, answers, changes. */
  keepMs: number;
  /** How long entries that are over are kept; no more of the past is read either. */
  pastKeepMs: number;
  /** How long is known who did what. */
  auditKeepMs: number;
  /** From the removal of the bot until its person is forgotten. */
  uninstallKeepMs: number;
}

export const DEFAULT_INTERVALS: Intervals = {
  // Two hours are the most that silence may last; a little less, because subscriptions die in silence.
  proveMs: 100 * MINUTE_MS,
  catchUpMs: 6 * HOUR_MS,
  catchUpUnprovenMs: 15 * MINUTE_MS,
  blindCardMs: 15 * MINUTE_MS,
  forgetMs: 30 * DAY_MS,
  keepMs: 30 * DAY_MS,
  pastKeepMs: 90 * DAY_MS,
  auditKeepMs: 365 * DAY_MS,
  uninstallKeepMs: 30 * DAY_MS,
};
