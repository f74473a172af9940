/**
 * The agenda inside an event's body. Bodies carry more than what people write: the join block that Teams adds (a
 * meeting that loses it stops being online) and signatures. Reading takes both away, writing touches neither.
 */
import { compile } from 'html-to-text';

const LINES_KEPT = 6;
/** An agenda stands at the top; parsing more would hold up everything else in this process. */
const LONGEST_BODY = 100_000;
const LINE_LENGTH = 160;
const RULE = /^[_\u2014\u2013-]{8,}$/;
/** What tells a join block from prose between two rules, in any language: the link itself. */
const JOIN_SERVICE = /meetup-join|\/meet\/|teams\.|zoom\.|webex\.|meet\.google\./;
const SIGNATURE_START = /^(?:-- ?|(?:Sent|Get) (?:from|with|Outlook)\b.*|(?:Gesendet|Envoyé|Enviado) .*)$/i;

/** Compiled once: to read the selectors takes longer than to read a usual body. */
const toText = compile({
  wordwrap: false,
  limits: { maxInputLength: LONGEST_BODY, maxChildNodes: 20_000, maxDepth: 200 },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    { selector: 'hr', options: { length: 32 } },
    // How Outlook marks a signature; "x_" is what it adds when a body was quoted.
    { selector: '#Signature', format: 'skip' },
    { selector: '#x_Signature', format: 'skip' },
    { selector: '#ms-outlook-mobile-signature', format: 'skip' },
    { selector: '.ms-outlook-mobile-reference-message', format: 'skip' },
  ],
});

/** One search a word: the body is foreign, and a pattern that goes back and forth would let it stop the process. */
function hasJoinLink(line: string): boolean {
  return line
    .toLowerCase()
    .split(/\s+/)
    .some((word) => {
      const link = word.indexOf('https://');
      return link !== -1 && JOIN_SERVICE.test(word.slice(link + 7));
    });
}

/** Drops every block between two rules (or from a rule to the end) in which there is a join link. */
function withoutJoinBlocks(lines: string[], joinUrl: string | undefined): string[] {
  const kept: string[] = [];
  let block: string[] | undefined;
  const isJoin = (held: string[]) =>
    held.some((line) => hasJoinLink(line) || (joinUrl !== undefined && line.includes(joinUrl)));
  const flush = () => {
    if (block && !isJoin(block)) for (const line of block) if (!RULE.test(line)) kept.push(line);
    block = undefined;
  };
  for (const line of lines) {
    if (RULE.test(line)) {
      const closes = block !== undefined && isJoin(block);
      flush();
      if (!closes) block = [line];
    } else if (block) block.push(line);
    else if (!(joinUrl !== undefined && line.includes(joinUrl))) kept.push(line);
  }
  flush();
  return kept;
}

/**
 * The lines that somebody wrote: no join block, no signature, no blanks. Empty means: no agenda.
 * @param contentType Graph's "html" or "text"
 */
export function agendaLines(content: string, contentType: string, joinUrl?: string): string[] {
  const body = content.slice(0, LONGEST_BODY);
  const text = contentType.toLowerCase() === 'html' ? toText(body) : body;
  const lines = text.split(/\r?\n/).map((line) => line.replace(/[\u00a0\u200b\ufeff]/g, ' ').trim());
  const signature = lines.findIndex((line) => SIGNATURE_START.test(line));
  const joined = withoutJoinBlocks(lines, joinUrl);
  // A signature may stand before the join block, so it is cut from what is left, not from the whole.
  const end = signature === -1 ? -1 : joined.findIndex((line) => SIGNATURE_START.test(line));
  return (end === -1 ? joined : joined.slice(0, end)).filter((line) => line !== '');
}

/** What is kept of an agenda: enough for a card. */
export function agendaExcerpt(lines: string[]): string[] {
  return lines
    .slice(0, LINES_KEPT)
    .map((line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH - 1)}…` : line));
}

const escapeHtml = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/**
 * The body with `agenda` written at its top and nothing else touched: join block and signature stay where they are.
 * A text body becomes html, as it would in Outlook.
 */
export function withAgenda(content: string, contentType: string, agenda: string): string {
  const points = agenda
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, '').trim())
    .filter((line) => line !== '');
  const list =
    points.length > 1
      ? `<ul>${points.map((point) => `<li>${escapeHtml(point)}</li>`).join('')}</ul>`
      : `<p>${escapeHtml(points[0] ?? '')}</p>`;
  return withBlock(content, contentType, `<div><p><b>Agenda</b></p>${list}</div>`);
}

/** The same for lines that stand for themselves. */
export function withLines(content: string, contentType: string, lines: readonly string[]): string {
  return withBlock(content, contentType, `<div>${lines.map((one) => `<p>${escapeHtml(one)}</p>`).join('')}</div>`);
}

function withBlock(content: string, contentType: string, block: string): string {
  const html = contentType.toLowerCase() === 'html' ? content : `<html><body>${textToHtml(content)}</body></html>`;
  const body = /<body(?=[\s>/])/i.exec(html);
  const end = body ? html.indexOf('>', body.index) : -1;
  if (end === -1) return `${block}${html}`;
  const at = end + 1;
  return `${html.slice(0, at)}${block}${html.slice(at)}`;
}

const textToHtml = (text: string) =>
  text.trim() === '' ? '' : `<div>${escapeHtml(text).replace(/\r?\n/g, '<br>')}</div>`;
