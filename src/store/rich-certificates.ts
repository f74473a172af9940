/** The certificates of rich notifications, with their private keys: shared by all instances, no tenant's. */
import { at, type Sql } from './database.ts';

export interface RichCertificate {
  certificateId: string;
  /** X.509, DER in base64: what Graph is given. */
  certificate: string;
  /** PKCS#8 PEM. Never logged, never sent. */
  privateKey: string;
  madeAt: number;
  expiresAt: number;
}

/** The newest first. */
export async function richCertificates(system: Sql): Promise<RichCertificate[]> {
  return system.query<RichCertificate>(
    `select certificate_id as "certificateId", certificate, private_key as "privateKey", made_at as "madeAt",
       expires_at as "expiresAt" from cw.rich_certificates()`,
  );
}

/** False: there is one already that was made after `madeAfter`, and this one is not needed. */
export async function addRichCertificate(system: Sql, made: RichCertificate, madeAfter: number): Promise<boolean> {
  const [row] = await system.query<{ added: boolean }>(
    'select cw.add_rich_certificate($1, $2, $3, $4, $5, $6) as added',
    [made.certificateId, made.certificate, made.privateKey, at(made.madeAt), at(made.expiresAt), at(madeAfter)],
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
