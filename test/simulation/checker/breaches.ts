/** Row 19, breaches of protocol that the stand-ins saw. */
import type { Evidence } from './evidence.ts';

export function countBreaches({ history, tally }: Evidence): void {
  tally.set('breaches', 0);
  for (const [name, count] of Object.entries(history.breaches)) {
    tally.add('breaches', count);
    if (count > 0) tally.find({ row: 19, at: [], says: `${name}: ${count}.` });
  }
}
