import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { dueDateIn } from '../../src/calendar/due-date.ts';
import { NOW, utc } from '../support/events.ts';

/** A Tuesday morning in Berlin. */
const asking = { now: NOW, timeZone: 'Europe/Berlin', locale: 'en-GB' };

describe('the day by which something is to be done', () => {
  const CASES: [text: string, locale: string, date: string | undefined][] = [
    ['send the offer by Friday', 'en-GB', '2026-12-04'],
    ['send the offer', 'en-GB', undefined],
    ['by tomorrow', 'en-GB', '2026-12-02'],
    ['today', 'en-GB', '2026-12-01'],
    ['in two weeks', 'en-GB', '2026-12-15'],
    ['in 3 days', 'en-GB', '2026-12-04'],
    ['by 3 Dec', 'en-GB', '2026-12-03'],
    ['before 24/12', 'en-GB', '2026-12-24'],
    ['before 12/24', 'en-US', '2026-12-24'],
    ['on 2026-12-10', 'en-GB', '2026-12-10'],
    ['Monday’s slides by Friday', 'en-GB', '2026-12-04'],
    ['send last Friday’s numbers', 'en-GB', undefined],
    ['what we said on 2025-12-10', 'en-GB', undefined],
    ['by 5 Dec 2049', 'en-GB', undefined],
    ['call at 10:00', 'en-GB', undefined],
    ['review chapter 3', 'en-GB', undefined],
    ['by 1 Nov', 'en-GB', '2027-11-01'],
    ['Angebot bis Freitag senden', 'de-DE', '2026-12-04'],
    ['bis morgen', 'de-DE', '2026-12-02'],
    ['bis 3.12.', 'de-DE', '2026-12-03'],
    ['by Friday', 'de-DE', '2026-12-04'],
    ['pour vendredi', 'fr-FR', '2026-12-04'],
    ['', 'en-GB', undefined],
  ];
  for (const [text, locale, date] of CASES)
    it(`${locale} “${text}” → ${date ?? 'none'}`, () => assert.equal(dueDateIn(text, { ...asking, locale }), date));

  it('is a day of the person’s, not of the machine’s', () => {
    const now = utc('2026-12-01 23:30');
    assert.equal(dueDateIn('tomorrow', { ...asking, now }), '2026-12-03');
    assert.equal(dueDateIn('tomorrow', { ...asking, now, timeZone: 'America/New_York' }), '2026-12-02');
  });

  it('is a date or nothing, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.constantFrom('en-GB', 'de-DE', 'ja-JP', 'xx'),
        (text, locale) => {
          assert.match(dueDateIn(text, { ...asking, locale }) ?? '2026-12-01', /^\d{4}-\d\d-\d\d$/);
        },
      ),
    );
  });
});
