/**
 * The certificates with which Graph encrypts what it tells us: made by us, shared by all instances through PostgreSQL,
 * replaced at half of their life. What was encrypted for an older one can be read until no subscription made with it can
 * speak any more. The private keys are sealed, in a table that only functions reach; one whose key is lost is as good as
 * not there, and another is made.
 */
import { createPrivateKey, randomUUID, webcrypto } from 'node:crypto';
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../clock.ts';
import type { RichPart } from '../../graph/port.ts';
import type { Logger } from '../../log.ts';
import type { Database } from '../../store/database.ts';
import {
  addRichCertificate,
  pruneRichCertificates,
  type RichCertificate,
  richCertificates,
} from '../../store/rich-certificates.ts';
import type { Vault } from '../../store/vault.ts';
import { makeSelfSigned } from './self-signed.ts';

export const CERTIFICATE_LIFE_MS = 120 * DAY_MS;
export const ROTATE_AFTER_MS = CERTIFICATE_LIFE_MS / 2;
/** A clock that is slightly off at Graph must not refuse a fresh one. */
const BACKDATED_MS = DAY_MS;
/**
 * Subscriptions with data live for less than a day, notifications are repeated for four hours, and another instance may
 * go on using what it knows for some minutes.
 */
export const KEPT_AFTER_SUPERSEDED_MS = 2 * DAY_MS;
/** So long an instance does without asking PostgreSQL what the others made. */
export const LOOK_EVERY_MS = 5 * MINUTE_MS;
/** An id that we don't know may have been made by another instance just now; a made-up one must not cost a query each. */
const LOOK_FOR_UNKNOWN_EVERY_MS = 10 * SECOND_MS;
const PRUNE_EVERY_MS = HOUR_MS;

const DATA_KEY_ALGORITHM = { name: 'RSA-OAEP', hash: 'SHA-1' };

type Known = RichCertificate & { key: webcrypto.CryptoKey };

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', pkcs8, DATA_KEY_ALGORITHM, false, ['decrypt']);
}

export interface CertificatesDeps {
  database: Pick<Database, 'system' | 'intake'>;
  vault: Vault;
  clock: Clock;
  log: Logger;
}

export class Certificates {
  private known: Known[] = [];
  private lookedAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;
  private making: Promise<void> | undefined;
  private prunedAt = Number.NEGATIVE_INFINITY;
  /** The newest of those whose private key cannot be opened was made then. */
  private unreadableUntil = Number.NEGATIVE_INFINITY;
  private readonly reported = new Set<string>();

  constructor(private readonly deps: CertificatesDeps) {}

  /** For a new subscription: the newest, made now when there is none or when it is past half of its life. */
  async current(): Promise<RichPart> {
    await this.lookWithin(LOOK_EVERY_MS);
    if (this.isRotationDue()) {
      this.making ??= this.make().finally(() => {
        this.making = undefined;
      });
      await this.making;
    }
    await this.forgetOld();
    const [newest] = this.known;
    if (!newest) throw new Error('a certificate that was just stored is not there');
    return { certificate: newest.certificate, certificateId: newest.certificateId };
  }

  /** To read what was encrypted with this certificate; undefined when it is none of ours, or too old. */
  async keyOf(certificateId: string): Promise<webcrypto.CryptoKey | undefined> {
    const find = () => this.known.find((one) => one.certificateId === certificateId)?.key;
    const key = find();
    if (key) return key;
    await this.lookWithin(LOOK_FOR_UNKNOWN_EVERY_MS);
    return find();
  }

  private isRotationDue(): boolean {
    const [newest] = this.known;
    return !newest || newest.madeAt <= this.deps.clock.now() - ROTATE_AFTER_MS;
  }

  /** What we know is at most so old afterwards. One look at a time. */
  private async lookWithin(ageMs: number): Promise<void> {
    if (this.lookedAt > this.deps.clock.now() - ageMs) return;
    this.looking ??= this.look().finally(() => {
      this.looking = undefined;
    });
    await this.looking;
  }

  private async look(): Promise<void> {
    const { database, vault, clock, log } = this.deps;
    const startedAt = clock.now();
    const { readable, unreadable } = await richCertificates(database.intake, vault);
    for (const { certificateId, madeAt, fault } of unreadable) {
      this.unreadableUntil = Math.max(this.unreadableUntil, madeAt);
      if (this.reported.has(certificateId)) continue;
      this.reported.add(certificateId);
      log.error({ code: fault.code, certificateId, err: fault }, 'a certificate for notifications cannot be used');
    }
    const keys = new Map(this.known.map((one) => [one.certificateId, one.key]));
    this.known = await Promise.all(
      readable.map(async (one) => ({ ...one, key: keys.get(one.certificateId) ?? (await importKey(one.privateKey)) })),
    );
    this.lookedAt = startedAt;
  }

  /** Looks only while there is something to forget, and not for every subscription. */
  private async forgetOld(): Promise<void> {
    const { database, clock, log } = this.deps;
    const now = clock.now();
    const [newest] = this.known;
    const isOver = newest && this.known.length > 1 && newest.madeAt < now - KEPT_AFTER_SUPERSEDED_MS;
    if (!isOver || this.prunedAt > now - PRUNE_EVERY_MS) return;
    this.prunedAt = now;
    const pruned = await pruneRichCertificates(database.system, now - KEPT_AFTER_SUPERSEDED_MS);
    if (pruned === 0) return;
    await this.look();
    log.info({ pruned }, 'old certificates for notifications were forgotten');
  }

  private async make(): Promise<void> {
    const { database, vault, clock, log } = this.deps;
    const madeAt = clock.now();
    const certificateId = `calendar-watch/${randomUUID()}`;
    const { certificate, privateKey } = await makeSelfSigned({
      commonName: 'Calendar Watch notifications',
      notBefore: madeAt - BACKDATED_MS,
      notAfter: madeAt + CERTIFICATE_LIFE_MS,
    });
    const made: RichCertificate = {
      certificateId,
      certificate: certificate.toString('base64'),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      madeAt,
      expiresAt: madeAt + CERTIFICATE_LIFE_MS,
    };
    const madeAfter = Math.max(madeAt - ROTATE_AFTER_MS, this.unreadableUntil);
    const wasAdded = await addRichCertificate(database.system, vault, made, madeAfter);
    await this.look();
    if (wasAdded) log.info({ certificateId }, 'a new certificate for notifications');
  }
}
