import '../../../sandbox/ca-reflect.ts';
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, it } from 'mocha';
import { makeSelfSigned } from '../../../src/sync/rich/self-signed.ts';
import { DAY, NOW } from '../../support/events.ts';

const make = (notBefore = NOW - DAY, notAfter = NOW + 120 * DAY) =>
  makeSelfSigned({ commonName: 'Calendar Watch test', notBefore, notAfter });

describe('rich: a self-signed certificate', () => {
  it('is one that OpenSSL reads, signed by its own key', async () => {
    const { certificate, privateKey } = await make();
    const x509 = new X509Certificate(certificate);
    assert.equal(x509.subject, 'CN=Calendar Watch test');
    assert.equal(x509.issuer, x509.subject);
    assert.equal(Date.parse(x509.validFrom), NOW - DAY);
    assert.equal(Date.parse(x509.validTo), NOW + 120 * DAY);
    assert.equal(x509.publicKey.asymmetricKeyType, 'rsa');
    assert.equal(x509.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
    assert.ok(x509.verify(x509.publicKey));
    assert.ok(x509.checkPrivateKey(privateKey));
    assert.equal(x509.ca, false);
    assert.deepEqual(x509.raw, certificate);
  });

  it('is one that another reader of X.509 takes apart the same way', async () => {
    const x509 = await import('@peculiar/x509');
    const { certificate } = await make();
    const read = new x509.X509Certificate(new Uint8Array(certificate));
    assert.equal(read.subject, 'CN=Calendar Watch test');
    assert.ok(await read.verify({ date: new Date(NOW) }));
    const usage = read.getExtension(x509.KeyUsagesExtension);
    assert.equal(usage?.usages, x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.dataEncipherment);
    assert.equal(read.getExtension(x509.BasicConstraintsExtension)?.ca, false);
    assert.equal(read.toString('base64').replace(/\s/g, ''), certificate.toString('base64'));
  });

  it('has dates beyond 2049, and serial numbers of its own', async () => {
    const [first, second] = await Promise.all([make(NOW, Date.UTC(2060, 0, 1, 12)), make()]);
    const [a, b] = [new X509Certificate(first.certificate), new X509Certificate(second.certificate)];
    assert.equal(Date.parse(a.validTo), Date.UTC(2060, 0, 1, 12));
    assert.notEqual(a.serialNumber, b.serialNumber);
    assert.match(a.serialNumber, /^[4-7][0-9A-F]{31}$/);
  });

  it('comes with a private key that can be kept as text', async () => {
    const { certificate, privateKey } = await make();
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(pem)));
  });
});
