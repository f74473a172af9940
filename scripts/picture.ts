/**
 * Draws docs/images/chat-and-calendar.png: starts the demo in a folder of its own, plays the first minutes of it in
 * Chromium and puts both pages side by side. `node --import tsx scripts/picture.ts`
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { startDemo } from '../sandbox/demo.ts';
import { launchBrowser } from '../test/browser/browser.ts';
import * as calendar from '../test/browser/calendar-page.ts';
import { openPlayground } from '../test/browser/playground-page.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const OUT = 'docs/images/chat-and-calendar.png';

const berlin = (instant: number) => {
  const words = new Date(instant).toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' });
  return { date: words.slice(0, 10), time: words.slice(11, 16) };
};

async function sideBySide(page: Page, left: string, right: string): Promise<void> {
  const image = async (path: string) => `data:image/png;base64,${(await readFile(path)).toString('base64')}`;
  const sources = [await image(left), await image(right)];
  await page.setViewportSize({ width: 1540, height: 860 });
  await page.setContent(`<body style="margin:0;display:flex;gap:16px;padding:16px;background:#e7e9f2">
    ${sources.map((src) => `<img src="${src}" style="height:828px;border-radius:10px;box-shadow:0 4px 24px #0002">`).join('')}`);
  await page.screenshot({ path: OUT });
}

const directory = await mkdtemp(join(tmpdir(), 'calendar-watch-picture-'));
await chmod(directory, 0o755);
const free = { chat: 0, calendar: 0, bot: 0, account: 0, entra: 0, graph: 0 };
const demo = await startDemo({ directory, reset: false, ports: free, say: console.log });
const browser = await launchBrowser();
try {
  const context = await browser.newContext({ locale: 'en-GB', deviceScaleFactor: 1 });
  const chatPage = await context.newPage();
  await chatPage.setViewportSize({ width: 720, height: 1000 });
  const chat = await openPlayground(chatPage, demo.chatUrl);
  await chat.hideLogPanel();
  await chat.say('watch on');
  await chat.card(/Let me see your calendar/);
  const tab = await chat.openUrlButton(/Let me see your calendar/, 'Sign in');
  await tab.getByText(demo.main.displayName).first().click();
  await tab.getByRole('button', { name: 'Accept' }).click();
  await tab.getByText('You’re connected, go back to Teams').waitFor();
  await tab.close();
  await chat.card(/Connected/);

  const calendarPage = await context.newPage();
  await calendarPage.setViewportSize({ width: 1180, height: 1000 });
  await calendar.openCalendar(calendarPage, demo.calendarUrl);
  // Due ten minutes before one has to leave, which is 38 minutes before the start; on the calendar's grid if possible.
  const grid = Math.ceil((Date.now() + 39 * MINUTE_MS) / QUARTER_MS) * QUARTER_MS;
  const visit = grid - Date.now() > 47 * MINUTE_MS ? grid - QUARTER_MS : grid;
  const { date, time } = berlin(visit);
  const end = berlin(visit + HOUR_MS).time;
  await calendar.addEvent(calendarPage, {
    subject: 'Kestrel Bikes: contract',
    date,
    start: time,
    end,
    place: 'Kestrel Bikes',
  });
  await chat.card(/Kestrel Bikes: contract/);
  await calendar.nextWeek(calendarPage);
  await calendar.dragEvent(calendarPage, 'Focus: roadmap', { minutes: 60 });
  await chat.card(/Moved[\s\S]*Focus: roadmap/);
  const shots = [join(directory, 'chat.png'), join(directory, 'calendar.png')] as const;
  // The Playground's own header breaks into two lines at this width; the talk is what counts.
  await chatPage.screenshot({ path: shots[0], clip: { x: 0, y: 60, width: 600, height: 940 } });
  await calendarPage.waitForTimeout(5_000);
  await calendarPage.screenshot({ path: shots[1] });
  await sideBySide(await context.newPage(), shots[0], shots[1]);
} finally {
  await browser.close();
  await demo.stop();
  await rm(directory, { recursive: true, force: true });
}
