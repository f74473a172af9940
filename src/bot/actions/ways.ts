/** The buttons on the card of ways. What they carry is the name of a way; addresses are the presser's own. */
import { z } from 'zod';
import { OTHER_WAYS } from '../../nudges/settings.ts';
import {
  CODE_INPUT,
  ENTER_CODE,
  FORGET_WAY,
  LADDER_INPUT,
  LONGEST_ADDRESS_INPUT,
  SAVE_LADDER,
  SEND_CODE,
  STOP_WAY,
} from '../cards/ways.ts';
import { chooseLadder, forgetAddress, sendCodeAgain, stopUsing, tellAddress, typeCode } from '../commands/ways.ts';
import type { ButtonAction } from './action.ts';
import { parse } from './press-input.ts';

const typed = (most: number) => z.string().max(most).default('');
const ofWay = z.object({ way: z.enum(OTHER_WAYS) });
const ofAddress = ofWay.extend({
  email: z.string().max(LONGEST_ADDRESS_INPUT).optional(),
  sms: z.string().max(LONGEST_ADDRESS_INPUT).optional(),
});

const pressLadder: ButtonAction = {
  verb: SAVE_LADDER,
  async run(services, turn, data) {
    const { [LADDER_INPUT]: ladder } = parse(z.object({ [LADDER_INPUT]: typed(60) }), data);
    return { card: await chooseLadder(services, turn, ladder) };
  },
};

/** To the address that was typed; without an input, to the one that is known. */
const pressSendCode: ButtonAction = {
  verb: SEND_CODE,
  async run(services, turn, data) {
    const { way, ...inputs } = parse(ofAddress, data);
    const address = inputs[way];
    return {
      card:
        address === undefined
          ? await sendCodeAgain(services, turn, way)
          : await tellAddress(services, turn, way, address),
    };
  },
};

const pressEnterCode: ButtonAction = {
  verb: ENTER_CODE,
  async run(services, turn, data) {
    const { [CODE_INPUT]: code } = parse(z.object({ [CODE_INPUT]: typed(40) }), data);
    return { card: await typeCode(services, turn, code) };
  },
};

const pressStop: ButtonAction = {
  verb: STOP_WAY,
  run: async (services, turn, data) => ({ card: await stopUsing(services, turn, parse(ofWay, data).way) }),
};

const pressForget: ButtonAction = {
  verb: FORGET_WAY,
  run: async (services, turn, data) => ({ card: await forgetAddress(services, turn, parse(ofWay, data).way) }),
};

export const WAY_ACTIONS: readonly ButtonAction[] = [
  pressLadder,
  pressSendCode,
  pressEnterCode,
  pressStop,
  pressForget,
];
