/**
 * The yardstick: restify as our dependency, one route, 202, no work at all. It does not even read the body, and it
 * answers by writeHead, which is cheaper than restify's own send. With PARSE=1 it is what anybody would write who wants
 * to look at a notification: restify's own JSON parser before the same answer.
 */
import restify, { type Request, type Response } from 'restify';

const server = restify.createServer({ name: 'bare-route' });
if (process.env.PARSE === '1') server.use(restify.plugins.jsonBodyParser());
server.post('/api/notifications', async (_request: Request, response: Response) => {
  response.writeHead(202, { 'Content-Length': 0 });
  response.end();
});
server.get('/readyz', async (_request: Request, response: Response) => {
  response.send(200, { status: 'ready' });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
