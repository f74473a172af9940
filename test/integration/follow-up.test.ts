/** After a meeting, and on the way to one: tasks, mail and words to others, each once, with the permissions that they need. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { ChannelActivity } from '../../sandbox/connector/connector.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const PLAIN = { quiet: null, remindMinutes: [] };

describe('what others and Outlook are told', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;
  let cleo: TestPerson;
  let zoe: TestPerson;

  before(async () => {
    product = await startProduct({ graph: { echoes: false, lifecycleTimers: false } });
    [ada, ben, cleo, zoe] = ['Ada Stern', 'Ben Hall', 'Cleo Marsh', 'Zoe Guest'].map((name) =>
      product.addPerson(name),
    ) as [TestPerson, TestPerson, TestPerson, TestPerson];
    await product.connect(ada, { ...PLAIN, kinds: { followUp: true } });
    await product.connect(ben, PLAIN);
    await product.connect(cleo, PLAIN);
    // What was over before watching began is not asked about.
    await product.peek(`update cw.person set watch_since = watch_since - interval '1 day'`);
  });
  after(async () => product?.stop());
  afterEach(() => product.sandbox.world.faults.clear());

  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const invited = (...people: TestPerson[]) =>
    people.map((one) => ({
      type: 'required' as const,
      emailAddress: { address: one.person.upn, name: one.person.displayName },
    }));
  const inReplica = (who: TestPerson, subject: string) =>
    until(`${subject} in the replica`, async () => {
      const rows = await product.peek<{ id: string; start_at: Date }>(
        `select event_id as id, start_at from cw.event where mailbox_id = $1 and data ->> 'subject' = $2 and type <> 'master'`,
        [who.person.oid, subject],
      );
      return rows[0] && { eventId: rows[0].id, startAt: rows[0].start_at.getTime() };
    });
  const meet = async (who: TestPerson, subject: string, startAt: number, people: TestPerson[], minutes = 30) => {
    product.sandbox.graph.store.create(actor(who), {
      subject,
      start: at(startAt),
      end: at(startAt + minutes * MINUTE_MS),
      body: { contentType: 'text', content: 'Budget' },
      attendees: invited(...people),
    });
    return inReplica(who, subject);
  };
  const mails = (subject: string) =>
    product.sandbox.graph.control.sentMail().filter((one) => one.subject.includes(subject));
  const todos = (who: TestPerson) =>
    product.sandbox.graph.control.todoLists(who.person.oid).flatMap((one) => one.tasks.map((task) => task.title));
  const bodyOf = ({ body }: { body: unknown }) => JSON.stringify(body);
  const chat = (who: TestPerson) => product.connector.messages(who.user.conversationId);
  const sayings = (who: TestPerson, pattern: RegExp) => chat(who).filter((one) => pattern.test(wordsOf(one)));
  /** Signs in by the link of a card that asks for a permission. */
  const permit = async (who: TestPerson, card: ChannelActivity) => {
    const page = await product.signIn(who, card);
    assert.equal(page.status, 200);
    assert.match(page.text, /Press the button on the card again/);
  };
  it('learns addresses at sign-in', async () => {
    const rows = await product.peek<{ address: string }>('select address from cw.person order by address');
    assert.deepEqual(
      rows.map((one) => one.address).sort(),
      [ada, ben, cleo].map((one) => one.person.upn.toLowerCase()),
    );
  });

  it('and anew from what people organise', async () => {
    const addressOf = async () =>
      (
        await product.peek<{ address: string }>('select address from cw.person where person_id = $1', [cleo.person.oid])
      )[0]?.address;
    await product.peek(`update cw.person set address = 'before@test.example' where person_id = $1`, [cleo.person.oid]);
    await meet(ben, 'Of somebody else', Date.now() + 400 * MINUTE_MS, [cleo]);
    await inReplica(cleo, 'Of somebody else');
    assert.equal(await addressOf(), 'before@test.example');
    await meet(cleo, 'Of her own', Date.now() + 400 * MINUTE_MS, [zoe]);
    assert.equal(await addressOf(), cleo.person.upn.toLowerCase());
  });

  describe('follow-up', () => {
    let ref: { eventId: string; startAt: number };
    const inputs = {
      followUpDecided: 'We go',
      followUpTasks: 'Write the plan by tomorrow\nBen: send <b>offer</b>\nZoe: book a room',
      followUpOpen: 'Budget\nVenue',
      followUpMail: 'true',
    };

    it('asks after the meeting', async () => {
      ref = await meet(ada, 'Kick-off', Date.now() - 35 * MINUTE_MS, [ben, zoe]);
      const card = await product.hear(ada, /How did it go[\s\S]*Kick-off/);
      assert.match(wordsOf(card), /followUp\.save/);
    });

    it('refuses an empty one, and one of a meeting at another time, and keeps what was typed', async () => {
      assert.match(bodyOf(await product.press(ada, 'followUp.save', { ...ref })), /at least one thing/);
      const moved = { ...ref, ...inputs, startAt: ref.startAt + 1 };
      assert.match(bodyOf(await product.press(ada, 'followUp.save', moved)), /ask again after it/);
      assert.match(bodyOf(await product.press(ben, 'followUp.save', { ...ref, ...inputs })), /isn’t in your calendar/);
      assert.equal(mails('Kick-off').length, 0);
    });

    it('does what it can, and asks for the permissions that it lacks; watching goes on', async () => {
      await product.press(ada, 'followUp.save', { ...ref, ...inputs });
      const card = await product.hear(ada, /To do that I need your permission/);
      assert.match(wordsOf(card), /writing to your To Do and sending mail as you/);
      const offered = await product.hear(ben, /Ada Stern noted for you/);
      assert.match(wordsOf(offered), /send \\\\<b\\\\>offer/);
      await until('the card says what is missing', async () => sayings(ada, /Follow-up saved[\s\S]*Try again/)[0]);
      const [person] = await product.peek<{ watch: string; watch_since: Date }>(
        'select watch, watch_since from cw.person where person_id = $1',
        [ada.person.oid],
      );
      assert.equal(person?.watch, 'on');
      const connected = sayings(ada, /Connected — I’m watching/).length;
      await meet(ada, 'Still watching', Date.now() + 300 * MINUTE_MS, [ben]);
      await permit(ada, card);
      const [after] = await product.peek<{ watch: string; watch_since: Date }>(
        'select watch, watch_since from cw.person where person_id = $1',
        [ada.person.oid],
      );
      assert.deepEqual(after, person, 'a permission is no new beginning');
      assert.equal(sayings(ada, /Connected — I’m watching/).length, connected);
    });

    it('does the rest when pressed again, and nothing twice however often', async () => {
      const answers = await Promise.all([1, 2, 3].map(() => product.press(ada, 'followUp.retry', { ...ref })));
      assert.ok(answers.some((one) => /Follow-up saved|takes a moment/.test(bodyOf(one))));
      await until('done', () => mails('Kick-off').length === 1 && todos(ada).length === 1);
      const again = await product.press(ada, 'followUp.save', { ...ref, ...inputs });
      assert.match(
        bodyOf(again),
        /1 task in To Do[\s\S]*Told in chat: Ben Hall[\s\S]*2 open points[\s\S]*Summary sent to 2 people/,
      );
      assert.deepEqual(todos(ada), ['Write the plan by tomorrow']);
      assert.equal(mails('Kick-off').length, 1);
      assert.equal(sayings(ben, /noted for you/).length, 1);
      const [mail] = mails('Summary: Kick-off');
      assert.deepEqual(mail?.to.sort(), [ben.person.upn, zoe.person.upn].sort());
      assert.match(mail?.content ?? '', /We go[\s\S]*Ben Hall: send &#60;b&#62;offer&#60;\/b&#62;[\s\S]*Budget/);
      const [points] = await product.peek<{ value: unknown }>(`select value from cw.answer where kind = 'points.open'`);
      assert.deepEqual(points?.value, { points: ['Budget', 'Venue'], fromStartAt: ref.startAt });
      await until('the card in the chat says so too', async () => sayings(ada, /Summary sent to 2 people/)[0]);
    });

    it('lets somebody take over what was noted for them, once, by their own permission', async () => {
      const [offer] = await product.peek<{ nudge_id: string }>(
        `select nudge_id from cw.nudge where kind = 'taskOffered'`,
      );
      const nudgeId = offer?.nudge_id;
      assert.match(bodyOf(await product.press(cleo, 'task.add', { nudgeId })), /don’t have that task/);
      await product.press(ben, 'task.add', { nudgeId });
      await permit(ben, await product.hear(ben, /I need your permission: writing to your To Do/));
      const both = await Promise.all([1, 2].map(() => product.press(ben, 'task.add', { nudgeId })));
      assert.ok(both.some((one) => /In your To Do/.test(bodyOf(one))));
      await until('the task', () => todos(ben).length > 0);
      assert.deepEqual(todos(ben), ['send <b>offer</b>']);
    });

    it('does not send a mail again of which nobody knows whether it went out', async () => {
      const other = await meet(ada, 'Doubtful', Date.now() - 40 * MINUTE_MS, [zoe]);
      product.sandbox.world.faults.set('graph.gatewayTimeout', 1);
      const first = await product.press(ada, 'followUp.save', { ...other, followUpDecided: 'x', followUpMail: 'true' });
      assert.match(bodyOf(first), /look into your sent items/);
      product.sandbox.world.faults.clear();
      const count = mails('Doubtful').length;
      const second = await product.press(ada, 'followUp.retry', { ...other });
      assert.match(bodyOf(second), /look into your sent items/);
      assert.equal(mails('Doubtful').length, count);
    });

    it('looks for a task of which nobody knows whether it was added', async () => {
      const other = await meet(ada, 'Task in doubt', Date.now() - 45 * MINUTE_MS, [zoe]);
      const draft = { ...other, followUpTasks: 'Doubtful one' };
      // As after a crash that came when Microsoft had it and we did not know.
      await product.press(ada, 'followUp.save', draft);
      await product.peek(
        `update cw.answer set value = jsonb_set(value, '{deeds}', (select jsonb_object_agg(key, jsonb_build_object(
           'state', 'begun', 'at', 0, 'since', (one ->> 'since')::numeric)) from jsonb_each(value -> 'deeds') d(key, one)))
         where kind = 'followUp.saved' and event_id = $1`,
        [other.eventId],
      );
      assert.match(bodyOf(await product.press(ada, 'followUp.retry', { ...other })), /1 task in To Do/);
      assert.equal(todos(ada).filter((one) => one === 'Doubtful one').length, 1);
    });

    it('is skipped for one, or for its series', async () => {
      const other = await meet(ada, 'Skipped', Date.now() - 50 * MINUTE_MS, [zoe]);
      assert.match(bodyOf(await product.press(ada, 'followUp.skip', { ...other })), /No follow-up this time/);
      const series = await product.press(ada, 'followUp.skip', { ...other, series: true });
      assert.match(bodyOf(series), /No follow-ups for this series/);
    });
  });

  describe('running late', () => {
    const ask = async (text: string) => {
      await product.say(ada, text);
      return product.hear(ada, /Running late|no meeting with others|How many minutes/);
    };
    const dataOf = (card: ChannelActivity, verb: string) => {
      const content = card.attachments?.[0]?.content as {
        actions: { verb?: string; data?: Record<string, unknown> }[];
      };
      const action = content.actions.find((one) => one.verb === verb);
      assert.ok(action?.data, `${verb} on the card`);
      return action.data;
    };

    it('has nobody to tell without a meeting, and asks for sensible minutes', async () => {
      assert.match(wordsOf(await ask('late')), /no meeting with others/);
      assert.match(wordsOf(await ask('late 500')), /How many minutes/);
    });

    it('asks first; then tells those with us in chat and the others by mail, once', async () => {
      const ref = await meet(ben, 'Stand-up', Date.now() + 20 * MINUTE_MS, [ada, cleo, zoe]);
      await inReplica(ada, 'Stand-up');
      const card = await ask('late 10');
      assert.match(
        wordsOf(card),
        /Tell Ben Hall \(organiser\), Cleo Marsh and Zoe Guest that you come \*\*10 min\*\* late/,
      );
      assert.equal(mails('Stand-up').length, 0);
      const data = dataOf(card, 'late.tell');
      const told = await Promise.all([1, 2].map(() => product.press(ada, 'late.tell', data)));
      for (const who of [ben, cleo]) await product.hear(who, /Ada Stern is running 10 min late[\s\S]*Stand-up/);
      assert.ok(
        told.some((one) => /Told 2 in chat, 1 by mail/.test(bodyOf(one))),
        bodyOf(told[0] as never),
      );
      await product.press(ada, 'late.tell', data);
      assert.equal(mails('Running 10 min late: Stand-up').length, 1);
      assert.deepEqual(mails('Stand-up')[0]?.to, [zoe.person.upn]);
      assert.equal(sayings(cleo, /running 10 min late/).length, 1);
      const elsewhere = await product.press(ada, 'late.tell', { ...data, startAt: ref.startAt + 1 });
      assert.match(bodyOf(elsewhere), /told nobody/);
      product.sandbox.graph.store.cancel(actor(ben), ref.eventId, '');
      await until('the answer is that it was cancelled', async () =>
        /cancelled|isn’t in your calendar/.test(bodyOf(await product.press(ada, 'late.tell', data))) ? true : undefined,
      );
      assert.equal(mails('Stand-up').length, 1);
    });

    it('tells in chat all the same when mail is not allowed, and offers the permission', async () => {
      await meet(ben, 'No mail yet', Date.now() + 25 * MINUTE_MS, [cleo, zoe]);
      await inReplica(cleo, 'No mail yet');
      const { eventId, startAt } = await inReplica(cleo, 'No mail yet');
      const first = await product.press(cleo, 'late.tell', { eventId, startAt, minutes: 5 });
      assert.match(bodyOf(first), /Told 1 in chat\.[\s\S]*I need your permission: sending mail as you[\s\S]*Sign in/);
      await product.hear(ben, /Cleo Marsh is running 5 min late/);
      assert.equal(mails('No mail yet').length, 0);
      const card = (first.body as { value: object }).value;
      await permit(cleo, { attachments: [{ content: card }] } as unknown as ChannelActivity);
      const second = await product.press(cleo, 'late.tell', { eventId, startAt, minutes: 5 });
      assert.match(bodyOf(second), /Told 1 in chat, 1 by mail/);
      assert.equal(mails('No mail yet').length, 1);
      assert.equal(sayings(ben, /Cleo Marsh is running/).length, 1);
    });

    it('disturbs nobody who wants silence: they get a mail', async () => {
      await meet(ada, 'Paused', Date.now() + 40 * MINUTE_MS, [cleo]);
      const { eventId, startAt } = await inReplica(ada, 'Paused');
      await product.peek(`update cw.person set settings = settings || $2::jsonb where person_id = $1`, [
        cleo.person.oid,
        JSON.stringify({ pausedUntil: Date.now() + 60 * MINUTE_MS }),
      ]);
      const told = await product.press(ada, 'late.tell', { eventId, startAt, minutes: 15 });
      assert.match(bodyOf(told), /Told 1 by mail/);
      assert.deepEqual(mails('Paused')[0]?.to, [cleo.person.upn]);
    });

    it('lets choose between two, and asks about the one that a reminder names', async () => {
      const startAt = Date.now() + 12 * MINUTE_MS;
      await meet(ada, 'One', startAt, [zoe]);
      const two = await meet(ada, 'Two', startAt, [zoe]);
      const card = await ask('late');
      assert.match(wordsOf(card), /to which meeting/);
      const data = dataOf(card, 'late.ask');
      const index = (data.eventIds as string[]).indexOf(two.eventId);
      const next = await product.press(ada, 'late.ask', { ...data, lateMeeting: String(index) });
      assert.match(bodyOf(next), /Tell Zoe Guest that you come[\s\S]*Two/);
      await product.press(ada, 'late.ask', { eventId: two.eventId, minutes: 5 });
      await product.hear(ada, /Tell Zoe Guest that you come \*\*5 min\*\* late to \*\*Two\*\*/);
      assert.match(bodyOf(await product.press(ada, 'late.drop', {})), /nobody was told/);
      assert.equal(mails('Two').length, 0);
    });
  });

  it('logs nobody’s address and no subject', () => {
    const all = product.logLines().join('\n');
    for (const word of ['test.example', 'Kick-off', 'Stand-up', 'Doubtful', 'offer'])
      assert.ok(!all.includes(word), word);
  });
});
