/** "watch on", the sign-in, the greeting: as a person does it, for everybody, a few at a time. */
import type { Say } from './report.ts';
import type { Heard, Resident, Town } from './town.ts';

const AT_ONCE = 16;
const HEAR_LIMIT_MS = 60_000;

/** The next message that matches; to be called before what brings it about. */
export function hear(resident: Resident, pattern: RegExp, limitMs = HEAR_LIMIT_MS): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resident.onMessage = undefined;
      reject(new Error(`${resident.person.upn} waited in vain for ${pattern}`));
    }, limitMs);
    resident.onMessage = (heard) => {
      if (!pattern.test(heard.text)) return;
      clearTimeout(timer);
      resident.onMessage = undefined;
      resolve(heard);
    };
  });
}

interface Card {
  attachments?: { content?: { actions?: { title?: string; url?: string }[] } }[];
}

function signInUrl(text: string): string {
  const card = JSON.parse(text) as Card;
  const url = card.attachments?.[0]?.content?.actions?.find((action) => action.title === 'Sign in')?.url;
  if (!url) throw new Error('the card has no sign-in');
  return url;
}

async function connectOne(town: Town, resident: Resident, botUrl: string): Promise<void> {
  const { connector, sandbox } = town;
  const asked = hear(resident, /Let me see your calendar/);
  asked.catch(() => undefined);
  const said = await connector.sendToBot(
    `${botUrl}/api/messages`,
    connector.messageActivity(resident.user, 'watch on'),
  );
  if (said.status >= 300) throw new Error(`"watch on" was answered with ${said.status}`);
  const start = await fetch(signInUrl((await asked).text), { redirect: 'manual' });
  await start.arrayBuffer();
  const back = await sandbox.entra.signIn(start.headers.get('location') ?? '', resident.person.upn);
  const greeted = hear(resident, /Connected/);
  greeted.catch(() => undefined);
  const page = await fetch(back, { redirect: 'manual' });
  await page.arrayBuffer();
  if (page.status !== 200) throw new Error(`the sign-in ended with ${page.status}`);
  await greeted;
}

/** Resolves when all are connected and Graph has a subscription for each. */
export async function connectEverybody(town: Town, botUrl: string, say: Say): Promise<void> {
  const waiting = [...town.residents];
  let done = 0;
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await connectOne(town, next, botUrl);
      done += 1;
      if (done % 100 === 0) say(`${done} of ${town.residents.length} people are connected`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const end = Date.now() + HEAR_LIMIT_MS;
  while (town.sandbox.graph.control.subscriptions().length < town.residents.length && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 200));
}
