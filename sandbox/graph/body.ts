/** Bodies: HTML as Exchange keeps it, its text and preview, and the block by which Teams makes a meeting joinable. */
import type { ItemBody } from '@microsoft/microsoft-graph-types';
import { guid } from './ids.ts';
import type { OnlineRecord } from './model.ts';

const UNDERSCORES = '_'.repeat(80);
const PREVIEW_LENGTH = 255;
const TEXTS_KEPT = 1_000;

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const ENTITIES: Record<string, string> = { nbsp: ' ', lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const wrapHtml = (inner: string) =>
  `<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>${inner}</body></html>`;

/** Exchange keeps every body as a whole HTML page, plain text included; an empty one stays empty. */
export function storedHtml(body: ItemBody): string {
  const content = body.content ?? '';
  if (content === '') return '';
  if (body.contentType !== 'text') return /<html[\s>]/i.test(content) ? content : wrapHtml(content);
  return wrapHtml(`<div class="PlainText">${escapeHtml(content).replace(/\r?\n/g, '<br>\r\n')}</div>`);
}

function readText(html: string): string {
  const text = html
    .replace(/<(head|style|script)[\s>][\s\S]*?<\/\1>/gi, '')
    .replace(/[\r\n]+/g, ' ')
    .replace(/<br\s*\/?>|<\/(div|p|tr|li|h\d)>/gi, '\r\n')
    .replace(/<[^>]*>/g, '');
  return decodeEntities(text)
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\r\n ?/g, '\r\n')
    .replace(/(\r\n){3,}/g, '\r\n\r\n')
    .trim();
}

const texts = new Map<string, string>();

/** Kept, because each listing asks for the text of each entry, and the occurrences of a series share one body. */
export function htmlToText(html: string): string {
  const known = texts.get(html);
  if (known !== undefined) return known;
  const text = readText(html);
  if (texts.size >= TEXTS_KEPT) texts.clear();
  texts.set(html, text);
  return text;
}

export const previewOf = (html: string): string => htmlToText(html).slice(0, PREVIEW_LENGTH);

/** A new Teams meeting of that organiser; the link's shape is that of teams.microsoft.com/l/meetup-join. */
export function newOnlineMeeting(tenantId: string, oid: string, random: () => number): OnlineRecord {
  const thread = Buffer.from(guid(random)).toString('base64').replace(/=+$/, '');
  const context = encodeURIComponent(JSON.stringify({ Tid: tenantId, Oid: oid })).replace(/%[0-9A-F]{2}/g, (code) =>
    code.toLowerCase(),
  );
  const digits = Array.from({ length: 12 }, () => Math.floor(random() * 10)).join('');
  return {
    joinUrl: `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${thread}%40thread.v2/0?context=${context}`,
    meetingId: digits.replace(/(\d{3})(?=\d)/g, '$1 '),
    passcode: guid(random).slice(0, 6),
  };
}

/** What Outlook puts below the text of an invitation to a Teams meeting. */
function joinBlock(online: OnlineRecord): string {
  const line = `<div><span style="white-space:nowrap; color:#5F5F5F; opacity:.36">${UNDERSCORES}</span></div>`;
  return [
    '<br>\r\n<div class="me-email-text" lang="en-US" style="font-family:\'Segoe UI\',sans-serif">',
    line,
    '<div><span class="me-email-text" style="font-size:24px">Microsoft Teams</span>',
    ' <a href="https://aka.ms/JoinTeamsMeeting?omkt=en-US" class="me-email-link">Need help?</a></div>',
    `<div><a id="meet_invite_block.action.join_link" href="${escapeHtml(online.joinUrl)}" class="me-email-headline">`,
    '<b>Join the meeting now</b></a></div>',
    `<div><span>Meeting ID: </span><span>${online.meetingId}</span></div>`,
    `<div><span>Passcode: </span><span>${online.passcode}</span></div>`,
    line,
    '</div>\r\n',
  ].join('');
}

export function withJoinBlock(html: string, online: OnlineRecord): string {
  const block = joinBlock(online);
  if (html === '') return wrapHtml(block);
  const end = html.search(/<\/body>/i);
  return end < 0 ? html + block : html.slice(0, end) + block + html.slice(end);
}

/** Whether the body still carries the link; without it the meeting stops being online, as with Graph. */
export const hasJoinBlock = (html: string, online: OnlineRecord): boolean =>
  decodeEntities(html).includes(online.joinUrl);

/** The text that a person wrote: all but the block between the lines of underscores. */
export function agendaText(html: string): string {
  return htmlToText(html)
    .replace(/_{20,}[\s\S]*_{20,}/, '')
    .trim();
}
