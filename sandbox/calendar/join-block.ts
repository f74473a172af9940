/**
 * The block by which an invitation to a Teams meeting can be joined stands in the body, below the agenda. A person
 * edits the agenda only; a body written back without the block would take the meeting offline.
 */
import type { ItemBody } from '@microsoft/microsoft-graph-types';
import type { ViewedEvent } from '../graph/store-api.ts';

const BLOCK = /_{20,}[\s\S]*_{20,}/;
const LINK_TEXT = 'Join the meeting now';

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const lines = (text: string) => escapeHtml(text).replace(/\r?\n/g, '<br>');

/** What a person wrote into a body. */
export const agendaOf = (bodyText: string): string => bodyText.replace(BLOCK, '').trim().replaceAll('\r\n', '\n');

/** The body for a new agenda of `event`, with the block where it was. */
export function bodyWith(agenda: string, event: Pick<ViewedEvent, 'bodyText' | 'joinUrl'>): ItemBody {
  if (!event.joinUrl) return { contentType: 'text', content: agenda };
  const link = `<a href="${escapeHtml(event.joinUrl)}">${LINK_TEXT}</a>`;
  const [block = `${'_'.repeat(80)}\n${LINK_TEXT}\n${'_'.repeat(80)}`] = BLOCK.exec(event.bodyText) ?? [];
  const linked = lines(block).replace(LINK_TEXT, link);
  const content = `<div>${lines(agenda)}</div><br><div>${linked.includes(link) ? linked : `${linked}<br>${link}`}</div>`;
  return { contentType: 'html', content };
}
