import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { agendaExcerpt, agendaLines, withAgenda } from '../../src/calendar/agenda.ts';

const RULE = '_'.repeat(80);
const JOIN_URL = 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%22Tid%22%7d';

/** Join blocks as text bodies have them. */
const TEXT_BLOCKS: Record<string, string> = {
  'English, 2024': `${RULE}\nMicrosoft Teams Need help?<https://aka.ms/JoinTeamsMeeting?omkt=en-US>\nJoin the meeting now<${JOIN_URL}>\nMeeting ID: 312 456 789 01\nPasscode: aB3dE6\nFor organizers: Meeting options<https://teams.microsoft.com/meetingOptions/?x=1>\n${RULE}`,
  'English, 2021': `${RULE}\nMicrosoft Teams meeting\nJoin on your computer or mobile app\nClick here to join the meeting<${JOIN_URL}>\nLearn More<https://aka.ms/JoinTeamsMeeting> | Meeting options<https://teams.microsoft.com/meetingOptions/>\n${RULE}`,
  German: `${RULE}\nMicrosoft Teams Benötigen Sie Hilfe?<https://aka.ms/JoinTeamsMeeting?omkt=de-DE>\nJetzt an der Besprechung teilnehmen<${JOIN_URL}>\nBesprechungs-ID: 312 456 789 01\nPasscode: aB3dE6\n${RULE}`,
  French: `${RULE}\nRéunion Microsoft Teams\nRejoindre la réunion maintenant<${JOIN_URL}>\nID de réunion : 312 456 789 01\n${RULE}`,
  Japanese: `${RULE}\nMicrosoft Teams 会議\n今すぐ会議に参加する<${JOIN_URL}>\n会議 ID: 312 456 789 01\n${RULE}`,
  'the new short link': `${RULE}\nMicrosoft Teams\nJoin: https://teams.microsoft.com/meet/31245678901?p=abc\n${RULE}`,
  'government cloud': `${RULE}\nJoin<https://gov.teams.microsoft.us/l/meetup-join/19%3a>\n${RULE}`,
  'no closing rule': `${RULE}\nMicrosoft Teams meeting\nJoin the meeting now<${JOIN_URL}>`,
  'rules of dashes': `${'-'.repeat(40)}\nJoin the meeting now<${JOIN_URL}>\n${'-'.repeat(40)}`,
  Zoom: `${'—'.repeat(20)}\nJoin Zoom Meeting\nhttps://example.zoom.us/j/98765\n${'—'.repeat(20)}`,
  'upper case': `${RULE}\nJOIN <HTTPS://TEAMS.MICROSOFT.COM/L/MEETUP-JOIN/X>\n${RULE}`,
};

/** The same as Outlook writes it in HTML. */
const htmlBlock = (heading: string, join: string) => `
<div style="margin-bottom:24px; overflow:hidden; white-space:nowrap">${RULE}</div>
<div class="me-email-text" style="max-width:1024px; color:#242424" lang="en-US">
<div style="margin-bottom:12px"><span style="font-size:24px">${heading}</span>
<a class="me-email-link" href="https://aka.ms/JoinTeamsMeeting?omkt=en-US">Need help?</a></div>
<div><a id="meet_invite_block.action.join_link" href="${JOIN_URL}">${join}</a></div>
<div><span>Meeting ID: </span><span>312 456 789 01</span></div>
<div><span>Passcode: </span><span>aB3dE6</span></div></div>
<div style="margin-bottom:24px; overflow:hidden; white-space:nowrap">${RULE}</div>`;

const HTML_BLOCKS: Record<string, string> = {
  English: htmlBlock('Microsoft Teams', 'Join the meeting now'),
  German: htmlBlock('Microsoft Teams-Besprechung', 'Jetzt an der Besprechung teilnehmen'),
  Arabic: htmlBlock('اجتماع Microsoft Teams', 'انضم إلى الاجتماع الآن'),
  'rules made by hr': `<hr><p>Microsoft Teams</p><p><a href="${JOIN_URL}">Join</a></p><hr>`,
};

const page = (inner: string) =>
  `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>${inner}</body></html>`;

