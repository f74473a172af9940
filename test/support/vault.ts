/** A vault for tests; its key is the same in every run, so that instances of one test agree. */
import { Vault } from '../../src/store/vault.ts';

export const testKey = (serial: number) => Buffer.alloc(32, serial);
export const testVault = new Vault([testKey(1)]);
