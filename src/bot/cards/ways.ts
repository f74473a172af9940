/** How the bot reaches a person: the ladder, the addresses and how it stands with them, and what can be done about it. */
import type { Message } from '../../delivery/message.ts';
import { OTHER_WAYS, type OtherWayName } from '../../nudges/settings.ts';
import type { WhyWay } from '../../store/sends.ts';
import type { CameLater } from '../../store/ways.ts';
import {
  HOW_TO_TELL,
  LADDERS,
  ladderTitle,
  ladderValue,
  ladderWords,
  masked,
  WAY_BY,
  WAY_NAMES,
} from '../way-values.ts';
import type { WayState, Ways } from '../ways.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { type Action, type Element, execute, kicker, line, message, plain, row, subtle } from './parts.ts';
import { KIND_NAMES } from './undelivered.ts';

export const SAVE_LADDER = 'ways.ladder';
export const SEND_CODE = 'ways.sendCode';
export const ENTER_CODE = 'ways.enterCode';
export const STOP_WAY = 'ways.stop';
export const FORGET_WAY = 'ways.forget';

/** The inputs: of the ladder, of the code; an address has the name of its way. */
export const LADDER_INPUT = 'ladder';
export const CODE_INPUT = 'code';
export const LONGEST_ADDRESS_INPUT = 300;

const STATE_WORDS: Record<WayState, string> = {
  forbidden: 'not allowed by your admin',
  notSetUp: 'not set up here; your admin can do that',
  noAddress: 'no address yet',
  waiting: 'waiting for the code that I sent',
  unconfirmed: 'not confirmed',
  stopped: 'stopped; only a new code starts it again',
  confirmed: 'confirmed',
};

const NEEDED: Partial<Record<WayState, (way: OtherWayName) => string>> = {
  forbidden: (way) => `Your admin doesn’t allow **${WAY_NAMES[way]}**.`,
  notSetUp: (way) => `**${WAY_NAMES[way]}** isn’t set up here yet: please ask your admin.`,
  noAddress: (way) => `First tell me the ${way === 'email' ? 'address' : 'number'}: ${HOW_TO_TELL[way]}.`,
  waiting: () => 'Type the code that I sent you: **code 123456**.',
  unconfirmed: (way) => `It isn’t confirmed yet: **start ${way}** sends you a new code.`,
  stopped: (way) => `It was stopped: **start ${way}** sends you a new code, and begins again.`,
};

/** What is missing before a way can be used; empty where nothing is. */
export const neededFor = (ways: Pick<Ways, 'state'>, way: OtherWayName): string => NEEDED[ways.state[way]]?.(way) ?? '';

function standing({ known, state }: Ways, way: OtherWayName): string {
  const address = known[way]?.address;
  return `**${WAY_NAMES[way]}**${address ? ` ${plain(masked(way, address), 120)}` : ''} — ${STATE_WORDS[state[way]]}`;
}

const button = (label: string, verb: string, way: OtherWayName, more: Action = {}): Action =>
  execute(label, verb, { way }, { associatedInputs: 'none', ...more });

function actionsFor({ known, state }: Ways, way: OtherWayName): Action[] {
  const rest = known[way] ? [button('Forget it', FORGET_WAY, way)] : [];
  switch (state[way]) {
    case 'confirmed':
      return [button('Stop it', STOP_WAY, way), ...rest];
    case 'waiting':
    case 'unconfirmed':
      return [button('Send a new code', SEND_CODE, way), ...rest];
    case 'stopped':
      return [button('Start it again', SEND_CODE, way), ...rest];
    default:
      return rest;
  }
}

const PLACEHOLDERS: Record<OtherWayName, string> = { email: 'you@example.com', sms: '+49 170 1234567' };

function addressElements({ state }: Ways, way: OtherWayName): Element[] {
  if (state[way] !== 'noAddress') return [];
  return [
    {
      type: 'Input.Text',
      id: way,
      label: way === 'email' ? 'Your address' : 'Your number',
      style: way === 'email' ? 'Email' : 'Tel',
      placeholder: PLACEHOLDERS[way],
      maxLength: LONGEST_ADDRESS_INPUT,
      spacing: 'Small',
    },
    { type: 'ActionSet', actions: [execute('Send me a code', SEND_CODE, { way })] },
  ];
}

