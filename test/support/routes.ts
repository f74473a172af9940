/** The servers that the product makes in this process, and every route they have: what is tried on all routes forgets none. */
import restify, { type Server } from 'restify';

const { createServer } = restify;
const made: Server[] = [];
const MOST_KEPT = 20;

restify.createServer = (options) => {
  const server = createServer(options);
  made.push(server);
  if (made.length > MOST_KEPT) made.shift();
  return server;
};

/** The one that was made last. Import this file before a product is started. */
export function newestServer(): Server {
  const server = made.at(-1);
  if (!server) throw new Error('no server was made here');
  return server;
}

export interface Route {
  method: string;
  path: string;
}

export function routesOf(server: Server): Route[] {
  const { router } = server as unknown as { router: { getRoutes(): Record<string, { method: string; path: string }> } };
  return Object.values(router.getRoutes())
    .map(({ method, path }) => ({ method, path }))
    .sort((a, b) => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1));
}
