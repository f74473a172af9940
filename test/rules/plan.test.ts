import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { withoutContent } from '../../src/calendar/private.ts';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { busiestHour, equaliseRuns } from '../../src/rules/equalise.ts';
import { fill, unknownPlaceholder } from '../../src/rules/fill.ts';
import type { Reader } from '../../src/rules/match.ts';
import { parseRule } from '../../src/rules/parse.ts';
import { LATE_MS, RULES_AHEAD_MS, runsOfChanges, runsOfTime, spanOf } from '../../src/rules/plan.ts';
import { type RulePayload, refusedDeed } from '../../src/rules/rule.ts';
import { lineOf, TEMPLATES } from '../../src/rules/templates.ts';
import type { PlannedErrand } from '../../src/store/errands.ts';
import { DAY, HOUR, MINUTE, meeting, NOW, utc } from '../support/events.ts';
import { KNOWN, rule } from './specs.ts';

const READER: Reader = { address: 'ada@test.example', isRoom: false, timeZone: 'UTC', calendars: new Map() };
const CONTEXT = { mailboxId: 'ada', reader: READER };
const BEFORE = rule({ spec: { when: { trigger: 'before', minutes: 30 } } });

const timed = (events: CalendarEvent[], rules = [BEFORE], now = NOW) => runsOfTime(rules, events, CONTEXT, spanOf(now));
const ids = (events: CalendarEvent[], rules = [BEFORE]) => timed(events, rules).map((run) => run.runId);

function created(more: Partial<NoticedChange> = {}): NoticedChange {
  return {
    changeId: 'c-1',
    noticedAt: NOW,
    kind: 'created',
    aspects: ['created'],
    scope: 'single',
    eventId: 'event-1',
    after: meeting(),
    occurrences: [{ eventId: 'event-1' }],
    ...more,
  };
}

describe('what the clock starts', () => {
  it('is planned three days ahead, and a moment late', () => {
    const inTime = (dueAt: number) => timed([meeting({ startAt: dueAt + 30 * MINUTE })]).length;
    assert.equal(inTime(NOW - LATE_MS), 1);
    assert.equal(inTime(NOW - LATE_MS - 1), 0);
    assert.equal(inTime(NOW + RULES_AHEAD_MS), 1);
    assert.equal(inTime(NOW + RULES_AHEAD_MS + 1), 0);
  });

  it('is nothing of before the rule was made', () => {
    const event = meeting({ startAt: NOW + 29 * MINUTE });
    assert.equal(ids([event]).length, 1);
    assert.equal(ids([event], [{ ...BEFORE, activeSince: NOW }]).length, 0);
  });

  it('is another run when the meeting moves, and the first again when it moves back', () => {
    const [first] = ids([meeting()]);
    const [moved] = ids([meeting({ startAt: utc('2026-12-01 15:00') })]);
    assert.notEqual(first, moved);
    assert.deepEqual(ids([meeting({ subject: 'Else' })]), [first]);
  });

  it('is the same run when a meeting only ends later', () => {
    const ends = rule({ spec: { when: { trigger: 'after', minutes: 10 } } });
    const [run] = timed([meeting()], [ends]);
    const [longer] = timed([meeting({ endAt: meeting().endAt + HOUR })], [ends]);
    assert.equal(run?.runId, longer?.runId);
    assert.equal((longer?.dueAt ?? 0) - (run?.dueAt ?? 0), HOUR);
  });

  it('is one run for a meeting in two calendars, and for a series where the rule says so', () => {
    const copies = [meeting({ uid: 'u' }), meeting({ uid: 'u', id: 'copy', calendarId: 'boss' })];
    assert.equal(ids(copies).length, 1);
    const days = [1, 2].map((day) =>
      meeting({ id: `o-${day}`, type: 'occurrence', seriesMasterId: 's', startAt: NOW + day * DAY }),
    );
    assert.equal(ids(days).length, 2);
    const once = rule({ spec: { when: { trigger: 'before', minutes: 30 }, each: 'series' } });
    assert.deepEqual(
      timed(days, [once]).map((run) => run.event.id),
      ['o-1'],
    );
  });

  it('holds no more of a private entry than its times', () => {
    const about = rule({ spec: { what: 'entry', when: { trigger: 'before', minutes: 30 } } });
    const secret = meeting({ sensitivity: 'private', subject: 'Doctor', place: { name: 'Clinic', isRoom: false } });
    // Even if the replica held it all.
    for (const event of [secret, withoutContent(secret)]) {
      const [run] = timed([event], [about]);
      assert.ok(run?.errands[0]);
      const { facts } = run.errands[0].payload as unknown as RulePayload;
      assert.equal(facts.isPrivate, true);
      assert.doesNotMatch(JSON.stringify(facts), /Doctor|Clinic|Bob|ann@/);
    }
  });
});