describe('an agenda in a body', () => {
  for (const [name, block] of Object.entries(TEXT_BLOCKS)) {
    it(`is none when there is only a join block: text, ${name}`, () => {
      assert.deepEqual(agendaLines(block, 'text', JOIN_URL), []);
      assert.deepEqual(agendaLines(`\r\n\r\n${block.replace(/\n/g, '\r\n')}\r\n`, 'text', JOIN_URL), []);
      assert.deepEqual(agendaLines(block, 'text'), [], 'known by its link alone');
    });

    it(`is what stands around a join block: text, ${name}`, () => {
      const after = name === 'no closing rule' ? [] : ['Questions'];
      const lines = agendaLines(['Budget', 'Hiring', block, ...after].join('\n'), 'text', JOIN_URL);
      assert.deepEqual(lines, ['Budget', 'Hiring', ...after]);
    });
  }

  for (const [name, block] of Object.entries(HTML_BLOCKS)) {
    it(`is none when there is only a join block: html, ${name}`, () => {
      assert.deepEqual(agendaLines(page(`<div><br></div>${block}`), 'html', JOIN_URL), []);
    });

    it(`is what stands around a join block: html, ${name}`, () => {
      const lines = agendaLines(page(`<p>Budget</p>${block}<p>Questions</p>`), 'HTML', JOIN_URL);
      assert.deepEqual(lines, ['Budget', 'Questions']);
    });
  }

  const NOTHING: [string, string, string][] = [
    ['nothing', '', 'text'],
    ['blanks', ' \r\n\t\r\n\u00a0\u200b', 'text'],
    ['an empty page', page(''), 'html'],
    ['empty paragraphs', page('<div><br></div><p>&nbsp;</p><div><span>\u200b</span></div>'), 'html'],
    ['an image', page('<p><img src="cid:logo" alt="Logo"></p>'), 'html'],
    ['style and script', page('<style>p{color:red}</style><script>alert(1)</script>'), 'html'],
    ['a comment', page('<!-- Agenda: budget -->'), 'html'],
    ['the bare join link', `Join: ${JOIN_URL}`, 'text'],
    ['the bare join link in a paragraph', page(`<p><a href="${JOIN_URL}">Join</a></p>`), 'html'],
    ['a signature in text', '-- \nAnn Organiser\nTest Ltd', 'text'],
    ['a phone’s signature', 'Sent from my iPhone', 'text'],
    ['Outlook’s advertisement', 'Get Outlook for iOS<https://aka.ms/o0ukef>', 'text'],
    ['a German phone’s signature', 'Gesendet von meinem iPhone', 'text'],
    ['a French phone’s signature', 'Envoyé de mon iPhone', 'text'],
    ['a Spanish phone’s signature', 'Enviado desde mi iPhone', 'text'],
    ['a signature in html', page('<div id="Signature"><p>Ann Organiser</p></div>'), 'html'],
    ['a quoted signature', page('<div id="x_Signature"><p>Ann Organiser</p></div>'), 'html'],
    ['Outlook mobile’s signature', page('<div id="ms-outlook-mobile-signature">Get it</div>'), 'html'],
  ];
  for (const [what, content, type] of NOTHING)
    it(`is none for ${what}`, () => assert.deepEqual(agendaLines(content, type, JOIN_URL), []));

  /** [what, content, type, lines] */
  const SOMETHING: [string, string, string, string[]][] = [
    ['text', 'Budget\r\nHiring', 'text', ['Budget', 'Hiring']],
    ['a list', page('<ul><li>Budget</li><li>Hiring</li></ul>'), 'html', ['* Budget', '* Hiring']],
    ['entities', page('<p>R&amp;D &lt;3</p>'), 'html', ['R&D <3']],
    ['a line between two rules', 'One\n----------\nTwo\n----------\nThree', 'text', ['One', 'Two', 'Three']],
    ['text before a signature', 'Budget\n-- \nAnn', 'text', ['Budget']],
    ['short dashes', 'Budget\n---\nHiring', 'text', ['Budget', '---', 'Hiring']],
    [
      'a sentence with “sent” in it',
      'Discuss what was sent from Berlin',
      'text',
      ['Discuss what was sent from Berlin'],
    ],
    [
      'any other link',
      'Read https://wiki.test.example/budget first',
      'text',
      ['Read https://wiki.test.example/budget first'],
    ],
  ];
  for (const [what, content, type, expected] of SOMETHING)
    it(`is read from ${what}`, () => assert.deepEqual(agendaLines(content, type, JOIN_URL), expected));

  it('is kept after a join block, though it has a link to Teams in it', () => {
    const text = `${TEXT_BLOCKS['English, 2024']}\nRead https://teams.microsoft.com/l/file/budget first`;
    assert.deepEqual(agendaLines(text, 'text', JOIN_URL), ['Read https://teams.microsoft.com/l/file/budget first']);
  });

  it('is found before a signature that stands before the join block', () => {
    const text = `Budget\n-- \nAnn Organiser\n${TEXT_BLOCKS['English, 2024']}`;
    assert.deepEqual(agendaLines(text, 'text', JOIN_URL), ['Budget']);
  });

  it('is kept short', () => {
    const kept = agendaExcerpt(Array.from({ length: 20 }, (_, index) => `${index} ${'x'.repeat(500)}`));
    assert.equal(kept.length, 6);
    assert.ok(kept.every((line) => line.length === 160 && line.endsWith('…')));
    assert.deepEqual(agendaExcerpt(['Budget']), ['Budget']);
  });

  it('never throws, whatever a body holds', () => {
    const piece = fc.constantFrom(
      '<div>',
      '</div>',
      '<hr>',
      RULE,
      '\n',
      JOIN_URL,
      '-- ',
      '<!--',
      '<a href="',
      '&#x0;',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), fc.constantFrom('html', 'text'), (pieces, type) => {
        const lines = agendaLines(pieces.join(''), type, JOIN_URL);
        assert.ok(lines.every((line) => line !== '' && line === line.trim()));
      }),
    );
  });

  // Each of these took minutes, or would, with a pattern that goes back and forth over its input.
  const HOSTILE: [string, () => unknown][] = [
    ['one long word of links', () => agendaLines(`${RULE}\n${'https://'.repeat(120_000)}`, 'text')],
    ['deep nesting', () => agendaLines('<div>'.repeat(50_000), 'html')],
    ['many rules', () => agendaLines(`${RULE}\n`.repeat(12_000), 'text')],
    ['bodies that never end', () => withAgenda('<body'.repeat(200_000), 'html', 'x')],
  ];
  for (const [what, run] of HOSTILE)
    it(`does not choke on ${what}`, () => {
      const began = performance.now();
      run();
      assert.ok(performance.now() - began < 5_000);
    });
});

