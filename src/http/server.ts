/** restify with time-outs; routes mount themselves. */
import restify, { type Server } from 'restify';
import { MINUTE_MS, SECOND_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';

export function createServer(): Server {
  const server = restify.createServer({ name: 'calendar-watch', ignoreTrailingSlash: true });
  const http = server.server as unknown as import('node:http').Server;
  http.requestTimeout = 30 * SECOND_MS;
  http.headersTimeout = 10 * SECOND_MS;
  // Longer than a load balancer keeps its side, so that it never writes into a connection that we just closed.
  http.keepAliveTimeout = 2 * MINUTE_MS;
  return server;
}

/** Resolves with the port; a port that is taken is named. */
export function listen(server: Server, port: number, host?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const http = server.server as unknown as import('node:http').Server;
    const onError = (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new CalendarWatchError('PORT_TAKEN', `port ${port} is taken; stop what uses it or set PORT to another one`)
          : error,
      );
    http.once('error', onError);
    server.listen(port, host, () => {
      http.removeListener('error', onError);
      const address = http.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** No new requests; open ones may end within `limitMs`. */
export function closeServer(server: Server, limitMs = 5 * SECOND_MS): Promise<void> {
  const http = server.server as unknown as import('node:http').Server;
  return new Promise((resolve) => {
    const timer = setTimeout(() => http.closeAllConnections(), limitMs);
    http.close(() => {
      clearTimeout(timer);
      resolve();
    });
    http.closeIdleConnections();
  });
}
