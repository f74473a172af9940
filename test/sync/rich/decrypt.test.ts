import assert from 'node:assert/strict';
import { constants, createHmac, publicEncrypt, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { before, describe, it } from 'mocha';
import { decryptContent, type EncryptedContent, readEncryptedContent } from '../../../src/sync/rich/decrypt.ts';
import { makeSelfSigned } from '../../../src/sync/rich/self-signed.ts';
import { DAY, NOW } from '../../support/events.ts';
import { type Sealed, seal, tampered } from './encrypt.ts';

interface Keys {
  certificate: { certificate: string; certificateId: string };
  key: webcrypto.CryptoKey;
}

async function makeKeys(): Promise<Keys> {
  const made = await makeSelfSigned({ commonName: 'test', notBefore: NOW, notAfter: NOW + DAY });
  const pkcs8 = made.privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    certificate: { certificate: made.certificate.toString('base64'), certificateId: 'c1' },
    key: await webcrypto.subtle.importKey('pkcs8', pkcs8, { name: 'RSA-OAEP', hash: 'SHA-1' }, false, ['decrypt']),
  };
}

const form = (given: object): EncryptedContent => {
  const read = readEncryptedContent(given);
  assert.ok(read);
  return read;
};

describe('rich: decrypting', () => {
  let ours: Keys;
  let others: Keys;
  before(async () => {
    [ours, others] = await Promise.all([makeKeys(), makeKeys()]);
  });

  for (const text of [
    '',
    '{"id":"AAMk=","changeKey":"k"}',
    'Ä – 会議 🎉',
    'x'.repeat(15),
    'x'.repeat(16),
    'x'.repeat(40_000),
  ])
    it(`opens what was encrypted as documented (${text.length} characters)`, async () => {
      assert.deepEqual(await decryptContent(form(await seal(text, ours.certificate)), ours.key), { text });
    });

  const broken: [string, (sealed: Sealed) => object | Promise<object>, string][] = [
    ['data that was changed', (sealed) => ({ data: tampered(sealed.data) }), 'SIGNATURE_WRONG'],
    ['data that was cut', (sealed) => ({ data: sealed.data.slice(0, 20) }), 'SIGNATURE_WRONG'],
    [
      'a signature that was changed',
      (sealed) => ({ dataSignature: tampered(sealed.dataSignature) }),
      'SIGNATURE_WRONG',
    ],
    ['a signature that is too short', () => ({ dataSignature: 'AAAA' }), 'SIGNATURE_WRONG'],
    ['a data key that was changed', (sealed) => ({ dataKey: tampered(sealed.dataKey) }), 'DATA_KEY_UNREADABLE'],
    ['a data key that is too short', () => ({ dataKey: 'AAAA' }), 'DATA_KEY_UNREADABLE'],
    [
      'the data key of another item',
      async () => ({ dataKey: (await seal('other', ours.certificate)).dataKey }),
      'SIGNATURE_WRONG',
    ],
    [
      'a data key for somebody else',
      async () => ({ dataKey: (await seal('other', others.certificate)).dataKey }),
      'DATA_KEY_UNREADABLE',
    ],
  ];
  for (const [name, change, fault] of broken)
    it(`does not open ${name}`, async () => {
      const sealed = await seal('{"id":"a"}', ours.certificate);
      const outcome = await decryptContent(form({ ...sealed, ...(await change(sealed)) }), ours.key);
      assert.deepEqual(outcome, { fault });
    });

  it('does not open data keys of another size, nor text that is none', async () => {
    const x509 = new X509Certificate(Buffer.from(ours.certificate.certificate, 'base64'));
    const short = randomBytes(16);
    const data = randomBytes(32);
    const sealed = {
      data: data.toString('base64'),
      dataKey: publicEncrypt({ key: x509.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, short).toString(
        'base64',
      ),
      dataSignature: createHmac('sha256', short).update(data).digest('base64'),
      encryptionCertificateId: 'c1',
    };
    assert.deepEqual(await decryptContent(form(sealed), ours.key), { fault: 'DATA_KEY_UNREADABLE' });
    const odd = await seal(new Uint8Array([0xc3, 0x28]), ours.certificate);
    assert.deepEqual(await decryptContent(form(odd), ours.key), { fault: 'DATA_UNREADABLE' });
  });

  it('does not open what is signed and has no sound padding', async () => {
    const key = randomBytes(32);
    const sealed = await seal('{"id":"a"}', ours.certificate, key);
    const data = randomBytes(31);
    const dataSignature = createHmac('sha256', key).update(data).digest('base64');
    const outcome = await decryptContent(form({ ...sealed, data: data.toString('base64'), dataSignature }), ours.key);
    assert.deepEqual(outcome, { fault: 'DATA_UNREADABLE' });
  });

  it('reads only the documented form, of a bounded size', async () => {
    const sealed = await seal('{}', ours.certificate);
    assert.ok(readEncryptedContent({ ...sealed, more: 1 }));
    const odd: unknown[] = [
      null,
      'text',
      [],
      {},
      { ...sealed, data: 'x'.repeat(64 * 1024 + 4) },
      { ...sealed, data: '' },
      { ...sealed, data: 'a b' },
      { ...sealed, data: { $ne: 1 } },
      { ...sealed, dataKey: 'A'.repeat(704) },
      { ...sealed, dataSignature: 'A'.repeat(68) },
      { ...sealed, dataKey: undefined },
      { ...sealed, encryptionCertificateId: '' },
      { ...sealed, encryptionCertificateId: 'x'.repeat(129) },
      { ...sealed, encryptionCertificateId: 'a\u0000b' },
    ];
    for (const one of odd) assert.equal(readEncryptedContent(one), undefined, JSON.stringify(one)?.slice(0, 80));
  });
});
