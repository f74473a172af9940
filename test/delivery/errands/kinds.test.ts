/** What rules do besides webhooks: a word in the chat, a task, a mail, a line or a category of an entry. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { RULE_NOTICE_ACTIONS } from '../../../src/bot/actions/rule-notices.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';
import { withAgenda } from '../../../src/calendar/agenda.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import type { GraphEvent } from '../../../src/calendar/normalise.ts';
import type { Final } from '../../../src/delivery/attempt.ts';
import { createEntry } from '../../../src/delivery/errands/entry.ts';
import { createMail } from '../../../src/delivery/errands/mail.ts';
import { createMessage } from '../../../src/delivery/errands/message.ts';
import { createTask } from '../../../src/delivery/errands/task.ts';
import type { OtherWay, Words } from '../../../src/delivery/ways/port.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { GraphFailure } from '../../../src/graph/failures.ts';
import type { Mail } from '../../../src/graph/send-mail.ts';
import type { NewTask } from '../../../src/graph/tasks.ts';
import { ConsentNeeded } from '../../../src/identity/scopes.ts';
import { NO_POLICY } from '../../../src/nudges/settings.ts';
import type { RuleScope } from '../../../src/rules/rule.ts';
import { ownWritesOf } from '../../../src/store/events.ts';
import { saveSettings } from '../../../src/store/people.ts';
import { deleteRule } from '../../../src/store/rules.ts';
import { attendee, meeting, utc } from '../../support/events.ts';
import { DAY, EVENT, HOUR, MINUTE, NOW, openGround } from './ground.ts';

const noPermission = () => new ConsentNeeded(['Tasks.ReadWrite'], undefined);
const failure = (status: number, kind: GraphFailure['kind'], retryAfterMs?: number) =>
  new GraphFailure(kind, status, 'code', retryAfterMs);

describe('what rules do', function () {
  this.timeout(60_000);
  const ground = openGround();
  before(() => ground.open());
  after(() => ground.close());
  beforeEach(() => ground.begin());

  const endOf = async (errandId: string) => {
    const { state, reason } = await ground.row(errandId);
    return [state, reason];
  };
  const nextIn = async (errandId: string) => (await ground.row(errandId)).send_at.getTime() - ground.clock.now();

  describe('a word in the chat', () => {
    const deed = { deed: 'message', text: 'Prepare {subject} at {start}' } as const;
    const READER = { personId: 'p', timeZone: 'Europe/Berlin', locale: 'en-GB' };

    it('is a notice, once, with its placeholders filled in the reader’s zone', async () => {
      const { errandId } = await ground.planRun(deed, { trigger: 'before' });
      await ground.run(createMessage());
      assert.deepEqual(await endOf(errandId), ['done', null]);
      const [notice, ...more] = await ground.nudges();
      assert.ok(notice);
      assert.equal(more.length, 0);
      assert.equal(notice.kind, 'rule');
      assert.match(notice.facts.text ?? '', /^Prepare Planning at .*11:00$/);
      assert.deepEqual([notice.due_at.getTime(), notice.deadline_at.getTime()], [NOW, EVENT.endAt]);
      const card = renderNudge(
        { ...notice, nudgeId: notice.nudge_id, eventId: '', startAt: NOW } as never,
        READER,
        NOW,
      );
      assert.match(card.fallbackText, /Prepare Planning[\s\S]*My rule/);
      assert.match(JSON.stringify(card.card), /My rule/);
    });

    /** A person who sleeps from 22 to 7 in Berlin (21 to 6 UTC); [trigger, the meeting, due, said at; undefined: not at all] */
    const night = utc('2026-12-01 23:00');
    const morning = utc('2026-12-02 06:00');
    const cases: [string, 'before' | 'after' | 'moved', number, number | undefined][] = [
      ['before a meeting of tomorrow noon waits for the morning', 'before', utc('2026-12-02 11:00'), morning],
      ['before one that is over by the morning is not said', 'before', utc('2026-12-02 04:00'), undefined],
      ['of a change to one that is over by the morning is not said', 'moved', utc('2026-12-02 04:00'), undefined],
      ['after one that ended at night waits for the morning', 'after', utc('2026-12-01 22:20'), morning],
    ];
    for (const [what, trigger, startAt, saidAt] of cases)
      it(`${what}`, async () => {
        await ground.inTenant((sql) =>
          saveSettings(sql, ground.tenantId, ground.personId, { quiet: { from: '22:00', to: '07:00' } }),
        );
        const event = meeting({ startAt });
        await ground.saveEvent(event);
        ground.clock.advance(night - NOW);
        const { errandId } = await ground.planRun(deed, { trigger, event });
        await ground.run(createMessage());
        const notices = await ground.nudges();
        assert.deepEqual(
          notices.map((one) => one.due_at.getTime()),
          saidAt === undefined ? [] : [saidAt],
        );
        assert.equal((await ground.row(errandId)).state, saidAt === undefined ? 'withdrawn' : 'done');
      });

    it('waits until a pause of days, and the night after it, are over', async () => {
      const pausedUntil = utc('2026-12-03 23:00');
      await ground.inTenant((sql) =>
        saveSettings(sql, ground.tenantId, ground.personId, { pausedUntil, quiet: { from: '22:00', to: '07:00' } }),
      );
      await ground.planRun(deed, { trigger: 'after' });
      await ground.run(createMessage());
      assert.deepEqual(
        (await ground.nudges()).map((one) => one.due_at.getTime()),
        [utc('2026-12-04 06:00')],
      );
    });

    /** [what happened while it was in flight, what it does] */
    const changes: [string, () => Promise<unknown>][] = [
      ['the meeting moved', () => ground.saveEvent({ ...EVENT, startAt: EVENT.startAt + HOUR })],
      ['the meeting is gone', () => ground.db.peek('delete from cw.event')],
      ['watching ended', () => ground.db.peek(`update cw.person set watch = 'off'`)],
    ];
    for (const [what, change] of changes)
      it(`is withdrawn when ${what}`, async () => {
        const { errandId } = await ground.planRun(deed, { trigger: 'before' });
        await change();
        await ground.run(createMessage());
        assert.equal((await ground.row(errandId)).state, 'withdrawn');
        assert.deepEqual(await ground.nudges(), []);
      });

    it('of a tenant’s rule is withdrawn when whoever made it is no admin any more, also once it was begun', async () => {
      for (const attempts of [0, 1]) {
        const { errandId } = await ground.planRun(
          { deed: 'message', text: `Hello ${attempts}` },
          { scope: 'everyone' },
        );
        await ground.db.peek('update cw.errand set attempts = $2, ambiguous = $2 where errand_id = $1', [
          errandId,
          attempts,
        ]);
        await ground.run(createMessage());
        assert.deepEqual(await endOf(errandId), ['withdrawn', 'whoever made the rule is no admin any more']);
      }
    });

    it('is looked at again after an attempt that did nothing', async () => {
      const { errandId } = await ground.planRun({ deed: 'message', text: 'Hello' });
      await ground.db.peek('update cw.errand set attempts = 1 where errand_id = $1', [errandId]);
      await ground.db.peek('delete from cw.event');
      await ground.run(createMessage());
      assert.deepEqual(await endOf(errandId), ['withdrawn', 'its meeting is gone']);
    });

    it('is withdrawn when its rule is deleted in the moment of its claim', async () => {
      const { errandId, ruleId } = await ground.planRun(deed);
      await ground.db.peek('delete from cw.rule');
      await ground.run(createMessage());
      assert.deepEqual(await endOf(errandId), ['withdrawn', 'its rule was deleted']);
      assert.equal(await ground.inTenant((sql) => deleteRule(sql, ground.tenantId, ruleId, NOW)), false);
    });
  });

  describe('a task', () => {
    const deed = { deed: 'task', title: 'Prepare {subject}', dueInMinutes: 20 * 60 } as const;
    const graph = (more: Partial<Parameters<typeof createTask>[0]['graph']> = {}) => {
      const added: NewTask[] = [];
      return {
        added,
        findTaskList: async () => 'list',
        addTask: async (_access: unknown, _list: string, task: NewTask) => {
          added.push(task);
          return 'task';
        },
        hasTask: async () => false,
        ...more,
      };
    };
    const kind = (port: ReturnType<typeof graph>) => createTask({ database: ground.db.database, graph: port });

    it('is added, due by the person’s calendar', async () => {
      const port = graph();
      const { errandId } = await ground.planRun(deed, { facts: { webLink: 'https://outlook.example/1' } });
      await ground.run(kind(port));
      assert.deepEqual(port.added, [
        {
          title: 'Prepare Planning',
          timeZone: 'Europe/Berlin',
          dueDate: '2026-12-02',
          link: { url: 'https://outlook.example/1', name: 'Planning' },
        },
      ]);
      assert.deepEqual(await endOf(errandId), ['done', null]);
    });

    it('that may have been added is looked for before it is added again', async () => {
      for (const has of [true, false]) {
        let isFirst = true;
        const port = graph({
          addTask: async () => {
            if (!isFirst) return 'task';
            isFirst = false;
            throw failure(504, 'unavailable');
          },
          hasTask: async (_access, _list, title, since) => {
            assert.deepEqual([title, since], ['Prepare Planning', ground.clock.now() - 2 * MINUTE]);
            return has;
          },
        });
        let asked = 0;
        const counted = {
          ...port,
          addTask: async (...given: Parameters<typeof port.addTask>) => {
            asked += 1;
            return port.addTask(...given);
          },
        };
        const { errandId } = await ground.planRun(deed);
        await ground.run(kind(counted as never));
        assert.equal((await ground.row(errandId)).ambiguous, 1);
        ground.clock.advance(MINUTE);
        await ground.run(kind(counted as never));
        assert.equal((await ground.row(errandId)).state, 'done');
        assert.equal(asked, has ? 1 : 2);
      }
    });

    it('without permission fails, and that is said once for each rule, with the way to it', async () => {
      const port = graph({ findTaskList: () => Promise.reject(noPermission()) });
      const { errandId, ruleId } = await ground.planRun(deed);
      await ground.planRun(deed);
      await ground.run(kind(port));
      assert.deepEqual(await endOf(errandId), ['failed', 'permission']);
      await ground.db.peek(`update cw.errand set state = 'planned', rule_id = $1`, [ruleId]);
      await ground.run(kind(port));
      const notices = await ground.nudges('rulePermission');
      assert.equal(notices.length, 2, 'of two rules');
      const [notice] = notices;
      const asked: unknown[] = [];
      const services = {
        database: ground.db.database,
        signIn: {
          begin: async (_turn: unknown, needed: unknown) => {
            asked.push(needed);
            return 'https://bot.example/auth';
          },
        },
      } as unknown as Services;
      const press = RULE_NOTICE_ACTIONS.find((one) => one.verb === 'rule.permit');
      const turn = { tenantId: ground.tenantId, personId: ground.personId } as Turn;
      const reaction = await press?.run(services, turn, { nudgeId: notice?.nudge_id });
      assert.deepEqual(asked, [['Tasks.ReadWrite']]);
      assert.match(JSON.stringify(reaction), /bot\.example/);
      const card = renderNudge(
        { ...notice, nudgeId: 'n' } as never,
        { personId: 'p', timeZone: 'UTC', locale: 'en-GB' },
        NOW,
      );
      assert.match(card.fallbackText, /My rule.*writing to your To Do/);
    });

    /** [what Graph says, state, when again] */
    const troubles: [string, unknown, string, number?][] = [
      ['429', failure(429, 'throttled', 3 * MINUTE), 'planned', 3 * MINUTE],
      ['503', failure(503, 'unavailable'), 'planned', MINUTE],
      ['401', failure(401, 'unauthorized'), 'planned', 5_000],
      ['403', failure(403, 'forbidden'), 'failed'],
      ['404', failure(404, 'notFound'), 'failed'],
      ['400', failure(400, 'rejected'), 'failed'],
      ['to sign in again', new CalendarWatchError('RECONNECT_NEEDED', 'x'), 'planned', 15 * MINUTE],
    ];
    for (const [what, error, state, again] of troubles)
      it(`when Graph says ${what}: ${state}`, async () => {
        const { errandId } = await ground.planRun(deed);
        await ground.run(kind(graph({ findTaskList: () => Promise.reject(error) })));
        assert.equal((await ground.row(errandId)).state, state);
        if (again !== undefined) assert.equal(await nextIn(errandId), again);
      });
  });

  describe('in an entry', () => {
    const JOIN = 'https://teams.microsoft.com/l/meetup-join/1';
    const BLOCK = `<div>________________________________</div><div><a href="${JOIN}">Join</a></div><div>________________________________</div>`;
    const stage = (more: Partial<GraphEvent> = {}) => {
      const event: GraphEvent = {
        id: EVENT.id,
        type: 'singleInstance',
        subject: 'Planning',
        start: { dateTime: '2026-12-01T10:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-12-01T10:30:00', timeZone: 'UTC' },
        isOrganizer: true,
        body: { contentType: 'html', content: `<html><body><p>Budget</p>${BLOCK}</body></html>` },
        onlineMeeting: { joinUrl: JOIN },
        categories: ['Red'],
        changeKey: 'k1',
        '@odata.etag': 'W/"k1"',
        ...more,
      };
      const writes: object[] = [];
      const write = (change: Partial<GraphEvent>, etag: string) => {
        if (etag !== event['@odata.etag']) throw failure(412, 'changed');
        writes.push(change);
        const changeKey = `k${writes.length + 1}`;
        Object.assign(event, change, { changeKey, '@odata.etag': `W/"${changeKey}"` });
        return { ...event };
      };
      const port = {
        readEvent: async () => ({ ...event }),
        writeBody: async (_access: unknown, _id: string, content: string, etag: string) =>
          write({ body: { contentType: 'html', content } }, etag),
        writeCategories: async (_access: unknown, _id: string, categories: readonly string[], etag: string) =>
          write({ categories: [...categories] }, etag),
      };
      const kind = createEntry({ database: ground.db.database, clock: ground.clock, graph: port });
      return { event, writes, port, kind };
    };
    const append = { deed: 'appendText', text: 'Dial-in: 123 <b>&' } as const;
    const categorise = { deed: 'addCategory', category: 'Customer' } as const;

    it('a line is added above, the join block stays, and the write is known as ours', async () => {
      const { event, kind } = stage();
      const { errandId } = await ground.planRun(append);
      await ground.run(kind);
      assert.deepEqual(await endOf(errandId), ['done', null]);
      assert.equal(
        event.body?.content,
        `<html><body><div><p>Dial-in: 123 &lt;b&gt;&amp;</p></div><p>Budget</p>${BLOCK}</body></html>`,
      );
      const own = await ground.inTenant((sql) => ownWritesOf(sql, ground.tenantId, ground.personId, NOW - DAY));
      assert.deepEqual([...own], ['k2']);
    });

    for (const [what, deed] of [
      ['a line', append],
      ['a category', categorise],
    ] as const)
      it(`${what} that is there already is not added again`, async () => {
        const { kind, writes, port } = stage();
        let isLost = true;
        const lossy = createEntry({
          database: ground.db.database,
          clock: ground.clock,
          graph: {
            ...port,
            writeBody: async (...given) => {
              await port.writeBody(...given);
              if (isLost) throw failure(504, 'unavailable');
              throw new Error('once more');
            },
            writeCategories: async (...given) => {
              await port.writeCategories(...given);
              if (isLost) throw failure(504, 'unavailable');
              throw new Error('once more');
            },
          },
        });
        const { errandId } = await ground.planRun(deed);
        await ground.run(lossy);
        isLost = false;
        assert.equal((await ground.row(errandId)).ambiguous, 1);
        ground.clock.advance(MINUTE);
        await ground.run(lossy);
        assert.equal((await ground.row(errandId)).state, 'done');
        await ground.planRun(deed);
        await ground.run(kind);
        assert.equal(writes.length, 1);
      });

    it('somebody else’s change in between is not written over', async () => {
      const { event, port, writes } = stage();
      let reads = 0;
      const kind = createEntry({
        database: ground.db.database,
        clock: ground.clock,
        graph: {
          ...port,
          readEvent: async () => {
            const read = await port.readEvent();
            reads += 1;
            if (reads === 1) {
              event.body = { contentType: 'html', content: withAgenda(event.body?.content ?? '', 'html', 'Theirs') };
              event['@odata.etag'] = 'W/"theirs"';
            }
            return read;
          },
        },
      });
      await ground.planRun(append);
      await ground.run(kind);
      assert.equal(writes.length, 1);
      assert.match(event.body?.content ?? '', /Dial-in[\s\S]*Theirs[\s\S]*Budget[\s\S]*meetup-join/);
    });

    /** [what, the entry, the deed, why not] */
    const refusals: [string, Partial<GraphEvent>, typeof append | typeof categorise, RegExp][] = [
      ['a line in what somebody else organises', { isOrganizer: false }, append, /only the organiser/],
      ['anything in what is cancelled', { isCancelled: true }, categorise, /cancelled/],
      ['one category too many', { categories: Array.from({ length: 25 }, (_, i) => `c${i}`) }, categorise, /too many/],
      ['the join link alone', {}, { deed: 'appendText', text: '{link}' } as never, /join block/],
    ];
    for (const [what, more, deed, why] of refusals)
      it(`${what} is not written`, async () => {
        const { kind, writes } = stage(more);
        const { errandId } = await ground.planRun(deed, { facts: { joinUrl: JOIN } });
        await ground.run(kind);
        const [state, reason] = await endOf(errandId);
        assert.equal(state, 'failed');
        assert.match(reason ?? '', why);
        assert.equal(writes.length, 0);
      });

    it('a category goes on what somebody else organises too, beside those that are there', async () => {
      const { event, kind } = stage({ isOrganizer: false });
      await ground.planRun(categorise);
      await ground.run(kind);
      assert.deepEqual(event.categories, ['Red', 'Customer']);
    });
  });

  describe('a mail', () => {
    interface Stage {
      own: Mail[];
      byWay: { to: string; words: Words }[];
      kind: ReturnType<typeof createMail>;
    }
    const stage = (
      more: { consent?: boolean; way?: boolean; final?: Final; ownError?: unknown; canMailAnyone?: boolean } = {},
    ): Stage => {
      const own: Mail[] = [];
      const byWay: Stage['byWay'] = [];
      const way: OtherWay = {
        name: 'email',
        provider: 'test',
        send: async ({ address }, words) => {
          byWay.push({ to: address, words });
          return more.final ?? { kind: 'sent', activityId: '' };
        },
      };
      const kind = createMail({
        database: ground.db.database,
        graph: {
          sendMail: async (_access, mail) => {
            if (more.consent === false) throw new ConsentNeeded(['Mail.Send'], undefined);
            own.push(mail);
            if (more.ownError) throw more.ownError;
          },
        },
        ...(more.way === false ? {} : { way }),
        canMailAnyone: more.canMailAnyone ?? true,
      });
      return { own, byWay, kind };
    };
    const toGuests = { deed: 'attendees', text: 'See you at {start}' } as const;
    const toMe = { deed: 'mail', to: 'me', text: 'Hello' } as const;
    const toThem = { deed: 'mail', to: 'crm@other.example', text: 'Hello' } as const;
    const event = meeting({ ...EVENT, attendees: [attendee('Bob Guest'), attendee('Cleo Guest')] });

    it('to those who take part goes as the person, once, and says that a rule sent it', async () => {
      const { own, byWay, kind } = stage();
      await ground.planRun(toGuests, { event });
      await ground.run(kind);
      assert.deepEqual([own.length, byWay.length], [1, 0]);
      assert.deepEqual(
        own[0]?.to.map((one) => one.address),
        ['bob.guest@test.example', 'cleo.guest@test.example'],
      );
      assert.equal(own[0]?.subject, 'Planning');
      assert.match(own[0]?.html ?? '', /See you at[\s\S]*a rule of mine in Calendar Watch/);
    });

    it('without the permission goes to each by the installation’s way, an errand each, and says for whom', async () => {
      const { byWay, kind } = stage({ consent: false });
      const { errandId } = await ground.planRun(toGuests, { event });
      await ground.run(kind);
      assert.deepEqual([byWay.length, (await ground.row(errandId)).outcome], [0, { each: 2 }]);
      await ground.run(kind);
      ground.clock.advance(HOUR);
      await ground.run(kind);
      assert.deepEqual(byWay.map((one) => one.to).sort(), ['bob.guest@test.example', 'cleo.guest@test.example']);
      assert.match(
        byWay[0]?.words.text ?? '',
        /Sent by Calendar Watch for ada@test\.example, because of their rule “My rule”/,
      );
      assert.deepEqual(await ground.nudges(), []);
    });

    it('without permission and way fails, and says what is missing', async () => {
      const { kind } = stage({ consent: false, way: false });
      const { errandId } = await ground.planRun(toThem);
      await ground.run(kind);
      assert.deepEqual(await endOf(errandId), ['failed', 'permission']);
      assert.deepEqual(
        (await ground.nudges()).map((one) => one.facts.scope),
        ['Mail.Send'],
      );
    });

    it('does not go by a way that an admin forbade, or that writes as people alone', async () => {
      const forbidden = { ...NO_POLICY, forbiddenWays: ['email'] };
      for (const isForbidden of [true, false]) {
        if (isForbidden) await ground.db.peek('update cw.tenant set policy = $1', [JSON.stringify(forbidden)]);
        else await ground.db.peek(`update cw.tenant set policy = '{}'`);
        const { byWay, kind } = stage({ consent: false, canMailAnyone: isForbidden });
        const { errandId } = await ground.planRun(toThem);
        await ground.run(kind);
        assert.deepEqual([byWay.length, (await ground.row(errandId)).reason], [0, 'permission']);
      }
    });

    /** [what, the deed, the meeting, to whom it goes without Mail.Send] */
    const byOperator: [
      string,
      typeof toGuests | typeof toMe | typeof toThem,
      CalendarEvent,
      string[] | 'permission',
      RuleScope?,
    ][] = [
      ['oneself', toMe, event, ['ada@test.example']],
      [
        'a guest of one’s own meeting',
        { ...toThem, to: 'bob.guest@test.example' } as never,
        event,
        ['bob.guest@test.example'],
      ],
      ['a stranger', toThem, event, 'permission'],
      [
        'a guest of somebody else’s meeting',
        { ...toThem, to: 'bob.guest@test.example' } as never,
        { ...event, isOrganizer: false },
        'permission',
      ],
      ['the guests of somebody else’s meeting', toGuests, { ...event, isOrganizer: false }, 'permission'],
      ['a stranger for an admin’s rule', toThem, event, 'permission', 'rooms'],
      ['a guest of a room’s', { ...toThem, to: 'bob.guest@test.example' } as never, event, 'permission', 'rooms'],
      ['an admin by their rule for rooms', toMe, event, ['ada@test.example'], 'rooms'],
    ];
    for (const [whom, deed, about, expected, scope = 'mine'] of byOperator)
      it(`by the operator’s mailbox ${expected === 'permission' ? 'never goes' : 'goes'} to ${whom}`, async () => {
        const { byWay, kind } = stage({ consent: false });
        await ground.db.peek('update cw.person set is_admin = true');
        const { errandId } = await ground.planRun(deed, { event: about, scope });
        await ground.run(kind);
        const row = await ground.row(errandId);
        assert.deepEqual(
          expected === 'permission' ? [byWay.length, row.reason] : [byWay.map((one) => one.to), row.state],
          expected === 'permission' ? [0, 'permission'] : [expected, 'done'],
        );
      });

    it('of an admin’s rule to somebody’s own address is not sent as them, where there is a way', async () => {
      const { own, byWay, kind } = stage();
      await ground.db.peek('update cw.person set is_admin = true');
      await ground.planRun(toMe, { scope: 'everyone' });
      await ground.run(kind);
      assert.deepEqual([own.length, byWay.map((one) => one.to)], [0, ['ada@test.example']]);
      assert.match(byWay[0]?.words.text ?? '', /You get this because of the rule “My rule”/);
    });

    /** [what, the deed, sent how often when the first attempt is in doubt] */
    const doubts: [string, typeof toGuests | typeof toMe | typeof toThem, number][] = [
      ['to guests is not sent twice', toGuests, 1],
      ['to a stranger is not sent twice', toThem, 1],
      ['to oneself is sent again', toMe, 2],
    ];
    for (const [what, deed, times] of doubts)
      it(`in doubt: ${what}`, async () => {
        const { own, kind } = stage({ ownError: failure(504, 'unavailable') });
        const { errandId } = await ground.planRun(deed, { event });
        await ground.run(kind);
        ground.clock.advance(MINUTE);
        await ground.run(kind);
        assert.equal(own.length, times);
        assert.equal((await ground.row(errandId)).state, times === 1 ? 'unknown' : 'planned');
      });

    it('of a room goes by the installation’s way, or not at all', async () => {
      const payload = { to: 'ann@test.example', subject: 'Are you using Room 4?', text: 'Press here.' };
      const { byWay, kind } = stage();
      await ground.plan({ errandId: 'room', kind: 'mail', payload, personId: null });
      await ground.run(kind);
      assert.deepEqual([byWay[0]?.to, byWay[0]?.words.subject], ['ann@test.example', 'Are you using Room 4?']);
      assert.match(byWay[0]?.words.text ?? '', /^Press here\.\n\nSent by Calendar Watch/);
      for (const [errandId, more] of [
        ['no way', { way: false }],
        ['no way to others', { canMailAnyone: false }],
      ] as const) {
        await ground.plan({ errandId, kind: 'mail', payload, personId: null });
        await ground.run(stage(more).kind);
        assert.deepEqual(await endOf(errandId), ['failed', 'no way to send mails is set up']);
      }
      const forbidden = { ...NO_POLICY, forbiddenWays: ['email'] };
      await ground.db.peek('update cw.tenant set policy = $1', [JSON.stringify(forbidden)]);
      await ground.plan({ errandId: 'forbidden', kind: 'mail', payload, personId: null });
      await ground.run(kind);
      assert.deepEqual([byWay.length, ...(await endOf('forbidden'))], [1, 'failed', 'no way to send mails is set up']);
    });

    /** [what the way says, state, when again] */
    const finals: [Final, string, number?][] = [
      [{ kind: 'retry', reason: 'busy', afterMs: 5 * MINUTE, ambiguous: false }, 'planned', 5 * MINUTE],
      [{ kind: 'retry', reason: 'no answer', ambiguous: true }, 'planned', MINUTE],
      [{ kind: 'stop', reason: 'address', dropConversation: false }, 'failed'],
    ];
    for (const [final, state, again] of finals)
      it(`that the way answers with ${final.kind}${again ? ` after ${again}` : ''} is ${state}`, async () => {
        const payload = { to: 'ann@test.example', subject: 's', text: 't' };
        await ground.plan({ errandId: 'room', kind: 'mail', payload, personId: null });
        await ground.run(stage({ final }).kind);
        assert.equal((await ground.row('room')).state, state);
        if (again !== undefined) assert.equal(await nextIn('room'), again);
      });

    it('with an odd address is not sent', async () => {
      for (const [index, to] of ['', 'no address', 'a@b c', 'x\r\nbcc: y@z.example', '@x.example'].entries()) {
        const { byWay, kind } = stage();
        const errandId = `odd ${index}`;
        await ground.plan({ errandId, kind: 'mail', payload: { to, subject: 's', text: 't' }, personId: null });
        await ground.run(kind);
        assert.deepEqual([byWay.length, (await ground.row(errandId)).state], [0, 'failed'], to);
      }
    });
  });
});