function wayElements(ways: Ways, way: OtherWayName, icon: string): Element[] {
  const actions = actionsFor(ways, way);
  return [
    row(icon, standing(ways, way)),
    ...addressElements(ways, way),
    ...(actions.length > 0 ? [{ type: 'ActionSet', spacing: 'Small', actions }] : []),
  ];
}

const ICONS: Record<OtherWayName, string> = { email: '✉️', sms: '📱' };

const codeElements = ({ state }: Ways): Element[] =>
  OTHER_WAYS.some((way) => state[way] === 'waiting')
    ? [
        {
          type: 'Input.Text',
          id: CODE_INPUT,
          label: 'The code that I sent you',
          placeholder: '123456',
          maxLength: 20,
          spacing: 'Medium',
        },
        { type: 'ActionSet', actions: [execute('Confirm', ENTER_CODE, {}, { style: 'positive' })] },
      ]
    : [];

const allowed = ({ settings }: Ways, ladder: readonly OtherWayName[]) =>
  ladder.every((way) => !settings.forbiddenWays.includes(way));

/** @param said what was just done, or could not be */
export function waysCard(ways: Ways, said = ''): Message {
  const ladder = ways.settings.ways;
  // What was just said is about them already.
  const needed = said === '' ? ladder.map((way) => neededFor(ways, way)).filter(Boolean) : [];
  const standings = OTHER_WAYS.map((way) => standing(ways, way));
  const words = [said, ladderWords(ladder), ...needed, `${standings.join('; ')}.`].filter(Boolean).join(' ');
  return message(
    [
      kicker('📬', 'How I reach you'),
      ...(said === '' ? [] : [line(said)]),
      line(ladderWords(ladder)),
      ...needed.map((one) => line(`⚠️ ${one}`, { size: 'Small' })),
      ...OTHER_WAYS.flatMap((way) => wayElements(ways, way, ICONS[way])),
      ...codeElements(ways),
      {
        type: 'Input.ChoiceSet',
        id: LADDER_INPUT,
        label: 'In which order',
        style: 'compact',
        value: ladderValue(ladder),
        choices: LADDERS.filter((one) => allowed(ways, one)).map((one) => ({
          value: ladderValue(one),
          title: ladderTitle(one),
        })),
        spacing: 'Medium',
      },
      { type: 'ActionSet', actions: [execute('Save the order', SAVE_LADDER)] },
      subtle('Addresses are used only for what Teams can’t bring you in time.'),
    ],
    { summary: 'How I reach you', fallbackText: words.replace(/[*\\]/g, '') },
  );
}

/** For “watch status”: "Teams, then e-mail a•••@example.com (not confirmed)". */
export function waysFact(ways: Ways): string {
  const ladder = ways.settings.ways.map((way) => {
    const address = ways.known[way]?.address;
    const name = `${way === 'sms' ? 'SMS' : 'e-mail'}${address ? ` ${plain(masked(way, address), 120)}` : ''}`;
    return ways.state[way] === 'confirmed' ? name : `${name} (${STATE_WORDS[ways.state[way]]})`;
  });
  return ['Teams', ...ladder.map((one) => `then ${one}`)].join(', ');
}

const BECAUSE: Record<WhyWay, string> = {
  blocked: 'I was blocked in Teams',
  noChat: 'we had no chat',
  refused: 'Teams refused it',
  busy: 'Teams was too busy',
};

const SHOWN_LATER = 3;

/** For “watch status”: what came by another way. */
export function laterRows(
  { newest, total }: { newest: CameLater[]; total: number },
  reader: Reader,
  now: number,
): { rows: Element[]; words: string } {
  if (total === 0) return { rows: [], words: '' };
  const say = speakerFor(reader);
  const head = `${plural(total, 'thing')} came by another way in the last 7 days`;
  const named = newest.slice(0, SHOWN_LATER).map((one) => {
    const about = one.subject ? ` — ${plain(one.subject, 80)}` : '';
    const when = `${say.relativeDay(one.saidAt, now)} ${say.time(one.saidAt)}`;
    const why = one.why ? `, because ${BECAUSE[one.why]}` : '';
    return `${KIND_NAMES[one.kind] ?? 'Message'} ${when} ${WAY_BY[one.way]}${about}${why}.`;
  });
  const rest = total - named.length;
  return {
    rows: [
      line(`**${head}:**`, { spacing: 'Medium' }),
      ...named.map((words) => row('•', words)),
      ...(rest > 0 ? [subtle(`… and ${rest} more`)] : []),
    ],
    words: `${head}: ${named.join(' ')}`,
  };
}
