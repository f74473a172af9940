/**
 * Groups and people of a tenant, as the application reads them: ids alone. Needs the application permissions
 * GroupMember.Read.All (groups) and User.ReadBasic.All (the whole tenant).
 */
import { z } from 'zod';
import { DAY_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, mailboxPath } from './client.ts';
import { GraphFailure } from './failures.ts';
import type { Access, ListedGroup, Members, Reach } from './port.ts';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const MOST_MEMBERS = 100_000;
const A_PAGE = 999;
/** Pages may be shorter than asked for; without an end they are not. */
const MOST_PAGES = 1_000;

const SCOPES = { scopes: ['GroupMember.Read.All'] };
/** A cast in the path, and counting, are “advanced queries” of the directory. */
const ADVANCED = ['ConsistencyLevel', 'eventual'] as const;

const group = z.object({ id: z.string().regex(GUID), displayName: z.string().nullish() });
const groups = z.object({ value: z.array(group).max(A_PAGE) });
/** What the application may not see of a person is null. */
const page = z.object({
  value: z.array(z.object({ id: z.string().regex(GUID), accountEnabled: z.boolean().nullish() })),
  '@odata.nextLink': z.string().url().optional(),
});
const counted = z.object({ '@odata.count': z.number().int().min(0) });

function read<T>(schema: z.ZodType<T, z.ZodTypeDef, unknown>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new CalendarWatchError('GRAPH_ANSWER_INVALID', `${what} is not of the documented form`);
}

const notFound = (say: string) =>
  new CalendarWatchError('GROUP_NOT_FOUND', 'a group was asked for that is not one', { say });
const noSuchGroup = () =>
  notFound('I find no group of that name or id. Copy its **object id** from the Entra admin centre, and say it again.');

const toGroup = ({ id, displayName }: z.infer<typeof group>): ListedGroup => ({
  groupId: id.toLowerCase(),
  name: displayName?.trim() || id,
});

export const readGroup =
  (call: Caller) =>
  async (access: Access, idOrName: string): Promise<ListedGroup> => {
    if (GUID.test(idOrName)) {
      const path = `/groups/${idOrName}?$select=id,displayName`;
      const answer = await call(access, path, (graph) => graph.get(), SCOPES).catch((error: unknown) => {
        throw error instanceof GraphFailure && error.kind === 'notFound' ? noSuchGroup() : error;
      });
      return toGroup(read(group, answer, 'a group'));
    }
    const filter = encodeURIComponent(`displayName eq '${idOrName.replaceAll("'", "''")}'`);
    const path = `/groups?$filter=${filter}&$select=id,displayName&$top=2`;
    const [one, another] = read(
      groups,
      await call(access, path, (graph) => graph.get(), SCOPES),
      'a list of groups',
    ).value;
    if (!one) throw noSuchGroup();
    if (another)
      throw notFound('There are several groups of that name. Say the **object id** of the one you mean instead.');
    return toGroup(one);
  };

const PEOPLE = encodeURIComponent("accountEnabled eq true and userType eq 'Member'");

const pathOf = (of: Members) =>
  of === 'tenant'
    ? `/users?$filter=${PEOPLE}&$select=id,accountEnabled&$count=true&$top=${A_PAGE}`
    : `/groups/${of.groupId}/transitiveMembers/microsoft.graph.user?$select=id,accountEnabled&$count=true&$top=${A_PAGE}`;

export const listMembers =
  (call: Caller) =>
  async (access: Access, of: Members, keep: () => Promise<unknown>): Promise<string[]> => {
    const found = new Set<string>();
    let next: string | undefined = pathOf(of);
    for (let pages = 0; next; pages += 1) {
      if (pages >= MOST_PAGES || found.size > MOST_MEMBERS)
        throw new CalendarWatchError('GROUP_TOO_LARGE', `a group has more than ${MOST_MEMBERS} members`);
      await keep();
      const link: string = next;
      const answer = await call(access, link, (graph) => graph.header(...ADVANCED).get(), SCOPES);
      const { value, '@odata.nextLink': following } = read(page, answer, 'a list of members');
      for (const { id, accountEnabled } of value) if (accountEnabled !== false) found.add(id.toLowerCase());
      next = following;
    }
    return [...found].sort();
  };

const person = z.object({ id: z.string().regex(GUID) });

export const findPersonId =
  (call: Caller) =>
  async (access: Access, address: string): Promise<string | undefined> => {
    try {
      const path = `/users/${encodeURIComponent(address)}?$select=id`;
      return read(person, await call(access, path, (graph) => graph.get(), SCOPES), 'a person').id.toLowerCase();
    } catch (error) {
      if (error instanceof GraphFailure && (error.kind === 'notFound' || error.kind === 'forbidden')) return undefined;
      throw error;
    }
  };

export const countPeople =
  (call: Caller) =>
  async (access: Access): Promise<number> => {
    const path = `/users?$filter=${PEOPLE}&$select=id&$count=true&$top=1`;
    const answer = await call(access, path, (graph) => graph.header(...ADVANCED).get(), SCOPES);
    return read(counted, answer, 'a count of people')['@odata.count'];
  };

export const probeCalendar =
  (call: Caller) =>
  async (access: Access, at: number): Promise<Reach> => {
    const [from, to] = [at, at + DAY_MS].map((one) => encodeURIComponent(new Date(one).toISOString()));
    const path = `${mailboxPath(access)}/calendarView?startDateTime=${from}&endDateTime=${to}&$top=1&$select=id`;
    try {
      await call(access, path, (graph) => graph.get());
      return 'read';
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      if (error.kind === 'forbidden') return 'refused';
      if (error.kind === 'notFound') return 'none';
      throw error;
    }
  };
