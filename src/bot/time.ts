/** From a wish to see one's time to its card: whose, which days, and what of them. */
import type { Message } from '../delivery/message.ts';
import { drawBars } from '../insights/chart/bars.ts';
import type { Period } from '../insights/period.ts';
import { breakdownReport, costReport, heldOf, timeReport } from '../insights/report.ts';
import { findPerson, type Person } from '../store/people.ts';
import { notWatching, sentence } from './cards/answers.ts';
import { type TimeView, timeBreakdownCard, timeCard, timeCostCard } from './cards/time.ts';
import { barsOf } from './cards/time-chart.ts';
import type { Services, Turn } from './services.ts';

const STILL_READING = 'I’m still reading your calendar. Please ask again in a moment.';

/** @param periodOf which days, on the clock of the person */
export async function showTime(
  services: Services,
  { tenantId, personId }: Turn,
  view: TimeView,
  periodOf: (person: Person) => Period,
): Promise<Message> {
  const now = services.clock.now();
  const keptSince = now - services.intervals.pastKeepMs;
  return services.database.inTenant(tenantId, async (sql) => {
    const person = await findPerson(sql, tenantId, personId);
    if (!person || person.watch === 'off') return notWatching();
    const period = periodOf(person);
    const held = await heldOf(sql, person, keptSince);
    if (!held) return sentence(STILL_READING);
    if (held.from >= period.to) return sentence('I don’t know your calendar that far back any more.');
    if (view === 'cost') return timeCostCard(await costReport(sql, person, period, held), person);
    if (view !== 'figures') return timeBreakdownCard(await breakdownReport(sql, person, period, held, view), person);
    const facts = await timeReport(sql, person, period, held, now);
    const picture = facts.figures.meetingMs > 0 ? drawBars(barsOf(facts.days)) : undefined;
    return timeCard(facts, person, picture);
  });
}
