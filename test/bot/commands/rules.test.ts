import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { RULE_ACTIONS } from '../../../src/bot/actions/rules.ts';
import { hear } from '../../../src/bot/commands/commands.ts';
import { adminRules, rules } from '../../../src/bot/commands/rules.ts';
import { when } from '../../../src/bot/commands/when.ts';
import { DEED_CHOICES, lineOfForm, WHEN_CHOICES, WHICH_CHOICES } from '../../../src/bot/rule-form.ts';
import { createFollowers } from '../../../src/followers.ts';
import { createLog } from '../../../src/log.ts';
import { parseRule } from '../../../src/rules/parse.ts';
import { writeEvents } from '../../../src/store/events.ts';
import { empty, seedMailbox, seedTenant } from '../../store/seed.ts';
import { MINUTE, meeting, NOW } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

const FOLLOW_UP = 'a meeting ends, remind me in 10 min to write the follow-up';

describe('rules in chat', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let isAdmin: boolean;
  let now: number;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId);
    isAdmin = false;
    now = NOW;
  });

  const clock = { now: () => now, after: () => () => undefined };
  const followers = createFollowers({
    clock,
    log: createLog('silent'),
    publicUrl: 'https://x.example',
    newId: randomUUID,
    newSecret: randomUUID,
  });
  const services = () =>
    ({
      database: db.database,
      clock,
      log: createLog('silent'),
      newId: randomUUID,
      followers,
      travel: { name: 'none', estimate: async () => undefined },
      admins: { prove: async () => isAdmin },
      poke: () => undefined,
    }) as never;
  const turn = () => ({ tenantId, personId, conversationId: 'chat', locale: 'en-GB', timeZone: 'UTC' });
  const say = async (command: typeof when, rest: string) => {
    const answer = await command.run(services(), turn(), rest);
    assert.ok(answer);
    return answer;
  };
  const press = async (verb: string, data: Record<string, unknown>, by = turn()) => {
    const action = RULE_ACTIONS.find((one) => one.verb === verb);
    assert.ok(action, verb);
    const reaction = await action.run(services(), by, data);
    const shown = 'card' in reaction ? reaction.card : reaction.reply;
    assert.ok(shown);
    return { ...shown, isInPlace: 'card' in reaction };
  };
  const dataOf = (shown: { card: Record<string, unknown> }, label: string) => {
    const found = JSON.stringify(shown.card).match(
      new RegExp(`"title":"${label}","verb":"([^"]+)","data":(\\{[^}]*\\})`),
    );
    assert.ok(found, `no button ${label}`);
    return { verb: found[1] ?? '', data: JSON.parse(found[2] ?? '{}') as Record<string, unknown> };
  };
  const states = async () =>
    (await db.peek<{ state: string }>('select state from cw.errand order by errand_id')).map((row) => row.state);
  const save = async (line = FOLLOW_UP) => {
    const { verb, data } = dataOf(await say(when, line), 'Save');
    return press(verb, data);
  };

  it('hears a rule by its beginning', () => {
    const cases: [typed: string, name: string][] = [
      ['when a meeting ends, tell me', 'when'],
      ['Whenever “Board” moves, tell me', 'when'],
      ['30 minutes before meetings with a.example tell me to open it', 'when'],
      ['an hour after meetings, tell me', 'when'],
      ['rules', 'rules'],
      ['rules templates', 'rules'],
      ['admin rules for rooms when an entry is created, tell me', 'admin rules'],
    ];
    for (const [typed, name] of cases) assert.equal(hear(typed)?.command.name, name, typed);
    assert.notEqual(hear('a meeting after lunch')?.command.name, 'when');
  });

  it('says a rule back, keeps it when asked to, and plans at once', async () => {
    await db.database.inTenant(tenantId, (sql) =>
      writeEvents(sql, tenantId, personId, [meeting(), meeting({ id: 'past', startAt: NOW - 60 * MINUTE })], []),
    );
    const draft = await say(when, FOLLOW_UP);
    assert.match(draft.fallbackText, /10 minutes after a meeting ends, message me "Write the follow-up".*run 1 time/);
    assert.deepEqual(await db.peek('select 1 from cw.rule'), []);
    const { verb, data } = dataOf(draft, 'Save');
    assert.match((await press(verb, data)).fallbackText, /^Saved.*\nYour rules: 1 rule/);
    assert.deepEqual(await states(), ['planned']);
  });

  it('says what it does not understand, and lets it be changed', async () => {
    assert.match((await say(when, 'a dog barks')).fallbackText, /“dog barks”/);
    const { verb, data } = dataOf(await say(when, FOLLOW_UP), 'Change');
    const form = await press(verb, data);
    const check = dataOf(form, 'Check');
    const wrong = await press(check.verb, { ...check.data, ruleLine: 'when a meeting explodes, tell me' });
    assert.deepEqual([wrong.isInPlace, /explodes/.test(wrong.fallbackText)], [false, true]);
    const right = await press(check.verb, { ...check.data, ruleLine: '1 hour before meetings, tell me' });
    assert.deepEqual([right.isInPlace, /1 hour before a meeting/.test(right.fallbackText)], [true, true]);
  });

  it('pauses, resumes and deletes, with what was planned', async () => {
    await db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, [meeting()], []));
    const list = await save();
    const pause = dataOf(list, 'Pause');
    const paused = await press(pause.verb, pause.data);
    assert.deepEqual(await states(), ['withdrawn']);
    const resume = dataOf(paused, 'Resume');
    const resumed = await press(resume.verb, resume.data);
    assert.deepEqual(await states(), ['planned']);
    assert.match((await press('rule.test', resume.data)).fallbackText, /not have run/);
    assert.match((await press('rule.runs', resume.data)).fallbackText, /not run yet/);
    const remove = dataOf(resumed, 'Delete');
    assert.match((await press(remove.verb, remove.data)).fallbackText, /^Deleted/);
    assert.deepEqual(await states(), ['withdrawn']);
    await assert.rejects(press(remove.verb, remove.data), /gone/);
  });

  it('shows and changes nobody else’s', async () => {
    const { data } = dataOf(await save(), 'Pause');
    const other = { ...turn(), personId: await seedMailbox(db, tenantId) };
    for (const verb of ['rule.pause', 'rule.resume', 'rule.delete', 'rule.test', 'rule.runs'])
      await assert.rejects(press(verb, data, other), /gone/, verb);
    const theirs = await rules.run(services(), other, '');
    assert.match(theirs?.fallbackText ?? '', /no rules yet/);
  });

  it('lets admins alone make rules for others, and keeps that they did', async () => {
    const line = 'for everyone 30 minutes before meetings, message me "Ready?"';
    await assert.rejects(say(adminRules, line), /no admin/);
    const draft = { line: '30 minutes before a meeting, message me "Ready?"', scope: 'everyone' };
    await assert.rejects(press('rule.save', draft), /no admin/);
    isAdmin = true;
    const { verb, data } = dataOf(await say(adminRules, line), 'Save');
    const list = await press(verb, data);
    assert.match(list.fallbackText, /Rules for everybody and for rooms: 1 rule/);
    const { data: named } = dataOf(list, 'Pause');
    isAdmin = false;
    await assert.rejects(press('rule.pause', named), /no admin/);
    isAdmin = true;
    await press('rule.pause', named);
    const acts = await db.peek<{ did: string }>(`select detail ->> 'did' as did from cw.audit order by at, did`);
    assert.deepEqual(
      acts.map((act) => act.did),
      ['made', 'paused'],
    );
    assert.match(
      (await say(adminRules, 'for everyone when a meeting is created, mail a@x.example "x"')).fallbackText,
      /own calendar alone/,
    );
  });

  it('has ready-made ones', async () => {
    const shown = await say(rules, 'templates');
    assert.match(shown.fallbackText, /Agenda check/);
    assert.match((await press('rule.template', { id: 'agenda', scope: 'mine' })).fallbackText, /2 days before/);
    await assert.rejects(press('rule.template', { id: 'roomCancelled', scope: 'mine' }), /gone/);
    assert.match((await press('rule.template', { id: 'roomLost', scope: 'mine' })).fallbackText, /no channel yet/);
  });

  it('understands all that can be chosen step by step', async () => {
    const bare = {
      ...{ ruleLead: '15 min', ruleWith: 'customer.com', ruleSubject: 'The "deck"', ruleText: 'One\ntwo "x"' },
      ...{ ruleEach: '', ruleOrganiser: '', ruleCategory: '', ruleRoom: '', ruleCalendar: '', ruleWhere: '' },
    };
    const known = {
      channels: [{ id: '19:sales', name: 'Sales "EMEA"' }],
      webhooks: [{ id: 'hook', name: 'hooks.example' }],
    };
    const fill = (value: string) => (value === 'post' ? 'Sales "EMEA"' : value === 'webhook' ? 'hooks.example' : '');
    const read = (input: Partial<typeof bare> & { ruleWhen: string; ruleWhich: string; ruleDeed: string }) => {
      const line = lineOfForm({ ...bare, ruleWhere: fill(input.ruleDeed), ...input });
      const parsed = parseRule(line, known);
      assert.ok(parsed.kind === 'rule', `${line}: ${parsed.kind === 'notUnderstood' ? parsed.say : ''}`);
      return parsed.spec;
    };
    for (const { value: ruleWhen } of WHEN_CHOICES)
      for (const { value: ruleWhich } of WHICH_CHOICES)
        for (const { value: ruleDeed } of DEED_CHOICES) {
          const text = ruleDeed === 'category' || ruleDeed === 'task' ? 'One' : bare.ruleText;
          read({ ruleWhen, ruleWhich, ruleDeed, ruleText: text });
        }
    const whole = read({
      ...{ ruleWhen: 'moved', ruleEach: 'series', ruleWhich: 'agenda', ruleOrganiser: 'Bob@Customer.com' },
      ...{ ruleCategory: 'Blue', ruleRoom: 'Room 4', ruleCalendar: 'Projects', ruleDeed: 'post', ruleText: 'Moved' },
    });
    assert.equal(whole.each, 'series');
    assert.deepEqual(whole.which, {
      ...{ subjectHas: 'The "deck"', attendee: 'customer.com', agenda: true, category: 'Blue', room: 'Room 4' },
      ...{ calendar: 'Projects', organiser: 'bob@customer.com' },
    });
    assert.deepEqual(whole.do, [{ deed: 'post', conversationId: '19:sales', text: 'Moved' }]);
    const form = await say(rules, 'new');
    const { verb, data } = dataOf(form, 'Check');
    const chosen = { ...data, ruleWhen: 'moved', ruleWhich: 'mine', ruleDeed: 'message' };
    assert.match((await press(verb, chosen)).fallbackText, /when a meeting that I organise moves, message me "Moved/);
  });
});
