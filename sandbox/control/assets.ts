/** The control page's own files. The look and two modules come from the calendar, which is at the same origin. */
import { readFileSync } from 'node:fs';
import type { SandboxResponse } from '../http.ts';

const TYPES = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** A list and not a folder, so no path from outside ever reaches the file system. */
const FILES: Record<string, keyof typeof TYPES> = {
  'index.html': 'html',
  'control.css': 'css',
  'control.js': 'js',
  'api.js': 'js',
  'faults.js': 'js',
  'people.js': 'js',
  'truth.js': 'js',
  'journal.js': 'js',
};

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const cache = new Map<string, Buffer>();

function contents(name: string): Buffer {
  const known = cache.get(name);
  if (known) return known;
  const bytes = readFileSync(new URL(`client/${name}`, import.meta.url));
  cache.set(name, bytes);
  return bytes;
}

export function assetResponse(path: string): SandboxResponse | undefined {
  const name = path === '/control' || path === '/control/' ? 'index.html' : path.slice('/control/'.length);
  const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (!type) return undefined;
  return {
    status: 200,
    headers: {
      'content-type': TYPES[type],
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
    body: contents(name),
  };
}
