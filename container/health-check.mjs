// Ends with 0 when the server in this container answers /healthz: it has no curl. Its certificate is for another name than
// the one that is used here, and nothing is said to it, so nobody has to vouch for it.
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const LIMIT_MS = 4_000;
const port = process.env.PORT || '3978';
const isTls = Boolean(process.env.TLS_CERT_FILE);
const ask = isTls ? https : http;

const asked = ask(
  { host: '127.0.0.1', port, path: '/healthz', timeout: LIMIT_MS, ...(isTls ? { rejectUnauthorized: false } : {}) },
  (answer) => process.exit(answer.statusCode === 200 ? 0 : 1),
);
asked.on('timeout', () => process.exit(1));
asked.on('error', () => process.exit(1));
asked.end();
