/** The pages that the app package links to: what this is, what it keeps, on what terms. */
import type { Request, Response, Server } from 'restify';
import { sendPage } from './pages.ts';

const PAGES: Record<string, { mark: string; title: string; text: string }> = {
  '/': {
    mark: '⏰',
    title: 'Calendar Watch',
    text: 'I watch your Microsoft 365 calendar and speak up in Teams at the right moment. Find me in Teams and type “watch on”.',
  },
  '/privacy': {
    mark: '🔒',
    title: 'What is kept',
    text:
      'While you are watched: a copy of the entries of the calendars that you chose, yours or shared with you (as a rule 90 days back, 60 ahead; of private entries their times alone), your time zone, language and working hours, your settings and places, ' +
      'the sign-in that lets us read them (sealed), and what was said to you. “watch off” deletes the copy at once; the sign-in stays for the next “watch on”. ' +
      '“export my data” gives you a file with all of it, “forget me” removes it; so does removing the app, after a while (as a rule 30 days). The operator of this server is responsible for it; ask them for the rest.',
  },
  '/terms': {
    mark: '📄',
    title: 'Terms',
    text: 'Calendar Watch is free software under the MIT licence and comes without warranty. The operator of this server may add terms of their own.',
  },
};

export function mountAbout(server: Server): void {
  for (const [path, page] of Object.entries(PAGES))
    server.get(path, async (_request: Request, response: Response) => sendPage(response, 200, page));
}
