/** The calendars of a mailbox. One that somebody else shares has another owner than the default calendar. */
import { z } from 'zod';
import { wellFormed } from '../calendar/well-formed.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access, ListedCalendar } from './port.ts';

const MOST_PAGES = 5;
const page = z.object({
  value: z.array(
    z.object({
      id: z.string().min(1).max(512),
      name: z.string().nullish(),
      isDefaultCalendar: z.boolean().nullish(),
      owner: z.object({ name: z.string().nullish(), address: z.string().nullish() }).nullish(),
    }),
  ),
  '@odata.nextLink': z.string().url().optional(),
});
type GraphCalendar = z.infer<typeof page>['value'][number];

const ownerOf = (calendar: GraphCalendar) => (calendar.owner?.address ?? '').toLowerCase();

export const listCalendars =
  (call: Caller) =>
  async (access: Access): Promise<ListedCalendar[]> => {
    const found: GraphCalendar[] = [];
    let next: string | undefined = `${mailboxPath(access)}/calendars?$top=100`;
    for (let pages = 0; next && pages < MOST_PAGES; pages += 1) {
      const read = page.safeParse(await call(access, next, (graph) => graph.get()));
      if (!read.success)
        throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a list of calendars is not of the documented form');
      found.push(...read.data.value);
      next = read.data['@odata.nextLink'];
    }
    const standard = found.find((one) => one.isDefaultCalendar === true);
    const own = standard && ownerOf(standard);
    const listed = found.map((one): ListedCalendar => {
      const isForeign = own !== undefined && ownerOf(one) !== '' && ownerOf(one) !== own;
      return {
        calendarId: one === standard ? '' : one.id,
        name: one.name?.trim() || 'Calendar',
        isDefault: one === standard,
        ...(isForeign ? { owner: { name: one.owner?.name?.trim() || ownerOf(one) } } : {}),
      };
    });
    return wellFormed(listed).sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  };
