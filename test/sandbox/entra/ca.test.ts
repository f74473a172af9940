import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ensureCertificates } from '../../../sandbox/ca.ts';
import { serve } from '../../../sandbox/http.ts';

const DAY_MS = 86_400_000;

function get(url: string, ca: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ca, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('sandbox certificate authority', () => {
  let directory = '';
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-ca-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('serves TLS that a client with the CA trusts and one without refuses', async () => {
    const certificates = await ensureCertificates(join(directory, 'tls'));
    const served = await serve({ port: 0, tls: certificates, handler: () => ({ status: 204 }) });
    try {
      assert.equal(await get(`https://localhost:${served.port}/`, certificates.ca), 204);
      assert.equal(await get(`https://127.0.0.1:${served.port}/`, certificates.ca), 204);
      await assert.rejects(get(`https://localhost:${served.port}/`, undefined), /certificate/i);
    } finally {
      await served.close();
    }
  });

  it('reuses the files of the last start and keeps the keys to their owner', async () => {
    const where = join(directory, 'reuse');
    const first = await ensureCertificates(where);
    const second = await ensureCertificates(where);
    assert.deepEqual(second, first);
    assert.equal(await readFile(first.caFile, 'utf8'), first.ca);
    assert.equal((await stat(join(where, 'ca.key'))).mode & 0o077, 0);
    assert.equal((await stat(join(where, 'localhost.key'))).mode & 0o077, 0);
  });

  it('renews the server certificate near its end under the same authority, and the authority near its own', async () => {
    const where = join(directory, 'renew');
    const first = await ensureCertificates(where);
    const later = await ensureCertificates(where, { now: new Date(Date.now() + 80 * DAY_MS) });
    assert.equal(later.ca, first.ca);
    assert.notEqual(later.cert, first.cert);
    const muchLater = await ensureCertificates(where, { now: new Date(Date.now() + 5 * 365 * DAY_MS) });
    assert.notEqual(muchLater.ca, first.ca);
  });

  it('makes damaged or insufficient files anew', async () => {
    const where = join(directory, 'damaged');
    const first = await ensureCertificates(where);
    await writeFile(join(where, 'localhost.pem'), 'not a certificate');
    const repaired = await ensureCertificates(where);
    assert.equal(repaired.ca, first.ca);
    assert.notEqual(repaired.cert, first.cert);
    const widened = await ensureCertificates(where, { hosts: ['localhost', '127.0.0.1', 'tenant.localhost'] });
    assert.notEqual(widened.cert, repaired.cert);
  });
});
