/** The body of a mail that we write for somebody: plain paragraphs and lists, and nothing in it that is not text. */

const LONGEST_LINE = 2_000;
const MOST_LINES = 1_000;

export interface MailPart {
  /** A paragraph; above a list, its heading. */
  text: string;
  list?: readonly string[];
}

export const escapeHtml = (text: string): string =>
  text
    .slice(0, LONGEST_LINE)
    .replace(/[\ud800-\udbff]$/, '')
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

export function mailHtml(parts: readonly MailPart[]): string {
  const body = parts.map(({ text, list }) => {
    if (!list) return `<p>${escapeHtml(text)}</p>`;
    const items = list.slice(0, MOST_LINES).map((one) => `<li>${escapeHtml(one)}</li>`);
    return `<p><b>${escapeHtml(text)}</b></p><ul>${items.join('')}</ul>`;
  });
  return `<html><body>${body.join('')}</body></html>`;
}
