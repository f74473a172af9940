/** The page's own files. They are few and small: read at the first request, served as they are, no build step. */
import { readFileSync } from 'node:fs';
import type { SandboxResponse } from '../http.ts';

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** A list and not a folder, so no path from outside ever reaches the file system. */
const FILES = [
  'index.html',
  'styles.css',
  'favicon.svg',
  'chevron.svg',
  'app.js',
  'api.js',
  'combobox.js',
  'dom.js',
  'drag.js',
  'event-card.js',
  'event-form.js',
  'grid.js',
  'icons.js',
  'layout.js',
  'panel.js',
  'people-field.js',
  'toast.js',
  'wall.js',
] as const;

const routes = new Map<string, string>(FILES.map((name) => [`/${name}`, name]));
routes.set('/', 'index.html');

const cache = new Map<string, Buffer>();

function contents(name: string): Buffer {
  const known = cache.get(name);
  if (known) return known;
  const bytes = readFileSync(new URL(`client/${name}`, import.meta.url));
  cache.set(name, bytes);
  return bytes;
}

/** `frameAncestors` are the origins that may show the page in a frame, beside the chat. */
function contentSecurityPolicy(frameAncestors: string[]): string {
  const ancestors = frameAncestors.length > 0 ? frameAncestors.join(' ') : "'none'";
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
  ].join('; ');
}

export function assetResponse(path: string, frameAncestors: string[]): SandboxResponse | undefined {
  const name = routes.get(path);
  if (!name) return undefined;
  return {
    status: 200,
    headers: {
      'content-type': TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy(frameAncestors),
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body: contents(name),
  };
}
