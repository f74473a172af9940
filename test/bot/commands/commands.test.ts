import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { answer, COMMANDS, hear, suggest, tidy } from '../../../src/bot/commands/commands.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';

const names = [...COMMANDS.map((command) => command.name), 'help'];
const usages = [...COMMANDS.map((command) => command.usage), 'help'];
const heard = (text: string) => {
  const found = hear(tidy(text));
  return found && [found.command.name, found.rest];
};

describe('what is too long to be read', () => {
  it('is not done by half', async () => {
    const typed = `when a meeting ends, message me "${'x'.repeat(600)}"`;
    const said = await answer({} as Services, {} as Turn, typed);
    assert.match(said?.fallbackText ?? '', /first 500 characters.*done nothing/);
  });
});

describe('tidying what was typed', () => {
  /** [typed, tidy] */
  const cases: [string, string][] = [
    ['  watch   on ', 'watch on'],
    ['watch\u00a0on\n', 'watch on'],
    ['<at>Calendar Watch</at> watch on', 'watch on'],
    ['/watch on', 'watch on'],
    ['Watch on!', 'Watch on'],
    ['status ?', 'status'],
    ['agenda...', 'agenda'],
    ['?', '?'],
    ['/?', '?'],
    ['<at>Calendar Watch</at> ?', '?'],
    ['please remind 10', 'remind 10'],
    ['Please watch on.', 'watch on'],
    ['pleased to meet you', 'pleased to meet you'],
    ['place office 48.1,11.5 Main St. 1', 'place office 48.1,11.5 Main St. 1'],
    ['', ''],
    ['<at>Calendar Watch</at>', ''],
  ];
  for (const [typed, expected] of cases)
    it(`makes “${expected}” of ${JSON.stringify(typed)}`, () => assert.equal(tidy(typed), expected));

  it('is bounded, and leaves single spaces', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        assert.ok(tidy(typed.repeat(100)).length <= 500);
        assert.doesNotMatch(tidy(typed), /\s\s|[\n\t]/);
      }),
    );
  });
});

