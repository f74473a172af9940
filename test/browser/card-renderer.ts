/**
 * Cards drawn by Microsoft's own renderer (the npm package adaptivecards) in Teams' light and dark colours: the Playground
 * knows no dark theme. The colours are Teams' as its design kit gives them; spacing is near, not exact.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

export type Theme = 'light' | 'dark';

interface Colours {
  page: string;
  card: string;
  emphasis: string;
  text: string;
  subtle: string;
  accent: string;
  attention: string;
  border: string;
}

const COLOURS: Record<Theme, Colours> = {
  light: {
    page: '#f5f5f5',
    card: '#ffffff',
    emphasis: '#f0f0f0',
    text: '#242424',
    subtle: '#616161',
    accent: '#5b5fc7',
    attention: '#c4314b',
    border: '#d1d1d1',
  },
  dark: {
    page: '#1f1f1f',
    card: '#292929',
    emphasis: '#333333',
    text: '#ffffff',
    subtle: '#adadad',
    accent: '#9299f7',
    attention: '#f9526b',
    border: '#525252',
  },
};

const pair = (colour: string, subtle = colour) => ({ default: colour, subtle });

function hostConfig(theme: Theme): object {
  const c = COLOURS[theme];
  const foregroundColors = {
    default: pair(c.text, c.subtle),
    dark: pair(c.text, c.subtle),
    light: pair(c.text, c.subtle),
    accent: pair(c.accent),
    good: pair('#237b4b'),
    warning: pair('#ffaa44'),
    attention: pair(c.attention),
  };
  const style = (backgroundColor: string) => ({ backgroundColor, foregroundColors });
  return {
    fontFamily: 'Segoe UI, Liberation Sans, sans-serif',
    fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
    fontWeights: { lighter: 200, default: 400, bolder: 600 },
    spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
    separator: { lineThickness: 1, lineColor: c.border },
    supportsInteractivity: true,
    imageSizes: { small: 32, medium: 52, large: 100 },
    containerStyles: { default: style(c.card), emphasis: style(c.emphasis) },
    actions: {
      maxActions: 6,
      spacing: 'default',
      buttonSpacing: 8,
      showCard: { actionMode: 'inline', inlineTopMargin: 12, style: 'emphasis' },
      actionsOrientation: 'horizontal',
      actionAlignment: 'left',
    },
    adaptiveCard: { allowCustomStyle: false },
  };
}

function styles(theme: Theme): string {
  const c = COLOURS[theme];
  return `
    body { margin: 0; padding: 24px; background: ${c.page}; font-family: 'Segoe UI', 'Liberation Sans', sans-serif; }
    figure { width: 480px; margin: 0 0 24px; break-inside: avoid; }
    figcaption { color: ${c.subtle}; font-size: 12px; margin-bottom: 6px; }
    main { columns: 3; column-gap: 24px; width: 1500px; }
    .ac-adaptiveCard { border: 1px solid ${c.border}; border-radius: 6px; }
    .ac-pushButton { background: ${c.card}; color: ${c.text}; border: 1px solid ${c.border}; border-radius: 4px;
      padding: 6px 12px; font: 600 13px 'Segoe UI', 'Liberation Sans', sans-serif; margin-bottom: 4px; }
    .ac-pushButton.style-positive { background: ${c.accent}; color: ${theme === 'light' ? '#fff' : '#000'}; }
    .ac-input { background: ${c.emphasis}; color: ${c.text}; border: 1px solid ${c.border}; border-radius: 4px;
      padding: 5px 8px; font: 14px 'Segoe UI', 'Liberation Sans', sans-serif; box-sizing: border-box; width: 100%; }
    .ac-input-container label, .ac-input-required-indicator { color: ${c.text}; }
    input[type=checkbox], input[type=radio] { width: auto; accent-color: ${c.accent}; }
    label { color: ${c.text}; font-size: 14px; }
    a { color: ${c.accent}; }`;
}

const library = () =>
  readFileSync(createRequire(import.meta.url).resolve('adaptivecards/dist/adaptivecards.min.js'), 'utf8');

interface Drawn {
  name: string;
  card: Record<string, unknown>;
}

/** Draws all of them on the page; returns what the renderer complained about, by name. */
export async function drawCards(page: Page, cards: Drawn[], theme: Theme): Promise<string[]> {
  await page.setContent(`<!doctype html><style>${styles(theme)}</style><main></main>`);
  await page.addScriptTag({ content: library() });
  await page.addScriptTag({ path: join(import.meta.dirname, 'draw-cards.js') });
  return page.evaluate(`drawCards(${JSON.stringify(cards)}, ${JSON.stringify(hostConfig(theme))})`);
}
