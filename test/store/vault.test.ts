import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { keyIdOf, Vault } from '../../src/store/vault.ts';
import { testKey } from '../support/vault.ts';

const ABOUT = { table: 'token_cache.cache', tenantId: 'tenant', rowId: 'row' };
const SECRET = 'a refresh token';
const unreadable = { name: 'CalendarWatchError', code: 'SECRET_UNREADABLE' };
const text = fc.string({ unit: 'binary', maxLength: 2_000 });
const about = fc.record({ table: fc.string(), tenantId: fc.string(), rowId: fc.string() });

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof CalendarWatchError);
    assert.equal(error.code, 'SECRET_UNREADABLE');
    return error.message;
  }
  return assert.fail('it was opened');
}

describe('the vault', () => {
  const vault = new Vault([testKey(1)]);
  const sealed = vault.seal(SECRET, ABOUT);

  it('opens what it sealed, whatever it says and wherever it lies', () => {
    fc.assert(
      fc.property(text, about, (secret, where) => {
        assert.equal(vault.open(vault.seal(secret, where), where), secret);
      }),
      { numRuns: 100 },
    );
  });

  it('writes a form with the key’s id, never twice the same, and nothing of the text', () => {
    assert.match(sealed, new RegExp(`^cw1\\.${keyIdOf(testKey(1))}\\.[\\w-]+$`));
    assert.equal(new Set(Array.from({ length: 100 }, () => vault.seal(SECRET, ABOUT))).size, 100);
    assert.ok(!Buffer.from(sealed.split('.')[2] ?? '', 'base64url').includes(SECRET));
    assert.ok(!sealed.includes(testKey(1).toString('base64url')));
  });

  it('opens at no other place: each part of it counts, and where one ends', () => {
    fc.assert(
      fc.property(about, about, (here, there) => {
        fc.pre(JSON.stringify(here) !== JSON.stringify(there));
        assert.throws(() => vault.open(vault.seal(SECRET, here), there), unreadable);
      }),
      { numRuns: 50 },
    );
    for (const there of [
      { ...ABOUT, table: 'sign_in.verifier' },
      { ...ABOUT, tenantId: 'another' },
      { ...ABOUT, rowId: 'another' },
      { table: 'token_cache.cachet', tenantId: 'enant', rowId: 'row' },
      { table: 'token_cache.cache', tenantId: 'tenantrow', rowId: '' },
    ])
      assert.throws(() => vault.open(sealed, there), unreadable, JSON.stringify(there));
  });

  it('opens nothing of which a single bit was changed', () => {
    for (let index = 0; index < sealed.length; index += 1)
      for (let bit = 0; bit < 7; bit += 1) {
        const letter = String.fromCharCode(sealed.charCodeAt(index) ^ (1 << bit));
        const changed = sealed.slice(0, index) + letter + sealed.slice(index + 1);
        assert.throws(() => vault.open(changed, ABOUT), unreadable, `letter ${index}, bit ${bit}`);
      }
  });

  it('opens nothing that was cut off, made longer or put together', () => {
    for (let length = 0; length < sealed.length; length += 1)
      assert.throws(() => vault.open(sealed.slice(0, length), ABOUT), unreadable, `${length} letters`);
    const [, id = '', body = ''] = sealed.split('.');
    for (const odd of [
      `${sealed}A`,
      `${sealed}=`,
      `${sealed}\n`,
      ` ${sealed}`,
      `${sealed}.${body}`,
      `cw1.${id}.`,
      `cw1..${body}`,
      `cw2.${id}.${body}`,
      `cw1.${id.toUpperCase()}.${body}`,
      `cw1.${keyIdOf(testKey(2))}.${body}`,
      'cw1.0000000000000000.AAAA',
      'plain',
      '',
    ])
      assert.throws(() => vault.open(odd, ABOUT), unreadable, odd);
  });

  it('with another key says which one is needed, and no secret', () => {
    const other = new Vault([testKey(2), testKey(3)]);
    const message = messageOf(() => other.open(sealed, ABOUT));
    for (const id of [1, 2, 3].map((serial) => keyIdOf(testKey(serial)))) assert.ok(message.includes(id), id);
    assert.match(message, /token_cache\.cache.*docs\/operations\.md/);
    const moved = messageOf(() => vault.open(sealed, { ...ABOUT, rowId: 'secret row' }));
    for (const said of [message, moved, messageOf(() => vault.open(`cw1.${SECRET}`, ABOUT))])
      for (const secret of [SECRET, 'secret row', sealed, testKey(1).toString('base64'), testKey(2).toString('hex')])
        assert.ok(!said.includes(secret), said);
  });

  it('with several keys seals with the first and opens what any of them sealed', () => {
    const older = new Vault([testKey(2)]);
    const both = new Vault([testKey(1), testKey(2), testKey(1)]);
    assert.deepEqual(both.keyIds, [keyIdOf(testKey(1)), keyIdOf(testKey(2))]);
    for (const one of [vault, older]) assert.equal(both.open(one.seal(SECRET, ABOUT), ABOUT), SECRET);
    const now = both.seal(SECRET, ABOUT);
    assert.equal(vault.open(now, ABOUT), SECRET);
    assert.throws(() => older.open(now, ABOUT), unreadable);
    assert.equal(both.isOutdated(now), false);
    assert.equal(both.isOutdated(older.seal(SECRET, ABOUT)), true);
    assert.equal(both.isOutdated(SECRET), true);
  });

  it('reads what is from before encryption only where it is told that there may be some', () => {
    const caches = ['{"Account":{}}', '-----BEGIN PRIVATE KEY-----\nMII', 'cw-1_verifier', ''];
    for (const plain of caches) {
      assert.equal(vault.openOrPlain(plain, ABOUT), plain);
      assert.throws(() => vault.open(plain, ABOUT), unreadable);
    }
    assert.equal(vault.openOrPlain(sealed, ABOUT), SECRET);
    // Sealed and broken is not plain.
    for (const broken of [sealed.slice(0, -1), 'cw1.', 'cw2.0000000000000000.AAAA'])
      assert.throws(() => vault.openOrPlain(broken, ABOUT), unreadable, broken);
  });

  it('takes only keys of 32 bytes, and at least one', () => {
    for (const keys of [[], [Buffer.alloc(31)], [testKey(1), Buffer.alloc(33)], [Buffer.alloc(0)]])
      assert.throws(() => new Vault(keys), { code: 'CONFIG_INVALID' });
  });
});