describe('hearing a command', () => {
  /** [typed, command, rest] */
  const cases: [string, string, string][] = [
    ['watch on', 'watch on', ''],
    ['WATCH ON', 'watch on', ''],
    ['watch', 'watch on', ''],
    ['sign in', 'sign in', ''],
    ['login', 'sign in', ''],
    ['watch off', 'watch off', ''],
    ['stop', 'watch off', ''],
    ['watch status', 'watch status', ''],
    ['status?', 'watch status', ''],
    ['agenda', 'agenda', ''],
    ['agenda tomorrow', 'agenda', 'tomorrow'],
    ['Agenda Tomorrow', 'agenda', 'tomorrow'],
    ['agenda next week', 'agenda', 'next week'],
    ['today', 'agenda', 'today'],
    ['tomorrow', 'agenda', 'tomorrow'],
    ['what’s on friday', 'what’s on', 'friday'],
    ["What's on next Tuesday afternoon?", 'what’s on', 'next tuesday afternoon'],
    ['what is on 3 Dec', 'what’s on', '3 dec'],
    ['whats on', 'what’s on', ''],
    ['next', 'next', ''],
    ['what is next?', 'next', ''],
    ['remind 10', 'remind', '10'],
    ['Remind OFF', 'remind', 'off'],
    ['remind 30 10 2', 'remind', '30 10 2'],
    ['remind as in outlook', 'remind as in outlook', ''],
    ['Remind as in Outlook OFF', 'remind as in outlook', 'off'],
    ['remind at start', 'remind at start', ''],
    ['digest week off', 'digest week', 'off'],
    ['digest 7:30', 'digest', '7:30'],
    ['quiet 22-7', 'quiet', '22-7'],
    ['quiet hours', 'quiet', ''],
    ['quiet hours 22-7', 'quiet', '22-7'],
    ['only with others', 'only with others', ''],
    ['own changes on', 'own changes', 'on'],
    ['settings', 'settings', ''],
    ['mute', 'mute', ''],
    ['mute series Weekly SYNC', 'mute', 'series Weekly SYNC'],
    ['Unmute Person Ann', 'unmute', 'Person Ann'],
    ['what is muted?', 'mute', ''],
    ['agenda prompts off', 'mute', 'agenda prompts'],
    ['Agenda on', 'unmute', 'agenda'],
    ['reminders off', 'mute', 'reminders'],
    ['no reminders', 'mute', 'reminders'],
    ['no more change notices', 'mute', 'change notices'],
    ['stop leaving', 'mute', 'leaving'],
    ['turn the double bookings off', 'mute', 'double bookings'],
    ['switch on follow-ups', 'unmute', 'follow-ups'],
    ['turn off my invitations', 'mute', 'invitations'],
    ['digest on', 'digest', 'on'],
    ['no digest', 'digest', 'off'],
    ['daily digest off', 'mute', 'daily digest'],
    ['colleagues off', 'colleagues', 'off'],
    ['word from colleagues on', 'unmute', 'word from colleagues'],
    ['remind off', 'remind', 'off'],
    ['focus off', 'focus', 'off'],
    ['kinds', 'kinds', ''],
    ['pause until 14:00', 'pause', 'until 14:00'],
    ['pause', 'pause', ''],
    ['resume', 'pause', 'off'],
    ['admin settings', 'admin settings', ''],
    ['admin forbid Daily digest', 'admin forbid', 'daily digest'],
    ['help settings', 'help', 'settings'],
    ['place office', 'place', 'office'],
    ['Place Office 48.137,11.575 Main St 1', 'place', 'Office 48.137,11.575 Main St 1'],
    ['admin deliveries', 'admin deliveries', ''],
    ['Admin deliveries RETRY', 'admin deliveries', 'retry'],
    ['help', 'help', ''],
    ['?', 'help', ''],
    ['Hi!', 'help', ''],
  ];
  for (const [typed, name, rest] of cases)
    it(`“${typed}” is ${name}${rest ? ` with “${rest}”` : ''}`, () => assert.deepEqual(heard(typed), [name, rest]));

  for (const typed of [
    '',
    'watchon',
    'watching',
    'watch it',
    'reminder',
    'agendas',
    'xyzzy',
    'stop it',
    'no idea',
    'turn it off',
    'lights off',
    'constructor',
  ])
    it(`“${typed}” is none`, () => assert.equal(heard(typed), undefined));

  it('every name, alias and usage is heard as its own command', () => {
    for (const { name, usage, aliases = [], openings = [], shortcuts = {} } of COMMANDS)
      for (const words of [
        name,
        usage,
        ...aliases,
        ...openings,
        ...openings.map((one) => `${one} x`),
        ...Object.keys(shortcuts),
      ])
        assert.equal(heard(words)?.[0], name, words);
  });

  it('never throws, and hears a command only where its words stand', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom(...names).map((name) => `${name} x`),
        ),
        (typed) => {
          const found = hear(tidy(typed));
          assert.ok(!found || names.includes(found.command.name));
        },
      ),
    );
  });
});

describe('suggesting a command', () => {
  /** [typed, suggestion] */
  const cases: [string, string | undefined][] = [
    ['wach on', 'watch on'],
    ['watchon', 'watch on'],
    ['watch of', 'watch off'],
    ['wtch status', 'watch status'],
    ['agnda', 'agenda'],
    ['agenda tomorow', undefined],
    ['tomorow', 'agenda'],
    ['nxt', 'next'],
    ['remid 10', 'remind 10'],
    ['hepl', 'help'],
    ['unwach', 'watch off'],
    ['setings', 'settings'],
    ['unmut', 'unmute'],
    ['puase', 'pause until 14:00'],
    ['resum', 'pause until 14:00'],
    ['digets 7:30', 'digest 7:30'],
    ['quite 22-7', 'quiet 22-7'],
    ['whts on friday', undefined],
    ['', undefined],
    ['what is the meaning of life', undefined],
    ['xyzzy', undefined],
  ];
  for (const [typed, expected] of cases) {
    // Heard as it stands; nothing to suggest.
    if (hear(typed)) continue;
    it(`for “${typed}” is ${expected ?? 'none'}`, () => assert.equal(suggest(typed), expected));
  }

  it('is always something that is understood', () => {
    for (const usage of usages) assert.ok(hear(tidy(usage)), usage);
    fc.assert(
      fc.property(fc.string(), (typed) => {
        const suggestion = suggest(typed);
        assert.ok(suggestion === undefined || usages.includes(suggestion));
      }),
    );
  });

  const isOneLeftOut = (typed: string, name: string) =>
    [...name].some((_, at) => name.slice(0, at) + name.slice(at + 1) === typed);

  it('finds every command with one letter left out', () => {
    for (const command of COMMANDS) {
      for (let at = 1; at < command.name.length; at += 1) {
        const typed = command.name.slice(0, at) + command.name.slice(at + 1);
        if (hear(typed)) continue;
        // “forget m” may be either.
        const meant = COMMANDS.filter(({ name }) => isOneLeftOut(typed, name)).map((one) => one.usage);
        assert.ok(meant.includes(command.usage) && meant.includes(suggest(typed) ?? ''), typed);
      }
    }
  });
});

