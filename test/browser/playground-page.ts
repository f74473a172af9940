// Page object for the Microsoft 365 Agents Playground. The playground carries no test ids and its class names are
// generated, so everything is found by role, by accessible name and by the few class names that Adaptive Cards define.

import type { Locator, Page } from 'playwright-core';

export interface WaitOptions {
  timeoutMs?: number;
  /** Ignore the messages before this index, for instance those shown before the test acted. */
  from?: number;
}

const DEFAULT_TIMEOUT_MS = 15_000;
/** The page holds back its own set-up for up to 15 s while the bot does not answer. */
const OPEN_TIMEOUT_MS = 30_000;
const POLL_MS = 100;
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
/** What follows the header of a message: its text, or its card. */
const MESSAGE = '[aria-label="Message header"] + div';
const CARD = '.ac-adaptiveCard';
const PLACEHOLDER = 'Type a message...';

/**
 * Loads the page, which makes the playground send the bot an installationUpdate and a conversationUpdate, every time
 * and again on a reload. Messages of before are not shown any more, and most of those sent while no page was open
 * never are.
 */
export async function openPlayground(page: Page, url: string): Promise<PlaygroundPage> {
  // The page asks a CDN for its fonts; without them it looks the same on every machine and loads without waiting.
  await page.route(
    (target) => /^https?:$/.test(target.protocol) && !LOCAL_HOSTS.includes(target.hostname),
    (route) => route.abort(),
  );
  await loaded(page, () => page.goto(url, { waitUntil: 'domcontentloaded', timeout: OPEN_TIMEOUT_MS }));
  return new PlaygroundPage(page);
}

/**
 * Until the server has handed over its configuration, the page shows made-up chats that lead nowhere. The request
 * that announces the installation to the bot is the first one to name the real chat.
 */
async function loaded(page: Page, navigate: () => Promise<unknown>): Promise<void> {
  const isInstallation = /\/_debug\/conversation\/[^/]+\/installation$/;
  await Promise.all([page.waitForResponse(isInstallation, { timeout: OPEN_TIMEOUT_MS }), navigate()]);
}

export class PlaygroundPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async reload(): Promise<void> {
    await loaded(this.page, () => this.page.reload({ waitUntil: 'domcontentloaded', timeout: OPEN_TIMEOUT_MS }));
  }

  async say(text: string): Promise<void> {
    await this.composeBox().click({ timeout: DEFAULT_TIMEOUT_MS });
    // Inserted as a whole, so that no character of it acts as a key of the editor.
    await this.page.keyboard.insertText(text);
    await this.page.getByRole('button', { name: 'Send Message' }).click({ timeout: DEFAULT_TIMEOUT_MS });
    // The editor empties itself once the message is on its way.
    await this.page.getByText(PLACEHOLDER, { exact: true }).waitFor({ timeout: DEFAULT_TIMEOUT_MS });
  }

  /** Texts in the order shown, both sides of the talk; a card counts with all its text, one line per element. */
  async messages(): Promise<string[]> {
    const texts = await this.page.locator(MESSAGE).allInnerTexts();
    return texts.map(tidy);
  }

  /** Resolves with the first message that matches. */
  async waitForText(pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    const from = options.from ?? 0;
    return this.poll(`a message matching ${pattern}`, options.timeoutMs, async () => {
      const texts = await this.messages();
      return texts.slice(from).find((text) => matches(pattern, text));
    });
  }

  /** Presses an action of the newest card whose text matches. */
  async pressCardButton(cardText: RegExp, title: string): Promise<void> {
    const button = await this.cardButton(cardText, title);
    await button.click({ timeout: DEFAULT_TIMEOUT_MS });
  }

  /**
   * Fills a text input of a card, found by its label or by its placeholder. Any message that arrives makes the
   * playground draw all cards anew, which empties inputs and closes an Action.ShowCard: type when the bot is quiet.
   */
  async typeInCard(cardText: RegExp, labelOrPlaceholder: string, text: string): Promise<void> {
    const card = await this.card(cardText);
    const byLabel = card.getByLabel(labelOrPlaceholder, { exact: true });
    const byPlaceholder = card.getByPlaceholder(labelOrPlaceholder, { exact: true });
    await byLabel.or(byPlaceholder).first().fill(text, { timeout: DEFAULT_TIMEOUT_MS });
  }

  /** Presses an Action.OpenUrl of a card and resolves with the tab it opens. */
  async openUrlButton(cardText: RegExp, title: string): Promise<Page> {
    const button = await this.cardButton(cardText, title);
    const [tab] = await Promise.all([
      this.page.waitForEvent('popup', { timeout: DEFAULT_TIMEOUT_MS }),
      button.click({ timeout: DEFAULT_TIMEOUT_MS }),
    ]);
    await tab.waitForLoadState('domcontentloaded');
    return tab;
  }

  /** The newest card whose text matches. */
  async card(cardText: RegExp, timeoutMs?: number): Promise<Locator> {
    return this.poll(`a card matching ${cardText}`, timeoutMs, async () => {
      // By index rather than by a text filter: filters look at textContent, which runs the elements' texts together.
      const cards = this.page.locator(MESSAGE).filter({ has: this.page.locator(CARD) });
      const texts = (await cards.allInnerTexts()).map(tidy);
      const index = texts.findLastIndex((text) => matches(cardText, text));
      return index < 0 ? undefined : cards.nth(index);
    });
  }

  /** Leaves the chat more room, which card layouts and screenshots profit from. */
  async hideLogPanel(): Promise<void> {
    const hide = this.page.getByTitle('Hide log panel');
    if (await hide.isVisible()) await hide.click({ timeout: DEFAULT_TIMEOUT_MS });
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  private composeBox(): Locator {
    return this.page.locator('[role="textbox"][data-lexical-editor="true"]');
  }

  private async cardButton(cardText: RegExp, title: string): Promise<Locator> {
    const card = await this.card(cardText);
    // Within the action sets only: the arrow of a choice set is a button named "Open", too.
    const actions = card.locator('.ac-actionSet');
    const button = actions.getByRole('button', { name: title, exact: true });
    // Action.OpenUrl renders as a button element with the role of a link.
    return button.or(actions.getByRole('link', { name: title, exact: true })).first();
  }

  private async poll<T>(what: string, timeoutMs = DEFAULT_TIMEOUT_MS, probe: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = await probe();
      if (found !== undefined) return found;
      if (Date.now() >= deadline) break;
      await this.page.waitForTimeout(POLL_MS);
    }
    const shown = (await this.messages()).join('\n---\n');
    throw new Error(`The playground did not show ${what} within ${timeoutMs} ms. It shows:\n${shown}`);
  }
}

/** Empty lines come from the paragraphs' margins and say nothing. */
function tidy(text: string): string {
  return text.replace(/\s*\n\s*/g, '\n').trim();
}

function matches(pattern: RegExp, text: string): boolean {
  // A global or sticky expression would go on from its last match.
  pattern.lastIndex = 0;
  return pattern.test(text);
}