describe('writing an agenda', () => {
  /** What was put in; what is left must be the body as it was. */
  const taken = (written: string) => {
    const start = written.indexOf('<div><p><b>Agenda</b></p>');
    const end = written.indexOf('</div>', start) + '</div>'.length;
    assert.notEqual(start, -1);
    return { block: written.slice(start, end), rest: written.slice(0, start) + written.slice(end), start };
  };

  it('leaves every other byte of an html body as it was', () => {
    const piece = fc.constantFrom(
      ...Object.values(HTML_BLOCKS),
      '\r\n',
      '<p>old</p>',
      '&nbsp;',
      '$&',
      '$1',
      'ä€😀',
      '\u0000',
    );
    const inner = fc.array(fc.oneof(piece, fc.string())).map((pieces) => pieces.join(''));
    const head = fc.constantFrom(
      '<html><head></head><body>',
      '<HTML><BODY lang="de" style="x">',
      '<body>',
      '',
      '\ufeff<html>\r\n<body\r\n>',
    );
    fc.assert(
      fc.property(head, inner, fc.string(), (start, content, agenda) => {
        const body = `${start}${content.replace(/<body/gi, '')}</body></html>`;
        const { rest, start: at } = taken(withAgenda(body, 'html', agenda));
        assert.equal(rest, body);
        assert.equal(at, start.length);
      }),
    );
  });

  it('keeps the join block, so that the meeting stays online', () => {
    for (const block of Object.values(HTML_BLOCKS)) {
      const written = withAgenda(page(`<p>Hello</p>${block}`), 'html', 'Budget\nHiring');
      assert.ok(written.includes(block));
      assert.deepEqual(agendaLines(written, 'html', JOIN_URL), ['Agenda', '* Budget', '* Hiring', 'Hello']);
    }
  });

  it('turns a text body into html that reads the same', () => {
    for (const block of Object.values(TEXT_BLOCKS)) {
      const written = withAgenda(`R&D <now>\r\n${block}`, 'text', 'Budget');
      assert.ok(written.startsWith('<html><body><div><p><b>Agenda</b></p>'), written);
      assert.ok(written.includes('R&amp;D &lt;now&gt;<br>'));
      assert.deepEqual(agendaLines(written, 'html', JOIN_URL), ['Agenda', 'Budget', 'R&D <now>']);
    }
    assert.equal(withAgenda(' \n', 'text', 'x'), '<html><body><div><p><b>Agenda</b></p><p>x</p></div></body></html>');
  });

  it('makes a list of several points and takes their bullets off', () => {
    const { block } = taken(
      withAgenda(page(''), 'html', '- Budget\r\n* Hiring\n• Office\n\n 1. Summer\n2) Winter\n3.5 % more'),
    );
    const points = ['Budget', 'Hiring', 'Office', 'Summer', 'Winter', '3.5 % more'];
    assert.ok(block.includes(`<ul>${points.map((point) => `<li>${point}</li>`).join('')}</ul>`), block);
  });

  it('writes what was typed as text, never as html', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        const { block } = taken(withAgenda(page(''), 'html', `<script>${typed}</script>\n"&<b>`));
        assert.ok(!/<(?!\/?(?:div|p|b|ul|li)>)/.test(block), block);
      }),
    );
  });

  it('is not asked for again afterwards', () => {
    for (const type of ['html', 'text']) assert.notDeepEqual(agendaLines(withAgenda('', type, 'Budget'), 'html'), []);
  });
});