describe('answers that need nothing but the words', () => {
  // Whoever touches a service here has gone further than the words allow.
  const services = new Proxy({} as Services, {
    get: (_, name) => assert.fail(`used ${String(name)}`),
  });
  const turn: Turn = { tenantId: 't', personId: 'p', conversationId: 'c', locale: 'en-GB', timeZone: 'UTC' };
  const words = async (typed: string) => (await answer(services, turn, typed))?.fallbackText ?? '';

  /** All that is known of who asks. */
  const asking = (isAdmin: boolean) =>
    ({
      database: {
        inTenant: async (_: string, work: (sql: unknown) => unknown) => work({ query: async () => [{ isAdmin }] }),
      },
    }) as unknown as Services;

  it('help lists every command, those for admins to admins', async () => {
    for (const isAdmin of [true, false]) {
      const text = (await answer(asking(isAdmin), turn, 'help'))?.fallbackText ?? '';
      for (const { usage, isForAdmins, isDetail } of COMMANDS)
        assert.equal(text.includes(`${usage}: `), !isDetail && (isAdmin || !isForAdmins), usage);
    }
  });

  it('what is for admins is suggested to admins', async () => {
    const near = async (isAdmin: boolean) => (await answer(asking(isAdmin), turn, 'admin delivries'))?.fallbackText;
    assert.match((await near(true)) ?? '', /Did you mean admin deliveries\?/);
    assert.doesNotMatch((await near(false)) ?? '', /admin deliveries/);
  });

  it('unknown words get the nearest command, or help', async () => {
    assert.equal(await words('wach on'), 'I don’t know “wach on”. Did you mean watch on?');
    assert.equal(await words('xyzzy'), 'I don’t know “xyzzy”. help shows what I understand.');
    const card = JSON.stringify((await answer(services, turn, 'xyzzy [a](https://evil.example) <b>'))?.card);
    assert.ok(card.includes('\\\\[a\\\\]') && card.includes('\\\\<b\\\\>'), card);
  });

  for (const typed of ['remind me', 'remind 0', 'remind 1441', 'remind -5', 'remind 1.5', 'remind 10 hours'])
    it(`“${typed}” is asked again`, async () => assert.match(await words(typed), /How many minutes before\?/));

  for (const typed of [
    'place',
    'place office',
    'place home 4.8.1,11',
    'place office Main St 1',
    'place office 91,11',
    'place office 48,181',
    'place office 48',
    'place office 48.1.2,11',
  ])
    it(`“${typed}” is asked again`, async () =>
      assert.match(await words(typed), /Give me a name, latitude and longitude/));

  /** [typed, asked again] */
  const wrong: [string, RegExp][] = [
    ['remind 1 2 3 4 5 6', /up to 5/],
    ['remind at start maybe', /On or off\?.*remind at start on/],
    ['digest late', /At which hour\?.*digest 7:30/],
    ['quiet 7-7', /From when to when\?.*quiet 22-7/],
    ['focus sometimes', /On or off\?/],
    ['tentative maybe', /I know remind and skip/],
    ['private hidden', /I know show, discreet and skip/],
    ['travel by rocket', /I know car, foot, bicycle and transit/],
    ['spare 121', /0 to 120/],
    ['mute xyzzy', /mute series Weekly.*Kinds are reminders/],
    ['mute series', /mute series Weekly/],
    ['unmute xyzzy', /unmute series Weekly/],
  ];
  for (const [typed, expected] of wrong)
    it(`“${typed}” is asked again`, async () => assert.match(await words(typed), expected));

  it('“help settings” lists what can be typed', async () => {
    const text = await words('help settings');
    for (const { usage, group } of COMMANDS) assert.equal(text.includes(`${usage}: `), group === 'settings', usage);
  });
});
