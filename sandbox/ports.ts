/** Ports that stay the same from one start to the next where they can; one that is taken is replaced and named. */
import { createServer } from 'node:net';

function probe(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

export async function choosePorts<T extends Record<string, number>>(
  wanted: T,
  onTaken: (name: string, wantedPort: number, chosen: number) => void,
): Promise<T> {
  const chosen: Record<string, number> = {};
  const used = new Set<number>();
  for (const [name, port] of Object.entries(wanted)) {
    let free = used.has(port) ? undefined : await probe(port);
    if (free === undefined) {
      do free = await probe(0);
      while (free === undefined || used.has(free));
      onTaken(name, port, free);
    }
    chosen[name] = free;
    used.add(free);
  }
  return chosen as T;
}
