/** GET /healthz: the process runs. GET /readyz: it can do its work (database reached, migrations run). */
import type { Request, Response, Server } from 'restify';
import type { Logger } from '../log.ts';

export function mountHealth(server: Server, deps: { isReady(): Promise<boolean>; log: Logger }): void {
  server.get('/healthz', async (_request: Request, response: Response) => {
    response.send(200, { status: 'ok' });
  });
  // Everybody may ask, and the database is asked once for all who do so at the same time.
  let asking: Promise<boolean> | undefined;
  const isReady = () => {
    asking ??= deps
      .isReady()
      .catch((err: unknown) => {
        deps.log.warn({ err }, 'not ready');
        return false;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  server.get('/readyz', async (_request: Request, response: Response) => {
    const ready = await isReady();
    response.send(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' });
  });
}
