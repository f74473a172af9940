/** Every card, drawn by Microsoft's renderer in light and in dark: it complains about nothing, and somebody can look. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { allCards, factsOf } from '../bot/cards/samples.ts';
import { chromiumPath, HOW_TO_RUN, launchBrowser, SHOTS } from './browser.ts';
import { drawCards, type Theme } from './card-renderer.ts';

describe('every card, in light and dark', function () {
  this.timeout(60_000);
  let browser: Browser;

  before(async function () {
    if (!chromiumPath) {
      console.log(`      ${HOW_TO_RUN}`);
      this.skip();
    }
    browser = await launchBrowser();
  });
  after(async () => browser?.close());

  for (const theme of ['light', 'dark'] as Theme[])
    it(`is drawn in ${theme} without a complaint`, async () => {
      const page = await browser.newPage({ viewport: { width: 1560, height: 900 } });
      const cards = allCards(factsOf()).map(([name, { card }]) => ({ name, card }));
      // The renderer has no charts, which are Teams' own; what it draws is their fallback.
      const complaints = (await drawCards(page, cards, theme)).filter((one) => !one.includes('type "Chart.'));
      assert.deepEqual(complaints, []);
      await page.screenshot({ path: join(SHOTS, `cards-${theme}.png`), fullPage: true });
      await page.close();
    });
});