describe('what changes start', () => {
  const RULE = rule();
  const runs = (changes: NoticedChange[], rules = [RULE]) => runsOfChanges(rules, changes, CONTEXT, NOW);

  it('is run at once, once a change and rule', () => {
    const [run, ...more] = runs([created(), created()]);
    assert.equal(more.length, 0);
    assert.equal(run?.dueAt, NOW);
    assert.equal(
      runs([created(), created({ changeId: 'c-2', eventId: 'e-2', after: meeting({ id: 'e-2' }) })]).length,
      2,
    );
    assert.equal(runs([created()], [RULE, { ...RULE, ruleId: 'rule-2' }]).length, 2);
  });

  it('is nothing of before the rule was made', () => {
    assert.equal(runs([created()], [{ ...RULE, activeSince: NOW + 1 }]).length, 0);
  });

  it('is one errand a deed; of several occurrences each gets what is written into entries', () => {
    const both = rule({
      spec: {
        do: [
          { deed: 'message', text: 'x' },
          { deed: 'addCategory', category: 'Big' },
        ],
      },
    });
    const several = created({
      scope: 'several',
      eventId: 's',
      seriesId: 's',
      occurrences: [{ eventId: 'event-1' }, { eventId: 'event-2' }],
    });
    const [run] = runs([several], [both]);
    assert.deepEqual(
      run?.errands.map((one) => [one.errandId.replace(/^run\.[\w-]{22}/, ''), one.kind, one.eventId]),
      [
        ['.0', 'message', 'event-1'],
        ['.1', 'entry', 'event-1'],
        ['.1.of1', 'entry', 'event-2'],
      ],
    );
    const [whole] = runs([{ ...several, scope: 'series' }], [both]);
    assert.deepEqual(
      whole?.errands.map((one) => one.eventId),
      ['s', 's'],
    );
  });

  it('is done for whoever made the rule, where it is a room’s', () => {
    const ofRooms = rule({ personId: 'admin', scope: 'rooms' });
    const [run] = runsOfChanges(
      [ofRooms],
      [created()],
      { mailboxId: 'room-1', reader: { ...READER, isRoom: true } },
      NOW,
    );
    assert.deepEqual([run?.errands[0]?.personId, run?.errands[0]?.mailboxId], ['admin', 'room-1']);
  });
});

