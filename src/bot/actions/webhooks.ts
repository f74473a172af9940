/** Buttons of webhooks. The id is looked up among those of whoever presses. */
import { z } from 'zod';
import { WEBHOOK_REMOVE, WEBHOOK_SWITCH_ON, WEBHOOK_TEST, webhookOnCard } from '../cards/webhooks.ts';
import { removed, testing } from '../commands/webhooks.ts';
import { switchOn } from '../webhooks.ts';
import type { ButtonAction } from './action.ts';
import { parse } from './press-input.ts';

const named = z.object({ webhookId: z.string().min(1).max(200) });

const pressTest: ButtonAction = {
  verb: WEBHOOK_TEST,
  run: async (services, turn, data) => ({ reply: await testing(services, turn, parse(named, data).webhookId) }),
};

const pressSwitchOn: ButtonAction = {
  verb: WEBHOOK_SWITCH_ON,
  async run(services, turn, data) {
    const { webhook, paused } = await switchOn(services, turn, parse(named, data).webhookId);
    return { card: webhookOnCard(webhook, paused) };
  },
};

const pressRemove: ButtonAction = {
  verb: WEBHOOK_REMOVE,
  run: async (services, turn, data) => ({ card: await removed(services, turn, parse(named, data).webhookId) }),
};

export const WEBHOOK_ACTIONS: readonly ButtonAction[] = [pressTest, pressSwitchOn, pressRemove];
