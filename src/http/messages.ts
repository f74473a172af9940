/** POST /api/messages: from the channel to the bot. botbuilder proves who sent it. */
import type { TeamsAdapter } from '@microsoft/teams-ai';
import type { Request, Response, Server } from 'restify';
import type { Bot } from '../bot/application.ts';
import type { Logger } from '../log.ts';
import { Ack } from './ack.ts';
import { readActivity } from './activity-form.ts';
import { readBody } from './body.ts';

const BODY_LIMIT_BYTES = 256 * 1024;

export function mountMessages(server: Server, deps: { adapter: TeamsAdapter; bot: Bot; log: Logger }): void {
  server.post('/api/messages', async (request: Request, response: Response) => {
    const body = await readBody(request, BODY_LIMIT_BYTES);
    if ('tooLarge' in body)
      return new Ack(response).give(413, { code: 'BodyTooLarge', message: `at most ${BODY_LIMIT_BYTES} bytes` });
    const activity = readActivity(body.text);
    if (!activity) return new Ack(response).give(400, { code: 'BadBody', message: 'expected an activity as JSON' });
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
