/**
 * The pages that a person sees: the account picker, an error, the form_post relay, "signed out". Own look, no external
 * assets, no script but the relay's one line (by nonce). Every text from outside goes through `html`, which escapes.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { SandboxResponse } from '../http.ts';
import type { SandboxPerson } from '../world.ts';
import { NO_STORE } from './errors.ts';

/** Markup that is safe to insert as it is. Only `html` and `trusted` make it. */
class Markup {
  constructor(readonly text: string) {}
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

type Part = string | number | Markup | Markup[];

function render(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map((one) => one.text).join('');
  return escapeHtml(String(part));
}

function html(strings: TemplateStringsArray, ...parts: Part[]): Markup {
  return new Markup(strings.reduce((text, piece, index) => text + render(parts[index - 1] ?? '') + piece));
}

const NOTHING = new Markup('');
const CHECKED = new Markup(' checked');
const REQUIRED = new Markup(' required');

const STYLE = `
:root{color-scheme:light dark;--bg:#f3f1ec;--glow:#dfeee9;--card:#fffefb;--ink:#1d2521;--soft:#5d6863;--line:#dcd9d0;
--accent:#0f6b5c;--accent-ink:#fff;--tint:#e6f2ee;--warn:#9a4a12}
@media (prefers-color-scheme:dark){:root{--bg:#121715;--glow:#17302a;--card:#1b2220;--ink:#e9eeeb;--soft:#9fada7;
--line:#303a36;--accent:#5fc7b0;--accent-ink:#06231d;--tint:#1f322d;--warn:#f0a76a}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;color:var(--ink);
background:radial-gradient(900px 500px at 50% -10%,var(--glow),transparent) var(--bg);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{width:100%;max-width:460px;background:var(--card);border:1px solid var(--line);border-radius:18px;padding:28px;
box-shadow:0 1px 2px rgb(0 0 0/.05),0 18px 48px -18px rgb(0 0 0/.22)}
header{display:flex;align-items:center;gap:10px;color:var(--soft);font-size:.8125rem;margin-bottom:18px}
header svg{flex:none;color:var(--accent)}
h1{font-size:1.375rem;line-height:1.25;letter-spacing:-.01em;margin:0 0 6px;text-wrap:balance}
p{margin:0 0 16px;color:var(--soft)}
strong{color:var(--ink);font-weight:600}
fieldset{border:0;margin:0 0 18px;padding:0;min-width:0}
legend{padding:0;font-size:.8125rem;font-weight:600;color:var(--soft);margin-bottom:8px}
.people{max-height:290px;overflow:auto;border:1px solid var(--line);border-radius:12px;scrollbar-width:thin}
.person{display:grid;grid-template-columns:40px 1fr 20px;align-items:center;gap:12px;padding:10px 14px;cursor:pointer;
border-bottom:1px solid var(--line)}
.person:last-child{border-bottom:0}
.person:hover{background:var(--tint)}
.person:has(:checked){background:var(--tint)}
.person:has(:focus-visible){outline:2px solid var(--accent);outline-offset:-2px}
.person input{appearance:none;margin:0;width:18px;height:18px;border-radius:50%;border:2px solid var(--soft);
grid-column:3;grid-row:1}
.person input:checked{border:6px solid var(--accent)}
.person input:focus{outline:0}
.face{grid-column:1;grid-row:1;width:40px;height:40px;border-radius:50%;display:grid;place-items:center;
font-size:.875rem;font-weight:600;color:#fff}
.who{grid-column:2;grid-row:1;min-width:0;display:block}
.who b,.who span{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.who b{font-weight:600}
.who span{font-size:.8125rem;color:var(--soft);line-height:1.4}
.f0{background:#0f6b5c}.f1{background:#7a4fa3}.f2{background:#b0502e}.f3{background:#2f6690}.f4{background:#8a6a12}
.f5{background:#a63a5b}.f6{background:#4c7a34}.f7{background:#5a5f8f}
.typed{display:block;margin-top:10px;font-size:.8125rem;color:var(--soft)}
.typed input{display:block;width:100%;margin-top:4px;padding:9px 12px;font:inherit;font-size:.9375rem;color:var(--ink);
background:transparent;border:1px solid var(--line);border-radius:10px}
.typed input:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
ul{list-style:none;margin:0;padding:0}
li{display:grid;grid-template-columns:18px 1fr;gap:10px;padding:4px 0}
li svg{margin-top:4px;color:var(--accent)}
code{font:.75rem/1.4 ui-monospace,"SF Mono",Menlo,Consolas,monospace;color:var(--soft);overflow-wrap:anywhere;display:block}
li code{display:inline;margin-left:8px;white-space:nowrap}
.actions{display:flex;gap:10px;justify-content:flex-end;border-top:1px solid var(--line);padding:16px 0;
position:sticky;bottom:0;background:var(--card)}
button{font:inherit;font-weight:600;padding:10px 20px;border-radius:10px;border:1px solid var(--line);cursor:pointer;
background:transparent;color:var(--ink)}
button:hover{background:var(--tint)}
button.main{background:var(--accent);border-color:var(--accent);color:var(--accent-ink)}
button.main:hover{filter:brightness(1.08)}
button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
footer{margin-top:2px;font-size:.75rem;color:var(--soft);text-align:center}
.problem{color:var(--warn);font-weight:600}
@media (max-width:420px){main{padding:22px 18px;border-radius:14px}.actions{flex-direction:column-reverse}}
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const MARK = new Markup(
  '<svg width="22" height="22" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" ' +
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M3 8.5h18l-1.6 11H4.600z"/>' +
    '<path d="M7 8.500a5 5 0 0 1 10 0"/><path d="M9 14h.01M12 16.500h.01M15 13.500h.01"/></svg>',
);

const TICK = new Markup(
  '<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="2" ' +
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="m3 8.500 3.200 3.200L13 4.800"/></svg>',
);

interface Document {
  title: string;
  body: Markup;
  status?: number;
  /** Origins that the page's form may lead to; a redirect after the submit counts as well. */
  formTargets?: string[];
  /** Inline script, allowed by nonce. */
  script?: string;
}

function document(options: Document): SandboxResponse {
  const nonce = randomBytes(16).toString('base64');
  const script = options.script ? html`<script nonce="${nonce}">${new Markup(options.script)}</script>` : NOTHING;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${options.title}</title>
<style>${new Markup(STYLE)}</style></head><body>${options.body}${script}</body></html>`;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    ...(options.script ? [`script-src 'nonce-${nonce}'`] : []),
    `form-action ${options.formTargets?.join(' ') || "'none'"}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: options.status ?? 200,
    headers: {
      ...NO_STORE,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    },
    body: page.text,
  };
}

function shell(tenantName: string, content: Markup): Markup {
  return html`<main><header>${MARK}<span>Sandbox tenant · ${tenantName}</span></header>${content}
<footer>A practice tenant on this computer. No real account is involved.</footer></main>`;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? '?')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return `${first}${last}`.toUpperCase();
}

function colour(oid: string): number {
  return (createHash('sha256').update(oid).digest()[0] ?? 0) % 8;
}

function personRow(person: SandboxPerson, checked: boolean, required: boolean): Markup {
  const title = person.jobTitle ? html`<span>${person.jobTitle}</span>` : NOTHING;
  return html`<label class="person"><span class="face f${colour(person.oid)}" aria-hidden="true">${initials(
    person.displayName,
  )}</span><span class="who"><b>${person.displayName}</b>${title}<span>${person.upn}</span></span>
<input type="radio" name="account" value="${person.oid}"${required ? REQUIRED : NOTHING}${checked ? CHECKED : NOTHING}></label>`;
}

export interface PickerModel {
  tenantName: string;
  appName: string;
  people: SandboxPerson[];
  /** There are more people than listed; they can be typed. */
  more: boolean;
  selected: string | undefined;
  scopes: { name: string; words: string }[];
  /** Where the form goes, relative to this page. */
  action: string;
  /** The sealed authorization request. */
  flow: string;
  redirectOrigin: string;
  problem?: string;
}

const TITLE = 'Sandbox tenant – pick an account';

function typedAccount(): Markup {
  return html`<label class="typed">Somebody else (user name)
<input type="text" name="upn" autocomplete="off" spellcheck="false" placeholder="name@example.com"></label>`;
}

/** Lists the accounts and what the app asks for, with Accept and Cancel. */
export function pickerPage(model: PickerModel): SandboxResponse {
  const rows = model.people.map((person) => personRow(person, person.oid === model.selected, !model.more));
  const scopes = model.scopes.map(
    (scope) => html`<li>${TICK}<span>${scope.words}<code>${scope.name}</code></span></li>`,
  );
  const problem = model.problem ? html`<p class="problem" role="alert">${model.problem}</p>` : NOTHING;
  const list = rows.length
    ? html`<div class="people">${rows}</div>`
    : html`<p class="problem">Nobody in this tenant can sign in: there are no enabled accounts.</p>`;
  const body = html`<h1>Pick an account</h1>
<p><strong>${model.appName}</strong> would like you to sign in.</p>${problem}
<form method="post" action="${model.action}"><input type="hidden" name="flow" value="${model.flow}">
<fieldset><legend>Sign in as</legend>${list}${model.more ? typedAccount() : NOTHING}</fieldset>
<fieldset><legend>${model.appName} will be able to</legend><ul>${scopes}</ul></fieldset>
<div class="actions"><button type="submit" name="decision" value="cancel" formnovalidate>Cancel</button>
<button type="submit" name="decision" value="accept" class="main">Accept</button></div></form>`;
  return document({
    title: TITLE,
    body: shell(model.tenantName, body),
    formTargets: ["'self'", model.redirectOrigin],
  });
}

/** Shown when Entra can't or mustn't send the browser back to the app. */
export function problemPage(message: string, details: { correlationId: string; timestamp: string }): SandboxResponse {
  const body = html`<h1>Signing in didn’t work</h1><p>${message}</p>
<code>Correlation id: ${details.correlationId}</code><code>Timestamp: ${details.timestamp}</code>`;
  return document({ title: 'Sandbox tenant – signing in didn’t work', status: 400, body: shell('sign-in', body) });
}

export function signedOutPage(): SandboxResponse {
  const body = html`<h1>You are signed out</h1><p>You can close this window.</p>`;
  return document({ title: 'Sandbox tenant – signed out', body: shell('sign-out', body) });
}

/** response_mode=form_post: a form that sends itself to the app; the button is for browsers without script. */
export function formPostPage(redirectUri: string, fields: Record<string, string>): SandboxResponse {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const body = html`<h1>Back to the app …</h1>
<form method="post" action="${redirectUri}">${inputs}<noscript><div class="actions">
<button type="submit" class="main">Continue</button></div></noscript></form>`;
  return document({
    title: 'Sandbox tenant – back to the app',
    body: shell('sign-in', body),
    formTargets: [new URL(redirectUri).origin],
    script: 'document.forms[0].submit()',
  });
}
