/** The request of each index: the same seed and index, the same request. */
import type { ChannelActivity } from '../../sandbox/connector/connector.ts';
import { ACTIONS } from '../../src/bot/actions/actions.ts';
import { COMMANDS } from '../../src/bot/commands/commands.ts';
import { COMMAND_WORDS, VERB_DATA } from '../security/verbs.ts';
import { Chance } from '../simulation/chance.ts';
import { deepJson, MARK, MARKUP, PLANTED_HEADER, spoilt, spoiltJson, text, value } from './hostile.ts';
import type { FuzzRequest } from './send.ts';
import { SMS_KEY, type Stage } from './stage.ts';

export interface FuzzCase extends FuzzRequest {
  index: number;
  /** In a few words, for who reads a failure. */
  about: string;
  /** Sent with the channel's token, so that it gets past the door; the address that the token vouches for. */
  vouchedFor?: string;
}

type Draft = Omit<FuzzCase, 'index'>;

/** These would end what the others are tried on. */
const ENDS = /watch off|sign.?out|forget|uninstall|unwatch|disconnect|stop|pause/i;

const json = (body: Buffer | string, path: string, about: string): Draft => ({
  method: 'POST',
  path,
  headers: { 'Content-Type': 'application/json' },
  body: Buffer.from(body),
  framing: 'length',
  about,
});

