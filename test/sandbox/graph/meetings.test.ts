import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { GraphError } from '../../../sandbox/graph/errors.ts';
import type { ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import {
  ANNA,
  BEN,
  CARA,
  created,
  eventPath,
  type Fixture,
  fixture,
  guest,
  type Json,
  meeting,
  ROOM,
  TENANT,
  view,
} from './setup.ts';

const FROM = '2026-12-01';
const TO = '2026-12-31';

const times = (start: string, end: string) => ({
  start: { dateTime: start, timeZone: 'UTC' },
  end: { dateTime: end, timeZone: 'UTC' },
});

const series = (count: number) => ({
  pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
  range: { type: 'numbered', startDate: '2026-12-01', numberOfOccurrences: count },
});

const withBen = (more = {}) =>
  meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { attendees: [guest('ben.carter')], ...more });
const bens = (f: Fixture) => view(f, FROM, TO, { as: BEN });
const answerOf = (event: Json, name: string) =>
  event.attendees.find((one: Json) => one.emailAddress.address.startsWith(name)).status.response;

describe('sandbox graph: meetings', () => {
  it('gives each attendee an item of their own', async () => {
    const f = fixture();
    const attendees = [guest('ben.carter'), guest('external', 'optional')];
    attendees.push({ type: 'required', emailAddress: { address: 'x@elsewhere.example' } });
    const event = await created(
      f,
      withBen({ attendees, body: { contentType: 'html', content: '<p>Hi</p>' }, isOnlineMeeting: true }),
    );
    const [copy] = await bens(f);
    assert.notEqual(copy.id, event.id);
    assert.equal(copy.iCalUId, event.iCalUId);
    assert.equal(copy.isOrganizer, false);
    assert.equal(copy.organizer.emailAddress.address, 'anna.berg@contoso.example');
    assert.equal(copy.responseStatus.response, 'notResponded');
    assert.equal(copy.showAs, 'tentative');
    assert.equal(copy.onlineMeeting.joinUrl, event.onlineMeeting.joinUrl);
    assert.equal(event.attendees.length, 3);
    assert.equal(event.attendees[0].emailAddress.name, 'Ben Carter');
  });

  it('carries changes and cancellation to the attendees', async () => {
    const f = fixture();
    const event = await created(f, withBen());
    await f.call('PATCH', eventPath(event.id), { body: { subject: 'New name' } });
    const [renamed] = await bens(f);
    assert.equal(renamed.subject, 'New name');
    await f.call('POST', `${eventPath(renamed.id)}/accept`, { as: BEN, body: {} });
    assert.equal(answerOf((await view(f, FROM, TO))[0], 'ben'), 'accepted');
    await f.call('PATCH', eventPath(event.id), { body: times('2026-12-02T09:00:00', '2026-12-02T10:00:00') });
    const [moved] = await bens(f);
    assert.equal(moved.id, renamed.id);
    assert.equal(moved.start.dateTime.slice(0, 10), '2026-12-02');
    assert.equal(moved.responseStatus.response, 'notResponded');
    assert.equal(answerOf((await view(f, FROM, TO))[0], 'ben'), 'none');
    assert.equal((await f.call('POST', `${eventPath(moved.id)}/cancel`, { as: BEN, body: {} })).status, 400);
    const cancelled = await f.call('POST', `${eventPath(event.id)}/cancel`, { body: { Comment: 'Sorry' } });
    assert.equal(cancelled.status, 202);
    assert.equal(cancelled.body, undefined);
    assert.equal((await view(f, FROM, TO)).length, 0);
    const [left] = await bens(f);
    assert.equal(left.isCancelled, true);
    assert.equal(left.subject, 'Canceled: New name');
    assert.equal((await f.call('POST', `${eventPath(left.id)}/accept`, { as: BEN, body: {} })).status, 400);
    assert.equal((await f.call('DELETE', eventPath(left.id), { as: BEN })).status, 204);
    assert.equal((await bens(f)).length, 0);
  });

  it('keeps an attendee’s own edits to themselves', async () => {
    const f = fixture();
    const event = await created(f, withBen());
    const [copy] = await bens(f);
    const own = {
      ...times('2026-12-01T12:00:00', '2026-12-01T13:00:00'),
      categories: ['Blue'],
      reminderMinutesBeforeStart: 5,
    };
    await f.call('PATCH', eventPath(copy.id), { as: BEN, body: own });
    assert.equal((await bens(f))[0].start.dateTime.slice(11, 16), '12:00');
    const mine = await f.call('GET', eventPath(event.id));
    assert.equal(mine.json.start.dateTime.slice(11, 16), '09:00');
    await f.call('PATCH', eventPath(event.id), { body: { showAs: 'oof', categories: ['Red'] } });
    assert.deepEqual((await bens(f))[0].categories, ['Blue']);
  });

  it('takes a declined meeting out of the calendar, and tells the organiser unless asked not to', async () => {
    const f = fixture();
    const event = await created(f, withBen());
    const [copy] = await bens(f);
    const proposedNewTime = times('2026-12-01T11:00:00', '2026-12-01T12:00:00');
    const wrong = await f.call('POST', `${eventPath(copy.id)}/decline`, {
      as: BEN,
      body: { proposedNewTime, sendResponse: false },
    });
    assert.equal(wrong.status, 400);
    const declined = await f.call('POST', `${eventPath(copy.id)}/decline`, { as: BEN, body: { proposedNewTime } });
    assert.equal(declined.status, 202);
    assert.equal((await bens(f)).length, 0);
    const mine = await f.call('GET', eventPath(event.id));
    assert.equal(answerOf(mine.json, 'ben'), 'declined');
    assert.equal(mine.json.attendees[0].proposedNewTime.start.dateTime, '2026-12-01T11:00:00.0000000');
    assert.equal((await f.call('POST', `${eventPath(event.id)}/accept`, { body: {} })).status, 400);
    const silent = await created(f, withBen());
    const [other] = await bens(f);
    await f.call('POST', `${eventPath(other.id)}/tentativelyAccept`, { as: BEN, body: { sendResponse: false } });
    assert.equal((await bens(f))[0].responseStatus.response, 'tentativelyAccepted');
    assert.equal(answerOf((await f.call('GET', eventPath(silent.id))).json, 'ben'), 'none');
    const strict = await created(f, withBen({ allowNewTimeProposals: false, subject: 'Strict' }));
    const theirs = (await bens(f)).find((one) => one.subject === 'Strict');
    const refused = await f.call('POST', `${eventPath(theirs.id)}/decline`, { as: BEN, body: { proposedNewTime } });
    assert.equal(refused.status, 400);
    assert.ok(strict.id);
  });

  it('leaves a declined meeting in the calendar of somebody who keeps such', async () => {
    const f = fixture();
    const ben = f.world.people.get(BEN);
    assert.ok(ben);
    f.world.people.set(BEN, { ...ben, keepsDeclined: true });
    const event = await created(f, withBen());
    const [copy] = await bens(f);
    await f.call('POST', `${eventPath(copy.id)}/decline`, { as: BEN, body: {} });
    const [kept] = await bens(f);
    assert.deepEqual([kept.responseStatus.response, kept.showAs], ['declined', 'free']);
    assert.equal(answerOf((await f.call('GET', eventPath(event.id))).json, 'ben'), 'declined');
    await f.call('POST', `${eventPath(copy.id)}/accept`, { as: BEN, body: {} });
    assert.deepEqual((await bens(f))[0].responseStatus.response, 'accepted');
  });

  it('adds, removes and hides attendees', async () => {
    const f = fixture();
    const event = await created(
      f,
      withBen({ hideAttendees: true, attendees: [guest('ben.carter'), guest('cara.diaz')] }),
    );
    assert.equal((await bens(f))[0].attendees.length, 1);
    await f.call('PATCH', eventPath(event.id), { body: { attendees: [guest('cara.diaz')] } });
    assert.equal((await bens(f))[0].isCancelled, true);
    assert.equal((await view(f, FROM, TO, { as: CARA })).length, 1);
  });

  it('handles single occurrences: moved, cancelled, answered, with a guest of their own', async () => {
    const f = fixture();
    await created(f, withBen({ recurrence: series(4) }));
    const [first, second, third, fourth] = await view(f, FROM, TO);
    await f.call('PATCH', eventPath(second.id), { body: times('2026-12-09T15:00:00', '2026-12-09T16:00:00') });
    await f.call('POST', `${eventPath(third.id)}/cancel`, { body: { comment: 'No' } });
    await f.call('PATCH', eventPath(fourth.id), { body: { attendees: [guest('ben.carter'), guest('cara.diaz')] } });
    const theirs = await bens(f);
    assert.deepEqual(
      theirs.map((one) => [one.type, one.isCancelled, one.start.dateTime.slice(5, 16)]),
      [
        ['occurrence', false, '12-01T09:00'],
        ['exception', false, '12-09T15:00'],
        ['exception', true, '12-15T09:00'],
        ['exception', false, '12-22T09:00'],
      ],
    );
    const [extra] = await view(f, FROM, TO, { as: CARA });
    assert.equal(extra.type, 'singleInstance');
    assert.equal(extra.iCalUId, fourth.iCalUId);
    await f.call('POST', `${eventPath(theirs[0].id)}/decline`, { as: BEN, body: {} });
    assert.equal((await bens(f)).length, 3);
    const mine = await f.call('GET', eventPath(first.id));
    assert.equal(mine.json.type, 'exception');
    assert.equal(answerOf(mine.json, 'ben'), 'declined');
    assert.equal(answerOf((await f.call('GET', eventPath(second.id))).json, 'ben'), 'none');
    await f.call('POST', `${eventPath(theirs[1].seriesMasterId)}/accept`, { as: BEN, body: {} });
    const answered = await f.call('GET', eventPath(second.id));
    assert.equal(answerOf(answered.json, 'ben'), 'accepted');
    await f.call('DELETE', eventPath(fourth.id));
    assert.equal((await view(f, FROM, TO, { as: CARA }))[0].isCancelled, true);
  });

  it('lets rooms accept when free and decline on a conflict', async () => {
    const f = fixture();
    const room = { attendees: [guest('room.oslo', 'resource')] };
    const one = await created(f, withBen(room));
    const two = await created(f, withBen(room));
    assert.equal(answerOf(one, 'room'), 'none');
    await f.pass(4_000);
    assert.equal(answerOf((await f.call('GET', eventPath(one.id))).json, 'room'), 'accepted');
    assert.equal(answerOf((await f.call('GET', eventPath(two.id))).json, 'room'), 'declined');
    assert.equal((await view(f, FROM, TO, { as: ROOM })).length, 1);
    await f.call('PATCH', eventPath(two.id), { body: times('2026-12-01T10:00:00', '2026-12-01T11:00:00') });
    await f.pass(4_000);
    assert.equal(answerOf((await f.call('GET', eventPath(two.id))).json, 'room'), 'accepted');
  });

  it('is usable as a person through the store', async () => {
    const f = fixture();
    const anna = { tenantId: TENANT, oid: ANNA };
    const ben = { tenantId: TENANT, oid: BEN };
    const changed: string[] = [];
    f.graph.store.onChange((oid) => changed.push(oid));
    const [from, to] = [Date.parse(FROM), Date.parse(TO)];
    const made = f.graph.store.create(anna, withBen({ recurrence: series(3), isOnlineMeeting: true }) as never);
    assert.equal(made.type, 'occurrence');
    assert.equal(made.hasAgenda, false);
    assert.deepEqual([...new Set(changed)], [ANNA, BEN]);
    const [, second] = f.graph.store.view(anna, from, to) as [ViewedEvent, ViewedEvent];
    const patch = times('2026-12-09T09:30:00', '2026-12-09T10:30:00');
    f.graph.store.update(anna, second.id, patch, 'series');
    const shifted = f.graph.store.view(ben, from, to).map((one) => new Date(one.startAt).toISOString().slice(5, 16));
    assert.deepEqual(shifted, ['12-02T09:30', '12-09T09:30', '12-16T09:30']);
    const [theirs] = f.graph.store.view(ben, from, to) as [ViewedEvent];
    f.graph.store.respond(ben, theirs.id, 'accept', 'Fine', 'series');
    assert.equal(f.graph.store.view(anna, from, to)[0]?.attendees[0]?.response, 'accepted');
    f.graph.store.cancel(anna, f.graph.store.view(anna, from, to)[0]?.id ?? '', 'Off', 'series');
    assert.ok(f.graph.store.view(ben, from, to).every((one) => one.isCancelled));
    assert.throws(
      () => f.graph.store.remove(ben, made.id),
      (error) => error instanceof GraphError && error.status === 404,
    );
  });
});
