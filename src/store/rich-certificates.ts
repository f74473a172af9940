/** The certificates of rich notifications, with their private keys: shared by all instances, no tenant's. */
import { CalendarWatchError } from '../errors.ts';
import { at, type Sql } from './database.ts';
import type { Vault } from './vault.ts';

export interface RichCertificate {
  certificateId: string;
  /** X.509, DER in base64: what Graph is given. */
  certificate: string;
  /** PKCS#8 PEM. Never logged, never sent; sealed where it lies. */
  privateKey: string;
  madeAt: number;
  expiresAt: number;
}

/** They belong to no tenant. */
export const ofPrivateKey = (certificateId: string) => ({
  table: 'rich_certificate.private_key',
  tenantId: '',
  rowId: certificateId,
});

export interface StoredCertificates {
  /** The newest first. */
  readable: RichCertificate[];
  /** Sealed with a key that we don't have. */
  unreadable: { certificateId: string; madeAt: number; fault: CalendarWatchError }[];
}

/** As they lie there, the private keys sealed; the newest first. */
export async function sealedCertificates(system: Sql): Promise<RichCertificate[]> {
  return system.query<RichCertificate>(
    `select certificate_id as "certificateId", certificate, private_key as "privateKey", made_at as "madeAt",
       expires_at as "expiresAt" from cw.rich_certificates()`,
  );
}

export async function richCertificates(system: Sql, vault: Vault): Promise<StoredCertificates> {
  const found: StoredCertificates = { readable: [], unreadable: [] };
  for (const one of await sealedCertificates(system)) {
    const { certificateId, madeAt } = one;
    try {
      const privateKey = vault.openOrPlain(one.privateKey, ofPrivateKey(certificateId));
      found.readable.push({ ...one, privateKey });
    } catch (fault) {
      if (!(fault instanceof CalendarWatchError)) throw fault;
      found.unreadable.push({ certificateId, madeAt, fault });
    }
  }
  return found;
}

/** False: there is one already that was made after `madeAfter`, and this one is not needed. */
export async function addRichCertificate(
  system: Sql,
  vault: Vault,
  made: RichCertificate,
  madeAfter: number,
): Promise<boolean> {
  const sealed = vault.seal(made.privateKey, ofPrivateKey(made.certificateId));
  const [row] = await system.query<{ added: boolean }>(
    'select cw.add_rich_certificate($1, $2, $3, $4, $5, $6) as added',
    [made.certificateId, made.certificate, sealed, at(made.madeAt), at(made.expiresAt), at(madeAfter)],
  );
  return row?.added ?? false;
}

/** Those that were superseded before and that no subscription was made with that lived then. Returns how many. */
export async function pruneRichCertificates(system: Sql, supersededBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_rich_certificates($1) as pruned', [
    at(supersededBefore),
  ]);
  return row?.pruned ?? 0;
}
