/** A mail's two bodies, and its subject as one line. */
import type { Words } from './port.ts';

const LONGEST_SUBJECT = 150;
const LONGEST_TEXT = 20_000;
const STOP_WORDS = 'To get no more e-mails from me';

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

export function subjectLine(subject: string): string {
  return cut(subject.replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').trim(), LONGEST_SUBJECT) || 'Calendar Watch';
}

/** Line ends are all that is left of control characters. */
const clean = (text: string) =>
  cut(text, LONGEST_TEXT)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]+/gu, ' ');

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

/** Only a link that a mail may carry. */
export function stopLink({ stopUrl }: Words): string | undefined {
  const url = stopUrl && URL.canParse(stopUrl) ? new URL(stopUrl) : undefined;
  return url && ['https:', 'http:'].includes(url.protocol) ? url.href : undefined;
}

export function textBody(words: Words): string {
  const link = stopLink(words);
  return `${clean(words.text)}\n${link ? `\n-- \n${STOP_WORDS}: ${link}\n` : ''}`;
}

export function htmlBody(words: Words): string {
  const link = stopLink(words);
  const paragraphs = clean(words.text)
    .split(/\n{2,}/)
    .map((one) => `<p>${escapeHtml(one).replace(/\n/g, '<br>')}</p>`);
  const end = link ? `<p><small><a href="${escapeHtml(link)}">${STOP_WORDS}</a></small></p>` : '';
  return `<html><body>${paragraphs.join('')}${end}</body></html>`;
}
