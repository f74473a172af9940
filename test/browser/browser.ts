/** A real Chromium, where there is one. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const CANDIDATES = [
  process.env.CHROMIUM_PATH ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
export const SHOTS = resolve(import.meta.dirname, '../../test-results/screenshots');

export const chromiumPath = CANDIDATES.find((path) => path !== '' && existsSync(path));

export const HOW_TO_RUN =
  'no Chromium was found, so the browser tests are skipped; install one (Debian: apt-get install chromium) or name it in CHROMIUM_PATH, then npm run test:browser';

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

/** Into test-results/screenshots, which git ignores. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}
