/** POST /api/messages: from the channel to the bot. botbuilder proves who sent it. */
import type { TeamsAdapter } from '@microsoft/teams-ai';
import type { Request, Response, Server } from 'restify';
import { z } from 'zod';
import type { Bot } from '../bot/application.ts';
import type { Logger } from '../log.ts';
import { Ack } from './ack.ts';
import { readBody } from './body.ts';

const BODY_LIMIT_BYTES = 256 * 1024;

/** Without these the SDK trips before it has looked at the token; nothing else in an activity is needed by all. */
const addressed = z.object({
  type: z.string().min(1),
  channelId: z.string().min(1),
  conversation: z.object({ id: z.string().min(1) }),
});

export function mountMessages(server: Server, deps: { adapter: TeamsAdapter; bot: Bot; log: Logger }): void {
  server.post('/api/messages', async (request: Request, response: Response) => {
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if ('tooLarge' in body)
      return new Ack(response).give(413, { code: 'BodyTooLarge', message: `at most ${BODY_LIMIT_BYTES} bytes` });
    let activity: unknown;
    try {
      activity = JSON.parse(body.text);
    } catch {
      return new Ack(response).give(400, { code: 'BadBody', message: 'expected JSON' });
    }
    if (!addressed.safeParse(activity).success)
      return new Ack(response).give(400, { code: 'BadBody', message: 'expected an activity' });
    try {
      request.body = activity;
      await deps.adapter.process(request, response, (context) => deps.bot.run(context));
    } catch (err) {
      deps.log.error({ err }, 'an activity could not be processed');
      if (!response.headersSent)
        new Ack(response).give(500, { code: 'Failed', message: 'the activity could not be processed' });
    }
  });
}
