/** Our few pages: no scripts, nothing from elsewhere, light and dark. */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pagePolicy } from './headers.ts';

const escapeHtml = (text: string) =>
  text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`).replace(/\*\*/g, '');

const STYLE = `
  :root { color-scheme: light dark; --ink: #1b1f2a; --soft: #5b6372; --paper: #f4f6fb; --card: #fff; --mark: #4b53bc; }
  @media (prefers-color-scheme: dark) { :root { --ink: #eef0f6; --soft: #a4abbb; --paper: #14161d; --card: #1f222c; --mark: #8f96f0; } }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
    font: 16px/1.5 "Segoe UI", system-ui, -apple-system, sans-serif; }
  main { background: var(--card); border-radius: 16px; padding: 40px 44px; max-width: 440px; margin: 24px; text-align: center;
    box-shadow: 0 1px 2px rgb(0 0 0 / .08), 0 12px 40px rgb(20 24 60 / .10); }
  .mark { width: 56px; height: 56px; border-radius: 50%; display: grid; place-items: center; margin: 0 auto 20px;
    background: var(--mark); color: #fff; font-size: 28px; }
  h1 { font-size: 22px; line-height: 1.3; margin: 0 0 8px; font-weight: 600; }
  p { margin: 0; color: var(--soft); }
  button { margin-top: 24px; padding: 10px 24px; border: 0; border-radius: 8px; background: var(--mark); color: var(--card);
    font: inherit; font-weight: 600; cursor: pointer; }`;

const POLICY = pagePolicy(createHash('sha256').update(STYLE).digest('base64'));

export function sendPage(
  response: Pick<ServerResponse, 'writeHead' | 'end'>,
  status: number,
  page: {
    mark: string;
    title: string;
    text: string;
    button?: string;
    /** Several: each says which it was, by its name and value. */
    buttons?: readonly { label: string; name: string; value: string }[];
  },
): void {
  // To the page's own address, with its query: what it is about needs no other place.
  const buttons = [
    ...(page.button ? [`<button>${escapeHtml(page.button)}</button>`] : []),
    ...(page.buttons ?? []).map(
      ({ label, name, value }) =>
        `<button name="${escapeHtml(name)}" value="${escapeHtml(value)}">${escapeHtml(label)}</button>`,
    ),
  ];
  const form = buttons.length > 0 ? `\n<form method="post">${buttons.join(' ')}</form>` : '';
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)} – Calendar Watch</title><style>${STYLE}</style></head>
<body><main><div class="mark" aria-hidden="true">${escapeHtml(page.mark)}</div>
<h1>${escapeHtml(page.title)}</h1><p>${escapeHtml(page.text)}</p>${form}</main></body></html>`;
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(html),
    // The other headers are those of every answer.
    'Content-Security-Policy': POLICY,
  });
  response.end(html);
}
