/** Requests to addresses that people named: as long as nothing goes wrong, each is taken with 204. Nothing is read of DNS or TLS. */
import type { Outgoing, OutgoingAnswer } from '../../src/net/outgoing.ts';
import type { SimHost } from './host.ts';
import type { Surroundings } from './instance.ts';

/** As src/net/outgoing.ts. */
const TIME_LIMIT_MS = 15_000;

interface OutgoingDeps {
  host: SimHost;
  around: Pick<Surroundings, 'scheduler' | 'clock' | 'latency' | 'mischief' | 'faults' | 'recorder' | 'product'>;
}

export function createSimOutgoing({ host, around }: OutgoingDeps): Outgoing {
  const { scheduler, clock, latency, mischief, faults, recorder, product } = around;
  const noAnswer = () => new product.CalendarWatchError('OUTGOING_FAILED', 'a request failed: too slow');
  return {
    post: (url, { headers = {}, body }) =>
      new Promise<OutgoingAnswer>((resolve, reject) => {
        let isOver = false;
        const cancel = host.after(TIME_LIMIT_MS, () => {
          isOver = true;
          reject(noAnswer());
        });
        const run = () => {
          const isLost = mischief.hits(faults['webhook.noAnswer']);
          if (isLost && mischief.hits(0.5)) return () => undefined;
          const status = mischief.hits(faults['webhook.fails']) ? 500 : 204;
          const webhookId = headers['webhook-id'] ?? '';
          recorder.rules.posts.push({ at: clock.now(), url, webhookId, body, status: isLost ? 0 : status });
          if (isLost) return () => undefined;
          const tell = () => {
            if (isOver) return;
            cancel();
            resolve({ status, text: '', isCut: false });
          };
          clock.after(latency.between(20, 800), () => {
            if (!host.isDead) scheduler.add({ host, kind: 'answer', label: `${status}`, run: () => tell });
          });
          return () => undefined;
        };
        scheduler.add({ host, kind: 'webhook', label: `POST ${new URL(url).host}`, run, mayOutlive: true });
      }),
  };
}