describe('making the ledger equal', () => {
  const storedOf = (runs: ReturnType<typeof timed>): PlannedErrand[] =>
    runs.flatMap((run) => run.errands.map((one) => ({ ...one, trigger: 'before' }) as PlannedErrand));
  const nothing = { insert: [], rewrite: [], withdraw: [] };

  it('does nothing where nothing is other', () => {
    const runs = timed([meeting()]);
    assert.deepEqual(equaliseRuns(runs, storedOf(runs), new Set(), NOW), nothing);
  });

  it('rewrites what was just read, and what is due at another hour', () => {
    const runs = timed([meeting()]);
    const [stored] = storedOf(runs);
    assert.ok(stored);
    assert.equal(equaliseRuns(runs, [stored], new Set(['event-1']), NOW).rewrite.length, 1);
    assert.equal(equaliseRuns(runs, [{ ...stored, dueAt: stored.dueAt + 1 }], new Set(), NOW).rewrite.length, 1);
  });

  it('withdraws what the clock was to start; never what happened, what is due, or what is no rule’s', () => {
    const [stored] = storedOf(timed([meeting()]));
    assert.ok(stored);
    const withdrawn = (more: Partial<PlannedErrand>) =>
      equaliseRuns([], [{ ...stored, ...more }], new Set(), NOW).withdraw.length;
    assert.equal(withdrawn({}), 1);
    assert.equal(withdrawn({ trigger: 'created' }), 0);
    assert.equal(withdrawn({ dueAt: NOW }), 0);
    assert.equal(withdrawn({ ruleId: null }), 0);
  });

  it('needs one pass, whatever was and whatever is', () => {
    const someEvents = fc
      .uniqueArray(fc.nat(200), { maxLength: 12 })
      .map((slots) =>
        slots.map((slot) => meeting({ id: `e-${slot % 20}-${slot}`, startAt: NOW + slot * 20 * MINUTE })),
      );
    fc.assert(
      fc.property(someEvents, someEvents, (was, is) => {
        const stored = storedOf(timed(was));
        const wanted = timed(is);
        const { insert, withdraw, rewrite } = equaliseRuns(wanted, stored, new Set(), NOW);
        assert.deepEqual(rewrite, []);
        const left = stored.filter((one) => one.dueAt > NOW && !withdraw.includes(one.errandId));
        const now = [...left, ...insert]
          .map((one) => one.errandId)
          .filter((id) => !stored.some((one) => one.dueAt <= NOW && one.errandId === id));
        const should = wanted.filter(
          (run) => run.dueAt > NOW || !stored.some((one) => one.errandId.startsWith(run.runId)),
        );
        assert.deepEqual(now.sort(), should.flatMap((run) => run.errands.map((one) => one.errandId)).sort());
      }),
      { numRuns: 100 },
    );
  });

  it('counts the busiest hour', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6 * HOUR), { maxLength: 30 }), (dues) => {
        const slow = Math.max(0, ...dues.map((from) => dues.filter((due) => due >= from && due < from + HOUR).length));
        assert.equal(busiestHour(dues), slow);
      }),
      { numRuns: 100 },
    );
  });
});

describe('texts and templates', () => {
  const facts = {
    subject: 'Budget {place}',
    startAt: utc('2026-12-01 14:00'),
    endAt: utc('2026-12-01 14:30'),
    organiser: { name: 'Ann', address: 'ann@test.example' },
    people: [{ name: 'Bob', address: 'b@x.example' }],
    peopleCount: 9,
  };
  it('fills placeholders in one pass, in the zone of the reader', () => {
    const filled = fill('{subject}: {start} {place} {link} {people} {organiser} {x1} {}', facts, {
      timeZone: 'Europe/Berlin',
      locale: 'en-GB',
    });
    assert.equal(filled, 'Budget {place}: Tue 1 Dec 15:00 no place no link Bob and 8 more Ann {x1} {}');
  });
  it('shows the last day of what lasts all day', () => {
    const days = { ...facts, allDay: { startDate: '2026-12-24', endDate: '2026-12-27' } };
    assert.equal(
      fill('{start}–{end}', days, { timeZone: 'America/Los_Angeles', locale: 'en-GB' }),
      'Thu 24 Dec–Sat 26 Dec',
    );
  });
  it('knows what cannot be filled', () => {
    assert.equal(unknownPlaceholder('{subject} {customer}'), 'customer');
    assert.equal(unknownPlaceholder('{subject} { } {1}'), undefined);
  });
  for (const template of TEMPLATES)
    it(`can be made of “${template.name}”`, () => {
      const parsed = parseRule(lineOf(template, KNOWN.channels[0]?.id), KNOWN);
      assert.equal(parsed.kind, 'rule', parsed.kind === 'notUnderstood' ? parsed.say : '');
      if (parsed.kind !== 'rule') return;
      for (const scope of template.scopes) assert.equal(refusedDeed(scope, parsed.spec), undefined);
    });
});
