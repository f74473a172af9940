/** The checker over a whole generated life: silent about an ideal product, loud about each fault that is planted in it. */
import assert from 'node:assert/strict';
import type { Send } from '../history.ts';
import { startFor } from '../life/life.ts';
import { type LivedLife, liveThrough } from '../life/run-life.ts';
import { DAY_MS, MINUTE_MS } from './awake.ts';
import { check } from './check.ts';
import { type Faults, idealHistory } from './ideal.ts';

describe('checker: an ideal product', function () {
  this.timeout(120_000);
  const startAt = startFor(1);
  const untilAt = startAt + 14 * DAY_MS;
  let lived: LivedLife;
  before(() => {
    lived = liveThrough({ seed: 1, people: 8, startAt, untilAt, isPlain: true });
  });

  const judge = (faults: Faults = {}) => check(idealHistory(lived, startAt, untilAt, faults));
  /** One of so many, always the same. */
  const oneIn = (many: number, kind?: string) => (send: Send) =>
    (kind === undefined || send.kind === kind) && hash(`${send.oid} ${send.eventId} ${send.startAt}`) % many === 0;

  it('has nothing against it, and claims much', () => {
    const { figures, findings } = judge();
    const aboutMessages = findings.filter((one) => one.row < 6);
    assert.deepEqual(
      aboutMessages.map((one) => one.says),
      [],
      JSON.stringify(figures),
    );
    assert.ok((figures['live.reminder'] ?? 0) > 150, JSON.stringify(figures));
    assert.ok((figures['live.agenda'] ?? 0) > 10, JSON.stringify(figures));
    assert.ok((figures['live.change'] ?? 0) > 20, JSON.stringify(figures));
  });

  it('finds what is dropped, of each kind', () => {
    const { figures } = judge({ drop: oneIn(10) });
    for (const kind of ['reminder', 'agenda', 'change', 'invitation'])
      assert.ok((figures[`lost.${kind}`] ?? 0) > 0, kind);
  });

  it('finds what comes twice, late, early or though it was called off', () => {
    const delayMs = (send: Send) =>
      oneIn(20, 'reminder')(send) ? -10 * MINUTE_MS : oneIn(15)(send) ? 5 * MINUTE_MS : 0;
    const { figures } = judge({ twice: oneIn(21), delayMs, isStubborn: true });
    for (const figure of ['unexplainedDuplicates', 'late', 'early', 'dead.reminder'])
      assert.ok((figures[figure] ?? 0) > 0, figure);
  });
});

function hash(text: string): number {
  let value = 7;
  for (let index = 0; index < text.length; index++) value = (value * 31 + text.charCodeAt(index)) % 1_000_003;
  return value;
}
