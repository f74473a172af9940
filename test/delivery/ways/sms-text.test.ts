import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { countSegments, encodingOf, MOST_SEGMENTS, shorten, simplify } from '../../../src/delivery/ways/sms-text.ts';

const END = 'By SMS, because I have no chat with you in Teams just now. Reply STOP to end.';

describe('how much an SMS takes', () => {
  const CASES: [name: string, text: string, encoding: string, segments: number][] = [
    ['nothing', '', 'gsm7', 1],
    ['160 septets', 'a'.repeat(160), 'gsm7', 1],
    ['161 septets', 'a'.repeat(161), 'gsm7', 2],
    ['two full segments', 'a'.repeat(306), 'gsm7', 2],
    ['one more', 'a'.repeat(307), 'gsm7', 3],
    ['three full segments', 'a'.repeat(459), 'gsm7', 3],
    ['and one more', 'a'.repeat(460), 'gsm7', 4],
    ['euros take two', '€'.repeat(80), 'gsm7', 1],
    ['81 euros', '€'.repeat(81), 'gsm7', 2],
    ['a euro that would stand astride', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', 3],
    ['umlauts and Greek capitals of the alphabet', 'äöüßÄÖÜñàéΔΩ', 'gsm7', 1],
    ['70 units', 'č'.repeat(70), 'ucs2', 1],
    ['71 units', 'č'.repeat(71), 'ucs2', 2],
    ['one letter makes it all UCS-2', `${'a'.repeat(70)}č`, 'ucs2', 2],
    ['134 units', 'č'.repeat(134), 'ucs2', 2],
    ['135 units', 'č'.repeat(135), 'ucs2', 3],
    ['35 emoji', '😀'.repeat(35), 'ucs2', 1],
    ['an emoji that would stand astride', `${'č'.repeat(66)}😀${'č'.repeat(66)}`, 'ucs2', 3],
    ['a typographic apostrophe', 'I’ll', 'ucs2', 1],
    ['small ç is not in it', 'ç', 'ucs2', 1],
  ];
  for (const [name, text, encoding, segments] of CASES)
    it(name, () => {
      assert.equal(encodingOf(text), encoding);
      assert.equal(countSegments(text), segments);
    });

  it('is never less than its units allow, and at most one more for each segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '€', 'č', '😀', 'ß', ' '), maxLength: 700 }), (text) => {
        const encoding = encodingOf(text);
        const units =
          encoding === 'ucs2' ? text.length : [...text].reduce((sum, one) => sum + (one === '€' ? 2 : 1), 0);
        const [single, each] = encoding === 'ucs2' ? [70, 67] : [160, 153];
        const counted = countSegments(text);
        if (units <= single) return counted === 1;
        return counted >= Math.ceil(units / each) && counted <= Math.ceil(units / (each - 1));
      }),
    );
  });
});

describe('a text that is to fit', () => {
  it('stays as it is when it does, with plain marks', () => {
    assert.equal(
      shorten('Starts in 10 min: Anna’s “plan” — 14:00–15:00', END),
      `Starts in 10 min: Anna's "plan" - 14:00-15:00\n${END}`,
    );
  });

  it('is shortened after a word; three dots stand for the rest, because “…” would halve what fits', () => {
    const text = shorten('word '.repeat(200), END);
    assert.match(text, /^(word )+word\.\.\.\nBy SMS/);
    assert.equal(countSegments(text), 3);
    assert.ok(countSegments(text.replace('...', ' word word...')) > 3, 'no more would have fitted');
  });

  it('is shortened with “…” where letters need UCS-2 anyway', () => {
    const text = shorten('Schůzka '.repeat(60), END);
    assert.match(text, /Schůzka…\nBy SMS/);
    assert.equal(countSegments(text), 3);
  });

  it('keeps a link whole or leaves it out', () => {
    const link = `https://teams.microsoft.com/l/meetup-join/${'x'.repeat(120)}`;
    assert.ok(shorten(`${'word '.repeat(20)}${link} and ${'more '.repeat(60)}`, END).includes(`${link} `));
    assert.ok(!shorten(`${'word '.repeat(60)}${link} and more`, END).includes('https://'));
    assert.equal(shorten(`https://teams.example/${'x'.repeat(600)}`, END), END, 'nothing but a link that is too long');
    const padded = shorten(`${' '.repeat(1_950)}${link}`, END);
    assert.ok(padded.includes(`${link}\n`), 'room that nothing takes does not count');
    assert.doesNotMatch(shorten(`${link} ${'more '.repeat(90)}`, END), /x\.\.\./, 'the dots are no part of it');
  });

  it('is cut within its only word', () => {
    const text = shorten('x'.repeat(900), END);
    assert.match(text, /^x{300,}\.\.\.\n/);
    assert.equal(countSegments(text), 3);
  });

  it('carries nothing that no phone shows', () => {
    assert.equal(simplify(' a\u0000b \u200b c\t\td\r\n\n\n  e\ufe0f '), 'ab c d\ne');
  });

  const word = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'ä', '€', 'z', '9'), minLength: 1, maxLength: 30 }),
    fc.constantFrom('😀', 'Ωmega', 'schůzka', '会议', '—', '’s', 'a,'),
    fc
      .integer({ min: 10, max: 260 })
      .map((length) => `https://teams.example/${'l'.repeat(length)}${length % 2 ? '-.' : ''}`),
  );

  it('always fits, ends with its end, and begins with whole words and whole links', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 80 }), (words) => {
        const text = words.join(' ');
        const fitted = shorten(text, END);
        assert.ok(countSegments(fitted) <= MOST_SEGMENTS);
        assert.ok(fitted.endsWith(END));
        const body = fitted.slice(0, -END.length).trimEnd();
        const whole = simplify(text);
        if (body === whole) return;
        const kept = body.replace(/ ?(?:\.\.\.|…)$/, '');
        assert.ok(whole.startsWith(kept), `${JSON.stringify(kept)} is no beginning`);
        for (const [link] of kept.matchAll(/https:\S+/g)) assert.ok(words.includes(link), 'a link in part');
        assert.doesNotMatch(fitted, /\p{Cs}/u, 'half an emoji');
        const next = whole.at(kept.length) ?? ' ';
        const isAlone = !/\s/.test(kept);
        assert.ok(isAlone || /[\s,;:.-]/.test(next), 'a word in part');
      }),
      { numRuns: 500 },
    );
  });
});
