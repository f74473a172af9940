import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { listCalendars } from '../../src/graph/calendars.ts';
import type { Caller } from '../../src/graph/client.ts';

const ACCESS = { tenantId: 't', personId: 'p', mailboxId: 'a/b' };
const owner = (address: string, name = 'Somebody') => ({ owner: { name, address } });
const NEXT = 'https://graph.microsoft.com/v1.0/next';

/** Lists what these pages hold; with more than one they are linked. */
async function listing(...pages: object[]) {
  const asked: string[] = [];
  const caller = (async (_access: unknown, path: string) => {
    asked.push(path);
    const body = pages[Math.min(asked.length, pages.length) - 1];
    return asked.length < pages.length ? { ...body, '@odata.nextLink': NEXT } : body;
  }) as unknown as Caller;
  return { asked, found: await listCalendars(caller)(ACCESS) };
}

describe('the list of calendars', () => {
  it('has the default one first, without an id, and owners only of what is somebody else’s', async () => {
    const { asked, found } = await listing({
      value: [
        { id: 'c2', name: '  Side  ', isDefaultCalendar: false, ...owner('ANNA@x.example') },
        { id: 'c3', name: 'Ben', isDefaultCalendar: false, ...owner('ben@x.example', ' Ben Carter ') },
        { id: 'c1', name: 'Calendar', isDefaultCalendar: true, ...owner('anna@x.example') },
      ],
    });
    assert.deepEqual(asked, ['/users/a%2Fb/calendars?$top=100']);
    assert.deepEqual(found, [
      { calendarId: '', name: 'Calendar', isDefault: true },
      { calendarId: 'c2', name: 'Side', isDefault: false },
      { calendarId: 'c3', name: 'Ben', isDefault: false, owner: { name: 'Ben Carter' } },
    ]);
  });

  it('bears what Graph leaves out', async () => {
    const { found } = await listing({
      value: [
        { id: 'c1', isDefaultCalendar: true, ...owner('anna@x.example') },
        { id: 'c2', name: null, isDefaultCalendar: null, owner: null },
        { id: 'c3', name: ' ', owner: { name: ' ', address: 'ben@x.example' } },
        { id: 'c4', name: 'Holidays', owner: { name: null, address: null } },
      ],
    });
    assert.deepEqual(
      found.map((one) => [one.name, one.owner?.name]),
      [
        ['Calendar', undefined],
        ['Calendar', undefined],
        ['Calendar', 'ben@x.example'],
        ['Holidays', undefined],
      ],
    );
  });

  it('calls nothing foreign when it can’t tell whose the default one is', async () => {
    const { found } = await listing({ value: [{ id: 'c1', name: 'A', ...owner('ben@x.example') }] });
    assert.deepEqual(found, [{ calendarId: 'c1', name: 'A', isDefault: false }]);
  });

  it('is read to its end, but not for ever', async () => {
    const two = await listing({ value: [{ id: 'c1', name: 'A' }] }, { value: [{ id: 'c2', name: 'B' }] });
    assert.deepEqual(two.asked.slice(1), [NEXT]);
    assert.equal(two.found.length, 2);
    const endless = await listing(
      ...Array.from({ length: 50 }, (_, page) => ({ value: [{ id: `c${page}`, name: 'A' }] })),
    );
    assert.equal(endless.asked.length, 5);
  });

  for (const [what, body] of Object.entries({
    'no list': {},
    'an id that is none': { value: [{ id: '', name: 'A' }] },
    'a name that is none': { value: [{ id: 'c', name: 7 }] },
    'a link that is none': { value: [], '@odata.nextLink': 'next' },
  }))
    it(`is refused with ${what}`, () =>
      assert.rejects(
        listing(body),
        (error) => error instanceof CalendarWatchError && error.code === 'GRAPH_ANSWER_INVALID',
      ));
});
