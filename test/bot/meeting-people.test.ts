import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { reach } from '../../src/bot/meeting-people.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { findPerson } from '../../src/store/people.ts';
import { NOW } from '../store/seed.ts';
import { attendee, DAY, HOUR, MINUTE, meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { Stage } from './actions/stage.ts';

const START = NOW + 5 * HOUR;
const ANN = { name: 'Ann', address: 'ann@test.example' };
const BOB = attendee('Bob Guest', { address: 'bob@test.example' });
const SAID = { name: BOB.name, address: BOB.address };
const asOrganised = (more: Partial<CalendarEvent> = {}) =>
  meeting({
    id: 'anns',
    uid: 'uid-1',
    startAt: START,
    isOrganizer: true,
    response: 'organizer',
    organizer: ANN,
    attendees: [BOB],
    ...more,
  });
const asInvited = (more: Partial<CalendarEvent> = {}) =>
  asOrganised({ id: 'bobs', isOrganizer: false, response: 'accepted', ...more });

describe('a colleague’s word', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let ann: string;
  let bob: string;

  before(async () => {
    db = await openTestDatabase();
    stage = new Stage(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await stage.begin();
    ann = await stage.person('ann');
    bob = await stage.person('bob');
    await db.peek(
      `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
       values ($1, 'chat', 'personal', '{}', now())`,
      [stage.tenantId],
    );
    await db.peek(`update cw.person set conversation_id = 'chat' where tenant_id = $1`, [stage.tenantId]);
  });
  const setting = (who: string, settings: object) =>
    db.peek('update cw.person set settings = $2 where person_id = $1', [who, JSON.stringify(settings)]);
  const policy = (value: object) => db.peek('update cw.tenant set policy = $1', [JSON.stringify(value)]);
  /** [subject, minutes from now], or undefined where it has to go another way. */
  const told = async (event = asOrganised(), isUrgent = false) => {
    const { inChat, elsewise } = await stage.inTenant<Awaited<ReturnType<typeof reach>>>(async (sql) => {
      const from = (await findPerson(sql, stage.tenantId, ann)) ?? assert.fail();
      return reach(sql, from, [SAID], { event, until: NOW + DAY, isUrgent }, NOW);
    });
    assert.equal(inChat.length + elsewise.length, 1);
    const [one] = inChat;
    return one && [one.subject, (one.dueAt - NOW) / MINUTE];
  };

  const IN_CHAT = ['Planning', 0];
  const series = { type: 'occurrence', seriesMasterId: 'bobs-series' } as const;
  /** [what the hearer chose, their entry, what they are told] */
  const CASES: [what: string, settings: object, theirs: Partial<CalendarEvent>, result: unknown[] | undefined][] = [
    ['nothing', {}, {}, IN_CHAT],
    ['no word from colleagues', { kinds: { colleagues: false } }, {}, undefined],
    ['to mute the one who speaks', { mutedPeople: [{ id: ANN.address, name: '' }] }, {}, undefined],
    ['to mute somebody else', { mutedPeople: [{ id: 'eve@test.example', name: '' }] }, {}, IN_CHAT],
    ['to mute the meeting', { mutedSeries: [{ id: 'bobs', name: '' }] }, {}, undefined],
    ['to mute its series', { mutedSeries: [{ id: 'bobs-series', name: '' }] }, series, undefined],
    ['to mute another series', { mutedSeries: [{ id: 'anns', name: '' }] }, series, IN_CHAT],
    ['to leave out what is tentative', { tentative: 'skip' }, { response: 'tentative' }, undefined],
    [
      'to hide what is private, which they made it',
      { private: 'discreet' },
      { sensitivity: 'private' },
      ['Private appointment', 0],
    ],
    ['to hide what is private, which it is not', { private: 'discreet' }, {}, IN_CHAT],
    ['to hear nothing of what is private', { private: 'skip' }, { sensitivity: 'private' }, undefined],
    ['a pause', { pausedUntil: NOW + HOUR }, {}, ['Planning', 60]],
  ];
  for (const [what, settings, theirs, result] of CASES)
    it(`respects what they chose: ${what}`, async () => {
      await stage.replica(bob, asInvited(theirs));
      await setting(bob, settings);
      assert.deepEqual(await told(), result);
    });

  it('is kept from chats where the admin forbids it', async () => {
    await stage.replica(bob, asInvited());
    await policy({ forbiddenKinds: ['colleagues'] });
    assert.equal(await told(), undefined);
  });

  it('finds a series by its uid where only one of the two changed the occurrence', async () => {
    const master = asInvited({ id: 'bobs-series', type: 'master', uid: 'uid-series', startAt: START - 7 * DAY });
    await stage.replica(bob, master, asInvited({ ...series, type: 'exception', uid: 'uid-day' }));
    await stage.replica(
      ann,
      asOrganised({ id: 'anns-series', type: 'master', uid: 'uid-series', startAt: START - 7 * DAY }),
    );
    await setting(bob, { mutedSeries: [{ id: 'bobs-series', name: '' }] });
    assert.equal(
      await told(asOrganised({ type: 'occurrence', seriesMasterId: 'anns-series', uid: 'uid-series' })),
      undefined,
    );
  });

  it('hides what the speaker wants hidden', async () => {
    await stage.replica(bob, asInvited());
    await setting(ann, { private: 'discreet' });
    assert.deepEqual(await told(asOrganised({ sensitivity: 'private' })), ['Private appointment', 0]);
  });

  it('that is urgent waits for no silence to end', async () => {
    await setting(bob, { pausedUntil: NOW + HOUR });
    assert.equal(await told(asOrganised(), true), undefined);
  });
});
