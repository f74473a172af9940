/** One's own time from end to end: the card with its chart, the same days otherwise, both files, and the weekly report. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { addDays, weekdayOf } from '../../src/calendar/zone.ts';
import { startProduct, type TestPerson, type TestProduct, urlOf, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const BOB = 'bob.elsewhere@other.example';

describe('time', () => {
  let product: TestProduct;
  let ada: TestPerson;
  const today = new Date().toISOString().slice(0, 10);
  /** Wednesday: in the same week wherever it is, and nobody's day off. */
  const wednesday = addDays(today, 2 - ((weekdayOf(today) + 6) % 7));

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Busy');
    const time = (clock: string) => ({ dateTime: `${wednesday}T${clock}:00`, timeZone: 'UTC' });
    const actor = { tenantId: ada.person.tenantId, oid: ada.person.oid };
    const guest = { emailAddress: { address: BOB, name: 'Bob Elsewhere' }, type: 'required' as const };
    for (const [subject, start, end, attendees] of [
      ['=Planning', '10:00', '11:30', [guest]],
      ['Overlapping', '11:00', '12:00', [guest]],
      ['Alone', '14:00', '15:00', []],
    ] as const)
      product.sandbox.graph.store.create(actor, {
        subject,
        start: time(start),
        end: time(end),
        attendees: [...attendees],
      });
    await product.connect(ada);
    await until('all is read', async () => {
      const [row] = await product.peek<{ held: number }>('select count(*)::int as held from cw.event');
      return row?.held === 3;
    });
  });
  after(async () => product?.stop());

  const elements = (card: unknown) => (card as { body: Record<string, unknown>[] }).body;
  const fileOf = async (words: string) => {
    await product.say(ada, words);
    const url = urlOf(await product.hear(ada, /link to your file/), 'Get my file');
    const response = await fetch(url, { method: 'POST' });
    assert.equal(response.status, 200);
    return { text: await response.text(), headers: response.headers };
  };

  it('is on a card with a chart, and a picture for who sees no charts', async () => {
    await product.say(ada, 'time');
    const activity = await product.hear(ada, /Your time/);
    const body = elements(activity.attachments?.[0]?.content);
    assert.match(wordsOf(activity), /2 h in 2 meetings/);
    assert.match(wordsOf(activity), /"Conflicting","value":"30 min/);
    const chart = body.find((one) => one.type === 'Chart.VerticalBar.Grouped') as { fallback: { url: string } };
    const picture = Buffer.from(chart.fallback.url.replace('data:image/png;base64,', ''), 'base64');
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
  });

  it('is shown otherwise by the card’s buttons, and by words', async () => {
    const answer = await product.press(ada, 'time.show', {
      view: 'person',
      startDate: addDays(wednesday, -2),
      endDate: addDays(wednesday, 5),
    });
    assert.match(JSON.stringify(answer.body), /Bob Elsewhere.*2 h · 2 meetings/);
    const odd = await product.press(ada, 'time.show', { view: 'cost', startDate: '2026-02-30', endDate: '2026-03-02' });
    assert.match(JSON.stringify(odd.body), /can’t show those days/);
    await product.say(ada, 'time cost');
    // Nobody has accepted: it is Ada's own time, in each of the two.
    assert.match(wordsOf(await product.hear(ada, /people’s time/)), /2 h 30 min of people’s time/);
  });

  it('is a table and a calendar to take away, by links that work once', async () => {
    const csv = await fileOf('time export csv');
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8');
    assert.match(csv.headers.get('content-disposition') ?? '', /calendar-watch-time-[\d-]+\.csv/);
    assert.match(csv.text, /,11:00,12:30,1\.5,0,0\.5,'=Planning,yes,yes,no,2,/);
    assert.ok(!csv.text.includes(BOB) && !csv.text.includes('Alone'));
    const ics = await fileOf('time export ics');
    assert.equal(ics.headers.get('content-type'), 'text/calendar; charset=utf-8');
    assert.match(ics.text, /METHOD:PUBLISH/);
    assert.match(ics.text, /SUMMARY:Overlapping/);
    assert.doesNotMatch(ics.text, /ATTENDEE|ORGANIZER|bob\.elsewhere/i);
    const acts = await product.peek<{ kind: string }>(
      `select detail ->> 'kind' as kind from cw.audit where act = 'exported' order by at`,
    );
    assert.deepEqual(
      acts.map((one) => one.kind),
      ['time', 'calendar'],
    );
  });

  it('comes once a week to who wants that', async () => {
    await product.say(ada, 'time weekly on');
    await product.hear(ada, /When your week begins/);
    const planned = () =>
      product.peek<{ state: string }>(`select state from cw.errand where kind = 'timeReport' and due_at > now()`);
    await until('it is planned', async () => (await planned()).length === 1);
    await product.say(ada, 'time weekly off');
    await product.hear(ada, /No weekly report/);
    // Due now, it finds that nobody wants it.
    await product.peek(`update cw.errand set send_at = now(), due_at = now() where kind = 'timeReport'`);
    await until('it is withdrawn', async () => {
      const [row] = await product.peek<{ state: string }>(`select state from cw.errand where kind = 'timeReport'`);
      return row?.state === 'withdrawn';
    });
    assert.deepEqual(await product.peek(`select from cw.nudge where kind = 'timeReport'`), []);
  });
});
