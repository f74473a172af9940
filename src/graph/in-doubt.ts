/** Whether a write that failed may have been done all the same: then it must not be done again without looking. */
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from './failures.ts';

/** Graph's refusals (4xx, and 503) did nothing, nor did what never left us. A gateway that gave up tells nothing. */
export function mayHaveArrived(error: unknown): boolean {
  if (error instanceof CalendarWatchError) return error.code === 'GRAPH_ANSWER_INVALID';
  if (!(error instanceof GraphFailure)) return true;
  const { status } = error;
  const isRefused = (status >= 400 && status < 500 && status !== 408) || status === 503;
  return !isRefused;
}
