/** The few shapes that all cards share, so that they look like one family. Adaptive Cards 1.5, Teams' dialect. */
import type { Message } from '../../delivery/message.ts';

export type Element = Record<string, unknown>;
export type Action = Record<string, unknown>;

/** Foreign text in Markdown-aware fields: what would format, link or mention is taken literally. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\*_~`[\]<>|#]/g, (mark) => `\\${mark}`);
}

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
  words: { summary: string; fallbackText: string },
  actions: Action[] = [],
): Message {
  return {
    card: {
      type: 'AdaptiveCard',
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      version: '1.5',
      fallbackText: words.fallbackText,
      body,
      ...(actions.length > 0 ? { actions } : {}),
    },
    summary: words.summary,
    fallbackText: words.fallbackText,
  };
}
