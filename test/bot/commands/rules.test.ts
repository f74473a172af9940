import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { RULE_ACTIONS } from '../../../src/bot/actions/rules.ts';
import { ruleRunsCard, rulesCard } from '../../../src/bot/cards/rule-list.ts';
import { hear } from '../../../src/bot/commands/commands.ts';
import { adminRules, rules } from '../../../src/bot/commands/rules.ts';
import { when } from '../../../src/bot/commands/when.ts';
import {
  CONDITION_CHOICES,
  DEED_CHOICES,
  EACH_CHOICES,
  FORM_FIELDS,
  type FormInput,
  lineOfForm,
  WHEN_CHOICES,
  WHICH_CHOICES,
} from '../../../src/bot/rule-form.ts';
import { createFollowers } from '../../../src/followers.ts';
import { ConsentNeeded } from '../../../src/identity/scopes.ts';
import { createLog } from '../../../src/log.ts';
import { parseRule } from '../../../src/rules/parse.ts';
import { saveChannel } from '../../../src/store/channels.ts';
import { writeEvents } from '../../../src/store/events.ts';
import type { DoneRun } from '../../../src/store/rule-runs.ts';
import { rule } from '../../rules/specs.ts';
import { empty, seedMailbox, seedTenant } from '../../store/seed.ts';
import { MINUTE, meeting, NOW } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';

const FOLLOW_UP = 'a meeting ends, remind me in 10 min to write the follow-up';

