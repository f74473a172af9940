/** What is thrown at: one running product on the sandbox, with people who are connected, strangers, and two live subscriptions. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Ids } from '../security/verbs.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct } from '../support/product.ts';
import { newestServer, type Route, routesOf } from '../support/routes.ts';

const STRANGERS = 6;
const HOUR_MS = 3_600_000;
export const SMS_KEY = 'key-of-the-sms-events-4711';

export interface Stage {
  product: TestProduct;
  routes: Route[];
  /** They have calendars; nobody types “watch off” for them. */
  watchers: TestPerson[];
  strangers: TestPerson[];
  ids: Ids[];
  secrets: { states: string[]; stopTokens: string[] };
  /** `open`: its clientState is known to who posts; `closed`: nobody says the right one. */
  subscriptions: { open: { id: string; clientState: string }; closed: { id: string } };
  /** What was posted may have ended a subscription: both live on, or nothing could be written for them. */
  revive(): Promise<void>;
  /** What became of posts: rows that each of the two subscriptions got. */
  rows(): Promise<{ open: number; closed: number }>;
  stop(): Promise<void>;
}

const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

/** Counts each row from the moment it is written: the worker takes it away when it is worked off. */
const COUNT_ROWS = `
  create table public.fuzz_rows (subscription_id text);
  grant all on public.fuzz_rows to public;
  create function public.count_fuzz_row() returns trigger language plpgsql as
    $$ begin insert into public.fuzz_rows values (new.subscription_id); return new; end $$;
  create trigger fuzz_rows after insert on cw.inbox for each row execute function public.count_fuzz_row();`;

async function idsOf(product: TestProduct, who: TestPerson): Promise<Ids> {
  const personId = who.person.oid;
  const events = await product.peek<{ event_id: string; start_at: Date }>(
    'select event_id, start_at from cw.event where mailbox_id = $1 order by start_at, event_id',
    [personId],
  );
  const nudges = await product.peek<{ nudge_id: string; kind: string }>(
    'select nudge_id, kind from cw.nudge where person_id = $1 order by nudge_id',
    [personId],
  );
  const [first] = events;
  return {
    tenantId: TENANT_ID,
    personId,
    eventId: first?.event_id ?? '',
    startAt: first?.start_at.getTime() ?? 0,
    seriesId: events.at(-1)?.event_id ?? '',
    nudgeId: (kind) => (nudges.find((one) => one.kind === kind) ?? nudges[0])?.nudge_id ?? `${kind}.1`,
    calendarId: 'calendar',
    address: who.person.upn,
  };
}

async function connected(product: TestProduct, name: string): Promise<TestPerson> {
  const who = product.addPerson(name, { appRoles: ['CalendarWatch.Admin'] });
  const actor = { tenantId: TENANT_ID, oid: who.person.oid };
  const guest = product.addPerson(`${name} Guest`);
  for (const hours of [20, 30, 40])
    product.sandbox.graph.store.create(actor, {
      subject: `Meeting in ${hours} hours`,
      start: at(Date.now() + hours * HOUR_MS),
      end: at(Date.now() + (hours + 1) * HOUR_MS),
      location: { displayName: 'Main Street 1' },
      attendees: [{ type: 'required', emailAddress: { address: guest.person.upn, name } }],
    });
  await product.connect(who);
  return who;
}

export async function openStage(watching = 3): Promise<Stage> {
  const product = await startProduct({
    logLevel: 'info',
    env: {
      RICH_NOTIFICATIONS: 'on',
      SMS_EVENTS_KEY: SMS_KEY,
      // Nobody listens there: codes are asked for, and not sent.
      ACS_CONNECTION_STRING: 'endpoint=http://localhost:9/;accesskey=c2FuZGJveA==',
      SMS_FROM: '+15550100',
    },
  });
  const server = newestServer();
  // Nobody types or presses anything for this one: the subscriptions are theirs.
  const owner = await connected(product, 'Quiet Owner');
  const subscriptionOf = () =>
    product.sandbox.graph.control.subscriptions().find(({ mailboxOid }) => mailboxOid === owner.person.oid);
  for (let left = 200; left > 0 && !subscriptionOf(); left -= 1) await pause(25);
  const record = subscriptionOf();
  if (!record) throw new Error('nobody is subscribed');
  const watchers: TestPerson[] = [];
  for (let index = 0; index < watching; index += 1) watchers.push(await connected(product, `Watcher ${index}`));
  const strangers = Array.from({ length: STRANGERS }, (_, index) => product.addPerson(`Stranger ${index}`));
  await product.peek(
    `insert into cw.subscription select (jsonb_populate_record(s, '{"subscription_id": "fuzz-closed"}')).*
     from cw.subscription s where s.subscription_id = $1`,
    [record.id],
  );
  await product.peek(`update cw.subscription set client_state_hash = sha256('nobody knows'::bytea)
     where subscription_id = 'fuzz-closed'`);
  const kept = await product.peek<{ row: object }>(
    'select to_jsonb(s) as row from cw.subscription s where s.subscription_id in ($1, $2)',
    [record.id, 'fuzz-closed'],
  );
  await product.peek(COUNT_ROWS);
  const ids: Ids[] = [];
  for (const who of watchers) ids.push(await idsOf(product, who));
  if (!ids[0]?.eventId) throw new Error('nothing is known of the calendars');
  return {
    product,
    routes: routesOf(server),
    watchers,
    strangers,
    ids,
    secrets: { states: ['x'.repeat(43)], stopTokens: ['y'.repeat(43)] },
    subscriptions: { open: { id: record.id, clientState: record.clientState ?? '' }, closed: { id: 'fuzz-closed' } },
    revive: async () => {
      for (const { row } of kept)
        await product.peek(
          `insert into cw.subscription select (jsonb_populate_record(null::cw.subscription, $1)).*
           on conflict do nothing`,
          [JSON.stringify(row)],
        );
    },
    rows: async () => {
      const found = await product.peek<{ id: string; count: number }>(
        'select subscription_id as id, count(*)::int as count from public.fuzz_rows group by 1',
      );
      const of = (id: string) => found.find((one) => one.id === id)?.count ?? 0;
      return { open: of(record.id), closed: of('fuzz-closed') };
    },
    stop: () => product.stop(),
  };
}
