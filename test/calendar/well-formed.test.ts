import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { normalise } from '../../src/calendar/normalise.ts';
import { wellFormed } from '../../src/calendar/well-formed.ts';
import { graphEvent } from '../support/events.ts';

/** What PostgreSQL refuses in JSON. */
const REFUSED = /\\u0000|\\ud[89a-f]/i;

describe('foreign text', () => {
  it('keeps whole characters, loses NUL and halves', () => {
    assert.equal(wellFormed('a🎉b\0c'), 'a🎉bc');
    assert.equal(wellFormed('🎉'.slice(0, 1)), '\ufffd');
    assert.equal(wellFormed(`${'🎉'.slice(1)}x`), '\ufffdx');
    assert.deepEqual(wellFormed({ a: ['\0', { b: 'ok' }], n: 1, u: undefined }), {
      a: ['', { b: 'ok' }],
      n: 1,
      u: undefined,
    });
  });

  // An emoji at every place at which something may be cut.
  for (const field of ['subject', 'body', 'location'] as const)
    it(`never stops a mailbox by an emoji across a cut of its ${field}`, () => {
      for (let before = 0; before < 400; before += 1) {
        const text = `${'x'.repeat(before)}🎉${'y'.repeat(400)}\0`;
        const event = normalise(
          graphEvent(
            field === 'subject'
              ? { subject: text }
              : field === 'body'
                ? { body: { contentType: 'text', content: text } }
                : { location: { displayName: text } },
          ),
          '',
        );
        assert.doesNotMatch(JSON.stringify(event), REFUSED, `${before} letters before`);
      }
    });
});
