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
const MESSAGE = 'div:has(> [aria-label="Message header"])';
const CARD = '.ac-adaptiveCard';

export class PlaygroundPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async say(text: string): Promise<void> {
    const box = this.composeBox();
    await box.click();
    // insertText keeps Enter and the editor's own shortcuts out of the way.
    await this.page.keyboard.insertText(text);
    await this.page.getByRole('button', { name: 'Send Message' }).click();
    // The editor empties itself once the message is on its way.
    await this.page.getByText('Type a message...').waitFor({ timeout: DEFAULT_TIMEOUT_MS });
  }

  /** Texts in the order shown, both sides of the talk; a card counts with all its visible text. */
  messages(): Promise<string[]> {
    return this.page.locator(MESSAGE).evaluateAll(messageTexts);
  }

  async waitForText(pattern: RegExp, options: WaitOptions = {}): Promise<string> {
    const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const wanted = { selector: MESSAGE, source: pattern.source, flags: pattern.flags.replace('g', ''), from: options.from ?? 0 };
    try {
      const handle = await this.page.waitForFunction(firstMatch, wanted, { timeout, polling: 100 });
      return String(await handle.jsonValue());
    } catch (error) {
      const shown = (await this.messages()).slice(options.from).join('\n---\n');
      throw new Error(`No message matched ${pattern} within ${timeout} ms. Shown were:\n${shown}`, { cause: error });
    }
  }

  async pressCardButton(cardText: RegExp, title: string): Promise<void> {
    await this.cardControl(cardText, title).click({ timeout: DEFAULT_TIMEOUT_MS });
  }

  /** Fills a text input, found by its label or by its placeholder. */
  async typeInCard(cardText: RegExp, labelOrPlaceholder: string, text: string): Promise<void> {
    const card = this.card(cardText);
    const byLabel = card.getByLabel(labelOrPlaceholder, { exact: true });
    const byPlaceholder = card.getByPlaceholder(labelOrPlaceholder, { exact: true });
    await byLabel.or(byPlaceholder).first().fill(text, { timeout: DEFAULT_TIMEOUT_MS });
  }

  /** Presses an Action.OpenUrl button and returns the tab it opens. */
  async openUrlButton(cardText: RegExp, title: string): Promise<Page> {
    const opened = this.page.waitForEvent('popup', { timeout: DEFAULT_TIMEOUT_MS });
    // Without a handler of its own, a failing press would leave this promise to reject unheard.
    opened.catch(() => undefined);
    await this.pressCardButton(cardText, title);
    const tab = await opened;
    await tab.waitForLoadState('domcontentloaded');
    return tab;
  }

  /** The newest card whose text matches; a card replaced in place drops out as soon as its text no longer does. */
  card(cardText: RegExp): Locator {
    // An open Action.ShowCard is a card inside the card, hence the first one of the message.
    return this.page.locator(MESSAGE).filter({ has: this.page.locator(CARD), hasText: cardText }).last().locator(CARD).first();
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  private composeBox(): Locator {
    return this.page.locator('[data-lexical-editor="true"][role="textbox"]');
  }

  private cardControl(cardText: RegExp, title: string): Locator {
    const card = this.card(cardText);
    const button = card.getByRole('button', { name: title, exact: true });
    return button.or(card.getByRole('link', { name: title, exact: true })).first();
  }
}
