/**
 * `npm run bench -- NAME`. Talks on stderr; the last line on stdout is the result as JSON. Exit code 0 when all
 * targets are met, 1 when not, 2 when the bench itself failed or is unknown.
 */
import type { Bench } from './support/report.ts';

const BENCHES: Record<string, () => Promise<Bench>> = {
  ack: async () => (await import('./ack.ts')).bench,
  latency: async () => (await import('./latency.ts')).bench,
  plan: async () => (await import('./plan.ts')).bench,
  economy: async () => (await import('./economy.ts')).bench,
  webhook: async () => (await import('./webhook.ts')).bench,
  send: async () => (await import('./send.ts')).bench,
  instances: async () => (await import('./instances.ts')).bench,
  million: async () => (await import('./million.ts')).bench,
  burst: async () => (await import('./burst.ts')).bench,
  storm: async () => (await import('./storm.ts')).bench,
  rooms: async () => (await import('./rooms.ts')).bench,
};

async function main(): Promise<number> {
  const [name = '', ...words] = process.argv.slice(2);
  const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (!load) {
    process.stderr.write(`Usage: npm run bench -- NAME\nNames: ${Object.keys(BENCHES).join(', ')}\n`);
    return 2;
  }
  const bench = await load();
  const { figures, targets } = await bench(words, (line) => process.stderr.write(`  ${line}\n`));
  const pass = Object.values(targets).every((target) => target.met);
  process.stdout.write(`${JSON.stringify({ name, figures, targets, pass })}\n`);
  return pass ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exit(2);
  },
);