describe('rules in chat', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  let isAdmin: boolean;
  let mayMail: boolean;
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
    mayMail = false;
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
      tokens: {
        get: async () => {
          if (!mayMail) throw new ConsentNeeded(['Mail.Send'], undefined);
        },
      },
      signIn: { begin: async () => 'https://x.example/sign-in' },
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

  it('keeps no rule that mails others without permission, says what to do, and keeps it then', async () => {
    const { verb, data } = dataOf(await say(when, 'a meeting ends, mail the attendees "Thanks"'), 'Save');
    const asked = await press(verb, data);
    assert.equal(asked.isInPlace, false);
    assert.match(asked.fallbackText, /Not saved yet.*Mail\.Send.*x\.example\/sign-in.*that I organise/);
    assert.deepEqual(await db.peek('select 1 from cw.rule'), []);
    await save('a meeting that I organise ends, mail the attendees "Thanks", and mail me "Done"');
    mayMail = true;
    await press(verb, data);
    isAdmin = true;
    mayMail = false;
    const forRooms = await say(adminRules, 'for rooms when an entry is created, mail desk@x.example "New"');
    const kept = dataOf(forRooms, 'Save');
    assert.match((await press(kept.verb, kept.data)).fallbackText, /Not saved yet.*Without it I mail you alone/);
    assert.deepEqual(await db.peek('select count(*)::int as count from cw.rule'), [{ count: 2 }]);
  });

  it('says of a run that it was refused, and of a channel that it is gone', () => {
    const post = { deed: 'post' as const, conversationId: '19:gone', text: 'x' };
    const one = rule({ spec: { do: [{ deed: 'mail', to: 'bob@x.example', text: 'x' }, post] } });
    const run: DoneRun = {
      ...{ errandId: 'run.x.0', kind: 'mail', personId: 'ada', mailboxId: 'ada', payload: { facts: { subject: 'S' } } },
      ...{ state: 'failed', reason: 'permission', dueAt: NOW, endedAt: NOW },
    };
    const runs = ruleRunsCard({ rule: one, runs: [run], canReplay: () => false }, { timeZone: 'UTC', locale: 'en-GB' });
    assert.match(JSON.stringify(runs.card), /mail: ⛔ refused \(it needs your permission\)/);
    const known = { channels: [], webhooks: [] };
    const list = JSON.stringify(rulesCard({ rules: [one], known, isForAll: false, page: 0 }).card);
    assert.match(list, /post in a channel that is gone/);
    assert.doesNotMatch(list, /19:gone/);
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

  const chosen = (more: Partial<FormInput> = {}): FormInput => ({
    ...(Object.fromEntries(FORM_FIELDS.map((field) => [field, ''])) as FormInput),
    ...{ ruleWhen: 'after', ruleLead: '15 min', ruleWhich: 'any', ruleDeed: 'message', ruleText: 'One' },
    ...more,
  });
  const read = (input: Partial<FormInput>) => {
    const line = lineOfForm(chosen(input));
    const parsed = parseRule(line, {
      channels: [{ id: '19:sales', name: 'Sales "EMEA"' }],
      webhooks: [{ id: 'hook', name: 'hooks.example' }],
    });
    assert.ok(parsed.kind === 'rule', `${line}: ${parsed.kind === 'notUnderstood' ? parsed.say : ''}`);
    return parsed.spec;
  };

  it('understands all that can be chosen step by step', async () => {
    const where = { ruleChannel: '19:sales', ruleWebhook: 'hook', ruleTo: 'Ann@customer.com' };
    for (const { value: ruleWhen } of WHEN_CHOICES)
      for (const { value: ruleWhich } of WHICH_CHOICES)
        for (const { value: ruleDeed } of DEED_CHOICES)
          for (const { value: ruleEach } of EACH_CHOICES) read({ ...where, ruleWhen, ruleWhich, ruleDeed, ruleEach });
    for (const [field, choices] of Object.entries(CONDITION_CHOICES))
      for (const { value } of choices) read({ [field]: value });
    const form = await say(rules, 'new');
    const { verb, data } = dataOf(form, 'Check');
    const moved = { ...data, ruleWhen: 'moved', ruleBy: 'me', ruleDeed: 'message' };
    assert.match((await press(verb, moved)).fallbackText, /when a meeting that I organise moves, message me "Moved/);
  });

  /** [what is chosen, what comes of it] */
  const CHOSEN: [Partial<FormInput>, object][] = [
    [
      {
        ...{
          ruleSubject: 'The "deck"',
          ruleLacks: 'sync',
          ruleWith: 'customer.com',
          ruleOrganiser: 'Bob@Customer.com',
        },
        ...{ ruleExternal: 'with', ruleAgenda: 'without', ruleAnswer: 'open', ruleLeast: '3', ruleMost: '9' },
        ...{
          ruleCategory: 'Blue',
          ruleRoom: 'Room 4',
          ruleCalendar: 'Projects',
          ruleWhich: 'timed',
          ruleEach: 'series',
        },
      },
      {
        ...{ what: 'entry', each: 'series' },
        which: {
          ...{
            subjectHas: 'The "deck"',
            subjectLacks: 'sync',
            attendee: 'customer.com',
            organiser: 'bob@customer.com',
          },
          ...{ external: true, agenda: false, response: 'notResponded', sizeMin: 3, sizeMax: 9, allDay: false },
          ...{ category: 'Blue', room: 'Room 4', calendar: 'Projects' },
        },
      },
    ],
    [{ ruleLead: '20' }, { when: { trigger: 'after', minutes: 20 } }],
    [{ ruleLead: '', ruleWhen: 'before' }, { when: { trigger: 'before', minutes: 0 } }],
    [
      { ruleDeed: 'post', ruleChannel: '19:sales', ruleText: 'Over\n"now"' },
      { do: [{ deed: 'post', conversationId: '19:sales', text: 'Over\n"now"' }] },
    ],
    [{ ruleDeed: 'webhook', ruleWebhook: 'hook' }, { do: [{ deed: 'webhook', webhookId: 'hook' }] }],
    [
      { ruleDeed: 'mailTo', ruleTo: ' Ann@customer.com' },
      { do: [{ deed: 'mail', to: 'ann@customer.com', text: 'One' }] },
    ],
    [{ ruleDeed: 'task', ruleDue: '2 hours' }, { do: [{ deed: 'task', title: 'One', dueInMinutes: 120 }] }],
  ];
  for (const [input, expected] of CHOSEN)
    it(`makes of ${JSON.stringify(input).slice(0, 80)} what was meant`, () => {
      const spec = read(input) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(spec[name], value, name);
    });

  it('offers the channels where they are too, and says when one went away', async () => {
    let answer = 'member';
    const place = { tenantId, conversationId: '19:sales', kind: 'channel' as const, name: 'Sales', teamName: 'All' };
    await db.database.inTenant(tenantId, (sql) =>
      saveChannel(sql, tenantId, { ...place, teamId: 'team', addedBy: undefined, reference: {} } as never, NOW),
    );
    const inTeams = { ...(services() as object), channel: { membership: async () => answer } } as never;
    const form = await rules.run(inTeams, turn(), 'new');
    assert.ok(form);
    assert.match(JSON.stringify(form.card), /"id":"ruleChannel".*"value":"19:sales"/);
    assert.doesNotMatch(JSON.stringify(form.card), /"value":"webhook"/);
    const choose = RULE_ACTIONS.find((one) => one.verb === 'rule.choose');
    const data = { ...chosen({ ruleDeed: 'post', ruleChannel: '19:sales' }), scope: 'mine' };
    const shown = await choose?.run(inTeams, turn(), data);
    assert.match(JSON.stringify(shown), /post in \\"Sales\\" \\"One\\"/);
    answer = 'gone';
    now += 60 * MINUTE;
    const gone = await choose?.run(inTeams, turn(), data);
    assert.match(JSON.stringify(gone), /That channel is gone/);
    assert.doesNotMatch(JSON.stringify((await rules.run(inTeams, turn(), 'new'))?.card), /ruleChannel/);
  });
});
