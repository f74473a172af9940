/** The few shapes that all cards share, so that they look like one family. Adaptive Cards 1.5, Teams' dialect. */
import type { Message } from '../../delivery/message.ts';

export type Element = Record<string, unknown>;
export type Action = Record<string, unknown>;

/** Teams refuses messages over 28 KB, so nothing foreign is shown at full length whatever it is. */
const LONGEST_TEXT = 300;
const LONGEST_SUMMARY = 250;
const LONGEST_FALLBACK = 1_500;
const LONGEST_LINK = 2_000;

/** At most `most` UTF-16 units, never half a character. */
export function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Foreign text in Markdown-aware fields: what would format, link, mention or compute ("{{DATE(…)}}") is taken literally. */
export function plain(text: string, most = LONGEST_TEXT): string {
  return clip(text.replace(/[\s\p{Cc}]+/gu, ' '), most).replace(/[\\*_~`[\]<>|#]|(?<=\{)\{/g, (mark) => `\\${mark}`);
}

/** Choices are shown as they are written, escapes and all; should a client read Markdown there, it finds no link. */
export const choiceTitle = (text: string): string =>
  text
    .replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ')
    .replace(/[[\]<>{}]/g, (mark) => ({ '[': '(', ']': ')', '<': '‹', '>': '›', '{': '(', '}': ')' })[mark] ?? '') ||
  ' ';

/** A link that is too long for a card is left out; cut, it would lead elsewhere. */
export const fittingLink = (url: string | undefined, most = LONGEST_LINK): string | undefined =>
  url !== undefined && url.length <= most ? url : undefined;

/** A link inside Markdown: nothing in it may end it. */
export const markdownLink = (label: string, url: string): string =>
  `[${label}](${new URL(url).href.replace(/[()\\]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)})`;

export function title(text: string): Element {
  return {
    type: 'TextBlock',
    text: plain(text) || '(no subject)',
    size: 'Large',
    weight: 'Bolder',
    wrap: true,
    maxLines: 3,
  };
}

/**
 * The small line above the title: what kind of message this is. Teams' "good" and "warning" are too pale for small
 * letters on white, so there are two tones.
 */
export function kicker(icon: string, text: string, color: 'Accent' | 'Attention' = 'Accent'): Element {
  return {
    type: 'TextBlock',
    text: `${icon} ${text}`,
    size: 'Small',
    weight: 'Bolder',
    color,
    wrap: true,
    spacing: 'None',
  };
}

export function line(text: string, more: Element = {}): Element {
  return { type: 'TextBlock', text, wrap: true, spacing: 'Small', ...more };
}

export function subtle(text: string, more: Element = {}): Element {
  return line(text, { isSubtle: true, size: 'Small', ...more });
}

/** Text struck through; Teams' Markdown has no sign for it. */
export function struck(text: string): Element {
  return {
    type: 'RichTextBlock',
    spacing: 'None',
    inlines: [{ type: 'TextRun', text: text || ' ', strikethrough: true, isSubtle: true }],
  };
}

/** Icon and any element side by side; the icon's column is as wide as an emoji, so that rows align. */
export function row(icon: string, text: string, more: Element = {}): Element {
  return iconRow(icon, { type: 'TextBlock', text, wrap: true, spacing: 'None', ...more });
}

export function iconRow(icon: string, item: Element): Element {
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      { type: 'Column', width: '24px', items: [{ type: 'TextBlock', text: icon, spacing: 'None' }] },
      {
        type: 'Column',
        width: 'stretch',
        spacing: 'Small',
        items: [item],
      },
    ],
  };
}

export const openUrl = (label: string, url: string, style?: 'positive'): Action => ({
  type: 'Action.OpenUrl',
  title: label,
  url,
  ...(style ? { style } : {}),
});

export const execute = (
  label: string,
  verb: string,
  data: Record<string, unknown> = {},
  more: Action = {},
): Action => ({
  type: 'Action.Execute',
  title: label,
  verb,
  data,
  ...more,
});

export function message(
  body: Element[],
  /** `most` characters of the words, where a list has to be whole. */
  words: { summary: string; fallbackText: string; most?: number },
  actions: Action[] = [],
): Message {
  const summary = clip(words.summary, LONGEST_SUMMARY);
  const fallbackText = clip(words.fallbackText, words.most ?? LONGEST_FALLBACK);
  return {
    card: {
      type: 'AdaptiveCard',
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      version: '1.5',
      fallbackText,
      body,
      ...(actions.length > 0 ? { actions } : {}),
    },
    summary,
    fallbackText,
  };
}
