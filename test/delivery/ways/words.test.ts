import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Message } from '../../../src/delivery/message.ts';
import { htmlBody, subjectLine, textBody } from '../../../src/delivery/ways/mail-body.ts';
import { countSegments } from '../../../src/delivery/ways/sms-text.ts';
import { stopUrlFor, wordsFor } from '../../../src/delivery/ways/words.ts';

const MESSAGE: Message = {
  card: {},
  summary: 'Starts in 10 min: Planning',
  fallbackText: 'Starts in 10 min: Planning\n14:00–15:00',
};
const STOP_URL = 'https://cw.example.com/ways/stop?t=token';

describe('the words of another way', () => {
  const CASES = {
    blocked: 'because Teams doesn’t let me write to you just now.',
    noChat: 'because I have no chat with you in Teams just now.',
    refused: 'because Teams didn’t take this message from me.',
    busy: 'because Teams would have taken it too late.',
  } as const;
  for (const [why, because] of Object.entries(CASES) as [keyof typeof CASES, string][])
    it(`${why}: one sentence says why`, () => {
      assert.deepEqual(wordsFor('email', MESSAGE, why, STOP_URL), {
        subject: 'Starts in 10 min: Planning',
        text: `Starts in 10 min: Planning\n14:00–15:00\n\nBy e-mail, ${because}`,
        stopUrl: STOP_URL,
      });
      assert.deepEqual(wordsFor('sms', MESSAGE, why), {
        subject: '',
        text: `Starts in 10 min: Planning\n14:00-15:00\nBy SMS, ${because.replace('’', "'")} Reply STOP to end.`,
      });
    });

  it('of an SMS say how to end it however long the message is', () => {
    const { text } = wordsFor('sms', { ...MESSAGE, fallbackText: 'Agenda: '.repeat(200) }, 'blocked');
    assert.match(text, /Reply STOP to end\.$/);
    assert.ok(countSegments(text) <= 3);
  });

  it('lead to the page that ends mails', () => {
    assert.equal(stopUrlFor('https://cw.example.com', 'a-b_c'), 'https://cw.example.com/ways/stop?t=a-b_c');
  });
});

describe('a mail’s bodies', () => {
  const words = { subject: 's', text: 'Anna & <b>Ben</b>\n"x"\n\nBy e-mail.\u0007', stopUrl: STOP_URL };

  it('are text with the link in full', () => {
    assert.equal(
      textBody(words),
      `Anna & <b>Ben</b>\n"x"\n\nBy e-mail. \n\n-- \nTo get no more e-mails from me: ${STOP_URL}\n`,
    );
  });

  it('and HTML in which nothing but ours is markup', () => {
    assert.equal(
      htmlBody(words),
      '<html><body><p>Anna &#38; &#60;b&#62;Ben&#60;/b&#62;<br>&#34;x&#34;</p><p>By e-mail. </p>' +
        `<p><small><a href="${STOP_URL}">To get no more e-mails from me</a></small></p></body></html>`,
    );
  });

  it('have no link where there is none, or where it leads to no page', () => {
    for (const stopUrl of [undefined, '', 'nonsense', 'javascript:alert(1)', 'mailto:x@y.example']) {
      assert.doesNotMatch(htmlBody({ ...words, stopUrl }), /<a /);
      assert.doesNotMatch(textBody({ ...words, stopUrl }), /no more e-mails/);
    }
  });

  it('have a subject of one line that is not endless', () => {
    assert.equal(subjectLine('a\r\nBcc: x@y.example\u2028b'), 'a Bcc: x@y.example b');
    assert.equal(subjectLine('x'.repeat(500)).length, 150);
    assert.equal(subjectLine(' \n '), 'Calendar Watch');
  });
});