const encoded = (chance: Chance, raw: string) => {
  // What is no text can’t be encoded.
  const cut = Buffer.from(raw.slice(0, 20_000), 'utf8').toString('utf8');
  const way = chance.whole(0, 3);
  if (way === 0) return encodeURIComponent(encodeURIComponent(cut));
  if (way === 1)
    return [...Buffer.from(cut)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
      .join('')
      .slice(0, 9_000);
  return encodeURIComponent(cut);
};

const QUERY_NAMES = [
  'validationToken',
  'ValidationToken',
  'state',
  'code',
  'error',
  't',
  'key',
  'callback',
  'jsonp',
  'admin_consent',
  'tenant',
  'error_description',
  'x[y]',
  '__proto__',
];

function query(chance: Chance): string {
  const count = chance.hits(0.02) ? 500 : chance.whole(0, 4);
  const pairs = Array.from(
    { length: count },
    () => `${chance.pick(QUERY_NAMES)}${chance.hits(0.95) ? '=' : ''}${encoded(chance, text(chance))}`,
  );
  return pairs.length > 0 ? `?${pairs.join(chance.hits(0.9) ? '&' : ';')}` : '';
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'];

const TYPES = [
  'text/html',
  'text/plain',
  'application/javascript',
  'application/octet-stream',
  'application/xml',
  '*/*',
  'a',
  'multipart/form-data; boundary=',
  'application/json; charset=utf-7',
  'application/x-www-form-urlencoded',
];

function headers(chance: Chance): Record<string, string> {
  const out: Record<string, string> = {};
  const header = (name: string, values: readonly string[]) => {
    if (chance.hits(0.35)) out[name] = chance.pick(values) ?? '';
  };
  header('Accept', TYPES);
  header('Content-Type', TYPES);
  header('Content-Encoding', ['gzip', 'br', 'identity', 'x']);
  header('Accept-Version', ['9.9.9', '*', 'x'.repeat(300)]);
  header('X-HTTP-Method-Override', ['DELETE', 'GET']);
  header('X-Forwarded-For', ['127.0.0.1', '::1, x', `${MARK}`, ','.repeat(500)]);
  header('Authorization', [
    'Bearer',
    'Bearer x',
    `Basic ${MARK}`,
    `Bearer eyJhbGciOiJub25lIn0.e30.`,
    'x'.repeat(9_000),
  ]);
  header('Expect', ['100-continue', 'fire']);
  header('If-None-Match', ['*', '"x"']);
  header('Range', ['bytes=0-0', 'bytes=-1,2-x']);
  header('Cookie', [`a=${MARK}`, ';'.repeat(200)]);
  header('Connection', ['close', 'keep-alive', 'upgrade']);
  header('X-Twilio-Signature', ['x', '']);
  if (chance.hits(0.02)) for (let one = 0; one < 150; one += 1) out[`X-Many-${one}`] = 'x';
  return out;
}

/** Any method on any route, or beside one: paths, queries, headers, framing, bodies. */
function onRoute(chance: Chance, stage: Stage): Draft {
  const route = chance.pick(stage.routes) ?? { method: 'GET', path: '/' };
  const filled = route.path.replace(/:\w+/g, () => encoded(chance, text(chance)) || 'x');
  const beside = [
    '/',
    `${filled}/`,
    `/${filled}`,
    `${filled}/../..`,
    `${filled}%2e`,
    `/${encoded(chance, MARKUP)}`,
    `${filled}/${encoded(chance, text(chance))}`,
    filled.toUpperCase(),
    `http://${MARK}.invalid${filled}`,
    '*',
  ];
  const path = chance.hits(0.7) ? filled : (chance.pick(beside) ?? filled);
  const method = chance.hits(0.6) ? route.method : (chance.pick(METHODS) ?? 'GET');
  const bodies = [
    () => Buffer.alloc(0),
    () => Buffer.from(JSON.stringify(value(chance)) ?? ''),
    () => Buffer.from(deepJson(chance)),
    () => Buffer.from(`${text(chance)}=${text(chance)}&List-Unsubscribe=One-Click`),
    () => Buffer.from(text(chance), 'latin1'),
    () => Buffer.from([0x1f, 0x8b, 8, 0, 0xff, 0xff]),
  ];
  const hasBody = method !== 'GET' && method !== 'HEAD' && chance.hits(0.7);
  const framing = chance.hits(0.9)
    ? chance.hits(0.8)
      ? 'length'
      : 'chunked'
    : (chance.pick(['short', 'long'] as const) ?? 'length');
  const draft: Draft = {
    method,
    path: `${path}${query(chance)}`.slice(0, 12_000),
    headers: headers(chance),
    body: hasBody ? (chance.pick(bodies)?.() ?? Buffer.alloc(0)) : Buffer.alloc(0),
    framing: hasBody ? framing : 'length',
    about: `${method} ${route.path}`,
  };
  return draft;
}

/** No client would write this. */
function rawBytes(chance: Chance, stage: Stage): Draft {
  const { path } = chance.pick(stage.routes) ?? { path: '/' };
  const all: (() => Partial<Draft>)[] = [
    () => ({ path: `${path}?a=${text(chance).slice(0, 500)}` }),
    () => ({ method: 'G\tET' }),
    () => ({ method: 'POST', headers: { 'Transfer-Encoding': 'chunked' }, body: Buffer.from('zz\r\n{}\r\n0\r\n\r\n') }),
    () => ({
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': '3' },
      body: Buffer.from('0\r\n\r\n'),
    }),
    () => ({ method: 'POST', headers: { 'Content-Length': '-1' } }),
    () => ({ method: 'POST', headers: { 'Content-Length': '99999999999999999999' }, body: Buffer.from('{}') }),
    () => ({ method: 'POST', headers: { 'Content-Length': '1, 2' }, body: Buffer.from('{}') }),
    () => ({ headers: { [`A\0${MARK}`]: 'x' } }),
    () => ({ headers: { 'X-Long': 'x'.repeat(40_000) } }),
    () => ({ headers: { Host: `${MARK}"><fz>` } }),
    () => ({ headers: { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': 'x' } }),
    () => ({ headers: { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': '' } }),
    () => ({ path: `${path}%zz?state=%&state=%E0%A4%A` }),
    () => ({ path: ` ${path} ` }),
    () => ({ path: `${path}\r\n${PLANTED_HEADER}: 1\r\n` }),
  ];
  return {
    method: 'GET',
    path,
    headers: {},
    body: Buffer.alloc(0),
    framing: 'bytes',
    about: `bytes at ${path}`,
    ...chance.pick(all)?.(),
  };
}

/** Notices of both subscriptions, whole and spoilt; of the closed one never with the right clientState. */
function notices(chance: Chance, { subscriptions, ids }: Stage): Draft {
  const endpoint = chance.pick(['notifications', 'lifecycle']);
  const one = () => {
    const isOpen = chance.hits(0.3);
    const { open, closed } = subscriptions;
    const guess = chance.pick([
      open.clientState,
      '',
      'nobody',
      open.clientState.slice(0, -1),
      open.clientState.toLowerCase(),
      null,
      [open.clientState],
      7,
    ]);
    const eventId = chance.pick([ids[0]?.eventId, text(chance), undefined]);
    const notice = {
      subscriptionId: isOpen ? open.id : (chance.pick([closed.id, text(chance)]) ?? closed.id),
      clientState: isOpen && chance.hits(0.7) ? open.clientState : guess,
      changeType: chance.pick(['created', 'updated', 'deleted', 'exploded']),
      lifecycleEvent: chance.pick(['reauthorizationRequired', 'missed', 'subscriptionRemoved', 'x']),
      resource: 'Users/x/Events/y',
      resourceData: { id: eventId, '@odata.etag': 'W/"x"' },
      ...(chance.hits(0.3)
        ? {
            encryptedContent: {
              data: 'eA==',
              dataKey: 'eA==',
              dataSignature: 'eA==',
              encryptionCertificateId: text(chance),
            },
          }
        : {}),
    };
    return chance.hits(0.4) ? spoilt(chance, notice) : notice;
  };
  const isMany = chance.hits(0.01);
  const tokens = chance.pick([undefined, [], ['x'], 'x', [`e30.e30.${MARK}`], [null], Array(2_000).fill('a.b.c')]);
  const body = {
    value: isMany ? Array(1_001).fill(null) : Array.from({ length: chance.whole(0, 4) }, one),
    ...(tokens === undefined ? {} : { validationTokens: tokens }),
  };
  const bytes = chance.hits(0.2) ? spoiltJson(chance, body) : Buffer.from(JSON.stringify(body));
  return json(bytes, `/api/${endpoint}`, endpoint ?? '');
}

/** Text messages from providers, with the right key so that they get further. */
function textMessages(chance: Chance): Draft {
  const event = {
    eventType: chance.pick([
      'Microsoft.Communication.SMSReceived',
      'Microsoft.EventGrid.SubscriptionValidationEvent',
      'x',
    ]),
    data: {
      from: chance.pick(['+491701234567', text(chance)]),
      message: chance.pick(['STOP', text(chance)]),
      validationCode: chance.pick([MARKUP, 'x', text(chance)]),
    },
  };
  const body = [event, spoilt(chance, event)];
  return json(
    chance.hits(0.3) ? spoiltJson(chance, body) : JSON.stringify(body),
    `/ways/sms/acs?key=${chance.hits(0.9) ? SMS_KEY : 'x'}`,
    'sms',
  );
}

function commandText(chance: Chance, mayEnd: boolean): string {
  const command = chance.pick(COMMANDS);
  if (!command) return '';
  const names = [
    command.name,
    ...(command.aliases ?? []),
    ...(command.openings ?? []),
    ...Object.keys(command.shortcuts ?? {}),
  ];
  const name = chance.pick(names) ?? '';
  const words = chance.hits(0.4) ? (chance.pick(COMMAND_WORDS[command.name] ?? ['']) ?? '') : text(chance);
  const whole = `${name} ${words}`;
  if (!mayEnd && ENDS.test(whole)) return `next ${words}`;
  if (chance.hits(0.1)) return spoiltText(chance, whole);
  return chance.hits(0.1) ? text(chance) : whole;
}

function spoiltText(chance: Chance, whole: string): string {
  const cut = chance.whole(0, whole.length);
  return `${whole.slice(0, cut)}${text(chance)}${whole.slice(cut)}`;
}

/** Signed as the channel signs, so that what is inside is looked at. */
function activity(chance: Chance, stage: Stage): Draft {
  const { connector } = stage.product;
  const isWatcher = chance.hits(0.5);
  const which = chance.whole(0, 1_000);
  const who = isWatcher
    ? stage.watchers[which % stage.watchers.length]
    : stage.strangers[which % stage.strangers.length];
  const ids = stage.ids[which % stage.ids.length];
  if (!who || !ids) throw new Error('nobody is there');
  const kind = chance.random();
  let made: ChannelActivity;
  let about: string;
  if (kind < 0.45) {
    const verb = chance.pick(ACTIONS.filter((one) => !isWatcher || !ENDS.test(one.verb)))?.verb ?? '';
    const data = { ...VERB_DATA[verb]?.(ids), for: chance.hits(0.9) ? who.person.oid : value(chance) };
    const carried = chance.hits(0.8)
      ? (spoilt(chance, chance.hits(0.5) ? spoilt(chance, data) : data) as Record<string, unknown>)
      : data;
    made = connector.invokeActivity(who.user, verb, carried);
    about = `verb ${verb}`;
  } else if (kind < 0.85) {
    const said = commandText(chance, !isWatcher);
    made = connector.messageActivity(who.user, said, chance.hits(0.8) ? { attachments: [] } : {});
    about = `command ${said.slice(0, 30)}`;
  } else {
    const all = [
      () => connector.membersAddedActivity(who.user),
      () => connector.submitActivity(who.user, value(chance)),
      () => ({ ...connector.messageActivity(who.user, 'help'), type: text(chance).slice(0, 200) || 'x' }),
      () => ({
        ...connector.invokeActivity(who.user, 'x', {}),
        name: chance.pick([
          'signin/verifyState',
          'signin/tokenExchange',
          'signin/failure',
          'composeExtension/query',
          'task/fetch',
          'config/fetch',
          text(chance).slice(0, 200),
        ]),
        value: chance.hits(0.3)
          ? value(chance)
          : spoilt(chance, { id: 'x', token: 'a.b.c', state: '123456', code: 'x' }),
      }),
      () =>
        isWatcher
          ? connector.membersAddedActivity(who.user)
          : {
              ...connector.installActivity(who.user, 'add'),
              action: chance.pick(['add', 'remove', 'remove-upgrade', 7, null]) as string,
            },
      () => ({
        ...connector.messageActivity(who.user, 'help'),
        conversation: {
          id: `19:${MARK}@thread.v2`,
          tenantId: who.person.tenantId,
          conversationType: chance.pick(['groupChat', 'channel', 'x']) as string,
        },
      }),
    ];
    made = (chance.pick(all)?.() ?? connector.membersAddedActivity(who.user)) as ChannelActivity;
    about = `activity ${String(made.type).slice(0, 20)}`;
  }
  if (chance.hits(0.25)) made = spoilt(chance, made) as ChannelActivity;
  const body = chance.hits(0.05) ? spoiltJson(chance, made) : Buffer.from(JSON.stringify(made) ?? '');
  const service = typeof made?.serviceUrl === 'string' ? made.serviceUrl : connector.serviceUrl;
  return { ...json(body, '/api/messages', about), vouchedFor: service };
}

const KINDS: readonly [number, (chance: Chance, stage: Stage) => Draft][] = [
  [0.3, onRoute],
  [0.05, rawBytes],
  [0.15, notices],
  [0.04, textMessages],
  [0.46, activity],
];

export function makeCase(seed: number, index: number, stage: Stage): FuzzCase {
  const chance = Chance.of(seed, `fuzz ${index}`);
  let draw = chance.random();
  for (const [share, make] of KINDS) {
    if (draw < share) return { index, ...make(chance, stage) };
    draw -= share;
  }
  return { index, ...activity(chance, stage) };
}
