/** Instances whose machine is 30 s fast or slow, next to a right one and by themselves: time is PostgreSQL's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type ShiftedTwin, startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const SHIFT_MS = 30 * SECOND_MS;
const LEAD_MS = 10 * MINUTE_MS;
/** Polling, and a machine that does much else; far below what a wrong clock would do. */
const LATE_MS = 10 * SECOND_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 23), timeZone: 'UTC' });

describe('an instance whose clock is wrong', () => {
  let product: TestProduct;
  let fast: ShiftedTwin;
  let slow: ShiftedTwin;
  const people: TestPerson[] = [];

  before(async function () {
    this.timeout(300_000);
    product = await startProduct();
    for (const name of ['Ada Stern', 'Ben Hall']) people.push(product.addPerson(name));
    for (const who of people)
      await product.connect(who, {
        remindMinutes: [LEAD_MS / MINUTE_MS],
        kinds: { agenda: false, prepare: false, invitation: false, conflict: false },
      });
    [fast, slow] = await Promise.all([product.startTwinAt(SHIFT_MS), product.startTwinAt(-SHIFT_MS)]);
  });
  after(async () => {
    await Promise.all([fast?.stop(), slow?.stop()]);
    await product?.stop();
  });

  const dueOf = async (subject: string) => {
    const [row] = await product.peek<{ due_at: Date }>(
      `select due_at from cw.nudge where kind = 'reminder' and facts ->> 'subject' = $1`,
      [subject],
    );
    return row?.due_at.getTime();
  };
  const remindersOf = (subject: string) =>
    product.connector.events.filter(
      (one) =>
        one.kind === 'post' && /Starts in/.test(wordsOf(one.activity)) && wordsOf(one.activity).includes(subject),
    );
  /** Meetings of both, a second apart, whose reminders are due from `inMs` on; resolves when all are planned. */
  const meet = async (name: string, count: number, inMs: number): Promise<string[]> => {
    const first = Date.now() + inMs;
    const subjects = Array.from({ length: count }, (_, index) => `${name} ${index}.`);
    for (const [index, subject] of subjects.entries()) {
      const { tenantId, oid } = (people[index % people.length] as TestPerson).person;
      const startAt = first + index * SECOND_MS + LEAD_MS;
      product.sandbox.graph.store.create(
        { tenantId, oid },
        { subject, start: at(startAt), end: at(startAt + 30 * MINUTE_MS) },
      );
    }
    for (const subject of subjects) await until(`${subject} is planned`, () => dueOf(subject), inMs);
    return subjects;
  };
  const isRight = async (subject: string) => {
    await until(`the reminder of ${subject}`, () => remindersOf(subject).length > 0, 60_000);
    const due = (await dueOf(subject)) ?? Number.NaN;
    const [said, ...more] = remindersOf(subject);
    assert.deepEqual(more, [], 'said twice');
    const late = (said?.at ?? 0) - due;
    // Never before it is due; storms are another matter, and this is none.
    assert.ok(late >= 0 && late < LATE_MS, `${subject} ${late} ms after it was due`);
  };
  const once = async (subjects: string[]) => {
    await until('all are recorded', async () => {
      const [row] = await product.peek<{ sent: number }>(
        `select count(*)::int as sent from cw.nudge
         where kind = 'reminder' and facts ->> 'subject' = any ($1) and state = 'sent'`,
        [subjects],
      );
      return row?.sent === subjects.length;
    });
    for (const subject of subjects) assert.equal(remindersOf(subject).length, 1, `${subject} said twice`);
    const rows = await product.peek<{ attempts: number; ambiguous: number; fence: number }>(
      `select attempts, ambiguous, fence::int from cw.nudge where kind = 'reminder' and facts ->> 'subject' = any ($1)`,
      [subjects],
    );
    // One claim a request: nobody's lease was taken for run out. A connection may break on a busy machine all the same.
    for (const { attempts, ambiguous, fence } of rows)
      assert.deepEqual({ fence, ambiguous }, { fence: attempts, ambiguous: attempts - 1 });
  };
  /** From here on PostgreSQL writes down how long each lease is, by its own clock. */
  const noteLeases = () =>
    product.peek(`
      create table public.lease_seen (left_s float8);
      create function public.note_lease() returns trigger language plpgsql security definer as $$
        begin insert into public.lease_seen values (extract(epoch from new.lease - clock_timestamp())); return null; end $$;
      create trigger note_lease after update on cw.nudge for each row
        when (new.state = 'claimed' and new.lease is distinct from old.lease) execute function public.note_lease()`);
  const sentBy = (twin: ShiftedTwin) => twin.logLines().filter((line) => line.includes('"nudge sent"')).length;

  it('knows that it is, and beats with PostgreSQL’s time', async () => {
    for (const [twin, shiftMs] of [
      [fast, SHIFT_MS],
      [slow, -SHIFT_MS],
    ] as const) {
      const first = JSON.parse(twin.logLines()[0] ?? '{}') as { time: string };
      assert.ok(
        Math.abs(Date.parse(first.time) - Date.now() - shiftMs) < 2 * MINUTE_MS,
        'the process has another time',
      );
    }
    const beats = await until('all three beat', async () => {
      const rows = await product.peek<{ off: number }>(
        'select extract(epoch from clock_timestamp() - beat_at)::float8 as off from cw.instance',
      );
      return rows.length === 3 ? rows : undefined;
    });
    for (const { off } of beats) assert.ok(off > -1 && off < 20, `a beat ${off} s ago`);
  });

  it('says everything once and in time, next to a right one', async () => {
    const subjects = await meet('Together', 4, 8 * SECOND_MS);
    for (const subject of subjects) await isRight(subject);
    await once(subjects);
  });

  it('says everything once and in time, where all are wrong; and no lease is longer or shorter for it', async () => {
    const subjects = await meet('Alone', 4, 8 * SECOND_MS);
    await product.halt();
    // A busy machine may have been so slow to plan them that the right one has said some: the wrong ones say the rest.
    const left = subjects.filter((subject) => remindersOf(subject).length === 0).length;
    assert.ok(left > 0, 'nothing was left to be said');
    const before = sentBy(fast) + sentBy(slow);
    await noteLeases();
    for (const subject of subjects) await isRight(subject);
    await once(subjects);
    assert.ok(sentBy(fast) + sentBy(slow) - before >= left, 'the wrong ones have said the rest');
    const leases = await product.peek<{ left: number }>('select left_s as left from public.lease_seen');
    assert.ok(leases.length > 0);
    for (const { left } of leases) assert.ok(left > 15 && left < 32, `a lease of ${left} s`);
  });
});
