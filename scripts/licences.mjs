// The licences of everything that runs in production, read from the lock file, as docs/licences.md.
//   node scripts/licences.mjs           checks that the page is what the lock file says; ends with 1 where it is not
//   node scripts/licences.mjs --write   writes the page
// Ends with 1, whatever was asked, where a licence does not allow use in an MIT project, or nobody knows it.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const PAGE = resolve(ROOT, 'docs/licences.md');
const words = process.argv.slice(2);
const lockFile = words.find((word) => !word.startsWith('--')) ?? resolve(ROOT, 'package-lock.json');

const COMPATIBLE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  // For fonts: what is drawn with one, or passed on with it, is under no condition.
  'OFL-1.1',
  'Python-2.0',
  'Unlicense',
]);

/** Packages whose package.json names no licence in the form that npm reads; each version was looked at. */
const READ_BY_HAND = new Map([
  // "licenses" in its package.json, and LICENSE-MIT beside it.
  ['cldrjs@0.5.5', 'MIT'],
  // "License: MIT" in its Readme.
  ['escape-regexp-component@1.0.2', 'MIT'],
]);

/** "(A OR B)" is allowed where one of them is, "A AND B" where both are. Anything else is not read, and so not allowed. */
function isCompatible(licence) {
  const bare = licence.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(bare)) return false;
  return bare.split(' OR ').some((one) => one.split(' AND ').every((part) => COMPATIBLE.has(part)));
}

const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
const rows = new Map();
for (const [path, one] of Object.entries(packages)) {
  if (path === '' || one.dev || one.link) continue;
  const name = one.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const id = `${name}@${one.version}`;
  rows.set(id, { name, version: one.version, licence: one.license ?? READ_BY_HAND.get(id) ?? 'unknown' });
}
const sorted = [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
const faults = sorted.filter((row) => !isCompatible(row.licence));
for (const { name, version, licence } of faults) console.error(`${name} ${version}: ${licence} is not allowed`);

const counts = new Map();
for (const { licence } of sorted) counts.set(licence, (counts.get(licence) ?? 0) + 1);
const page = `# Licences

Everything that \`npm ci --omit=dev\` can install, on any platform, as \`package-lock.json\` has it: ${sorted.length} packages. Written by
\`node scripts/licences.mjs --write\`; \`npm test\` fails where a licence does not allow use in an MIT project or the page is old.
What is worth knowing about some of them is in [dependencies.md](dependencies.md#licences).

${[...counts]
  .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  .map(([licence, count]) => `${licence}: ${count}`)
  .join(' · ')}

| Package | Version | Licence |
|---|---|---|
${sorted.map(({ name, version, licence }) => `| \`${name}\` | ${version} | ${licence} |`).join('\n')}
`;

if (words.includes('--write')) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/licences.md is not what the lock file says; run: node scripts/licences.mjs --write');
  process.exitCode = 1;
}
if (faults.length > 0) process.exitCode = 1;
