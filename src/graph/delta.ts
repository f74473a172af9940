/** calendarView/delta, one page. No $select: Graph refuses it here. Later pages follow Graph's links verbatim. */
import { z } from 'zod';
import type { GraphEvent } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, calendarPath, mailboxPath } from './client.ts';
import type { Access, DeltaPage, DeltaRequest } from './port.ts';

const PAGE_SIZE = 200;

const page = z.object({
  value: z.array(z.record(z.unknown())),
  '@odata.nextLink': z.string().url().optional(),
  '@odata.deltaLink': z.string().url().optional(),
});

function firstPath(access: Access, request: Exclude<DeltaRequest, { link: string }>): string {
  const window = new URLSearchParams({
    startDateTime: new Date(request.windowFrom).toISOString(),
    endDateTime: new Date(request.windowTo).toISOString(),
  });
  return `${mailboxPath(access)}${calendarPath(request.calendarId)}/calendarView/delta?${window}`;
}

export const readDeltaPage =
  (call: Caller) =>
  async (access: Access, request: DeltaRequest): Promise<DeltaPage> => {
    const path = 'link' in request ? request.link : firstPath(access, request);
    const answer = await call(access, path, (graph) =>
      graph.header('Prefer', `IdType="ImmutableId", outlook.timezone="UTC", odata.maxpagesize=${PAGE_SIZE}`).get(),
    );
    const read = page.safeParse(answer);
    if (!read.success)
      throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a delta page is not of the documented form');
    return {
      items: read.data.value as GraphEvent[],
      nextLink: read.data['@odata.nextLink'],
      deltaLink: read.data['@odata.deltaLink'],
    };
  };
