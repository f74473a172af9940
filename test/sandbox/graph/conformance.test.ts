import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { BEN, created, eventPath, fixture, guest, type Json, meeting, ROOM, SCOPES, view } from './setup.ts';
import { misfits } from './type-definitions.ts';

/** Graph sends it, Microsoft's types lack it (platform facts, section A). */
const UNTYPED = new Set(['Subscription.notificationContentType does not exist on Subscription']);
/** The types leave resourceData empty. */
const isKnown = (problem: string) => UNTYPED.has(problem) || problem.includes('does not exist on ResourceData');

const fits = (value: Json, type: string) =>
  assert.deepEqual(
    misfits(value, type).filter((problem) => !isKnown(problem)),
    [],
  );

describe('sandbox graph: conformance with Microsoft’s types', () => {
  it('recognises what does not fit', () => {
    const bad = { subject: 1, nonsense: 'x', showAs: 'asleep', id: null };
    assert.equal(misfits(bad, 'Event').length, 4);
    assert.deepEqual(misfits({ subject: 'x', showAs: 'busy', attendees: [{ type: 'required' }] }, 'Event'), []);
  });

  it('events of every type and state', async () => {
    const f = fixture();
    const recurrence = {
      pattern: { type: 'relativeMonthly', interval: 1, daysOfWeek: ['tuesday'], index: 'first' },
      range: { type: 'endDate', startDate: '2026-12-01', endDate: '2027-12-31' },
    };
    const rich = {
      recurrence,
      isOnlineMeeting: true,
      attendees: [guest('ben.carter'), guest('room.oslo', 'resource'), guest('nobody', 'optional')],
      location: { displayName: 'HQ', address: { city: 'Oslo' }, coordinates: { latitude: 59.9, longitude: 10.7 } },
      transactionId: 't',
      categories: ['Blue'],
      body: { contentType: 'text', content: 'x' },
    };
    const master = await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', rich));
    await created(f, meeting('2026-12-02T00:00:00', '2026-12-03T00:00:00', { isAllDay: true }));
    await f.pass(5_000);
    const theirs = await view(f, '2026-12-01', '2027-03-01', { as: BEN });
    const proposedNewTime = {
      start: meeting('2026-12-04T09:00:00', '').start,
      end: meeting('2026-12-04T10:00:00', '').start,
    };
    await f.call('POST', `${eventPath(theirs[0].id)}/decline`, { as: BEN, body: { proposedNewTime } });
    await f.call('POST', `${eventPath(theirs[1].id)}/tentativelyAccept`, { as: BEN, body: {} });
    const all = [
      ...(await view(f, '2026-12-01', '2027-03-01')),
      ...(await view(f, '2026-12-01', '2027-03-01', { as: BEN })),
      ...(await view(f, '2026-12-01', '2027-03-01', { as: ROOM })),
      (await f.call('GET', eventPath(master.id))).json,
      (await f.call('GET', `${eventPath(master.id)}?$select=cancelledOccurrences`)).json,
    ];
    const delta = await f.call('GET', '/me/calendarView/delta?startDateTime=2026-12-01&endDateTime=2027-03-01');
    all.push(...delta.json.value);
    assert.deepEqual(new Set(all.map((one) => one.type).filter(Boolean)).size, 4);
    for (const one of all) fits(one, 'Event');
  });

  it('subscription, notification, lifecycle notification', async () => {
    const f = fixture();
    const body = {
      changeType: 'created',
      resource: 'me/events',
      notificationUrl: 'https://bot.example/n',
      lifecycleNotificationUrl: 'https://bot.example/l',
      expirationDateTime: '2026-11-24T08:00:00Z',
    };
    const { json } = await f.call('POST', '/subscriptions', { body });
    fits(json, 'Subscription');
    await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00'));
    f.graph.control.sendLifecycle(json.id, 'reauthorizationRequired');
    await f.pass(1_000);
    assert.equal(f.notifications().length, 2);
    for (const post of f.posted) if (post.body !== '') fits(JSON.parse(post.body), 'ChangeNotificationCollection');
  });

  it('user, calendar, mailbox settings', async () => {
    const f = fixture();
    fits((await f.call('GET', '/me')).json, 'User');
    fits((await f.call('GET', '/me/calendar')).json, 'Calendar');
    for (const calendar of (await f.call('GET', '/me/calendars')).json.value) fits(calendar, 'Calendar');
    const settings = await f.call('GET', '/me/mailboxSettings');
    fits(settings.json, 'MailboxSettings');
    const scopes = `${SCOPES} MailboxSettings.ReadWrite`;
    await f.call('PATCH', '/me/mailboxSettings', { scopes, body: settings.json });
    fits((await f.call('GET', '/me/mailboxSettings')).json, 'MailboxSettings');
  });
});
