/**
 * Notifications that carry their entry. What they say is a hint like any other (which entry, which version), never
 * written to the replica: the delta is what is true. Content that nobody vouches for is refused with its notification;
 * content that is vouched for and can't be read leaves a notification without a hint, and so a read.
 */
import { z } from 'zod';
import type { Logger } from '../../log.ts';
import type { Database } from '../../store/database.ts';
import { findSubscriptionOwners, type Hint } from '../../store/inbox.ts';
import type { Certificates } from './certificates.ts';
import { type DecryptFault, decryptContent, readEncryptedContent } from './decrypt.ts';
import type { TokenChecker, TokenFault } from './validation-tokens.ts';

/** One for each tenant in the body; Graph's bodies hold few. */
const MOST_TOKENS = 200;
/** Half a millisecond of a thread each, within the three seconds that Graph waits; the others cost a read. */
const MOST_OPENED = 300;

const printable = (most: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${most}}$`));
/** PostgreSQL takes no NUL: of another form it is nobody’s, as in http/notifications.ts. */
const item = z.object({ subscriptionId: printable(128), encryptedContent: z.unknown() });
/** The properties that graph/subscriptions.ts asks for, and the annotation that Graph adds to entries as a rule. */
const entry = z.object({
  id: printable(512),
  changeKey: printable(256).optional(),
  '@odata.etag': printable(256).optional(),
});

/**
 * `none`: it carries nothing, and is what it would be without this. `unreadable`: something is there that we can't use.
 * `refused`: nobody vouches for it.
 */
export type Opened = Hint | 'none' | 'unreadable' | 'refused';

type Fault =
  | TokenFault
  | DecryptFault
  | 'NO_VALIDATION_TOKENS'
  | 'TENANT_WRONG'
  | 'KEYS_UNREACHABLE'
  | 'TOO_MANY'
  | 'CONTENT_MALFORMED'
  | 'CERTIFICATE_UNKNOWN'
  | 'ENTRY_MALFORMED';

export interface RichDeps {
  database: Pick<Database, 'intake'>;
  certificates: Pick<Certificates, 'keyOf'>;
  tokens: Pick<TokenChecker, 'check'>;
  log: Logger;
}

interface Vouched {
  tenants: Set<string>;
  /** Why tokens were not believed. */
  faults: Fault[];
  /** Entra could not be asked about one of them: it may be good. */
  isUnsure: boolean;
}

interface Carrier {
  index: number;
  subscriptionId: string;
  content: unknown;
}

function carriersIn(items: unknown[]): Carrier[] {
  return items.flatMap((one, index) => {
    const read = item.safeParse(one);
    if (!read.success || read.data.encryptedContent === undefined || read.data.encryptedContent === null) return [];
    return [{ index, subscriptionId: read.data.subscriptionId, content: read.data.encryptedContent }];
  });
}

function hintIn(text: string): Hint | undefined {
  try {
    const { id, changeKey, '@odata.etag': etag } = entry.parse(JSON.parse(text));
    const version = changeKey ?? etag;
    return version === undefined ? undefined : { eventId: id, etag: version };
  } catch {
    return undefined;
  }
}

/** How often each code. */
const countedBy = (faults: Fault[]) => {
  const counts: Partial<Record<Fault, number>> = {};
  for (const fault of faults) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
};

export class Rich {
  constructor(private readonly deps: RichDeps) {}

  /** What each of `items` carries, in their order. Rejects only when PostgreSQL does. */
  async open(items: unknown[], validationTokens: unknown, correlationId: string): Promise<Opened[]> {
    const opened: Opened[] = items.map(() => 'none');
    const carriers = carriersIn(items);
    if (carriers.length === 0) return opened;
    const vouched = await this.vouchers(validationTokens);
    const owners = await findSubscriptionOwners(this.deps.database.intake, [
      ...new Set(carriers.map((one) => one.subscriptionId)),
    ]);
    const tenantOf = new Map(owners.map((owner) => [owner.subscriptionId, owner.tenantId.toLowerCase()]));
    const faults = [...vouched.faults];
    const believed: Carrier[] = [];
    for (const carrier of carriers) {
      const tenantId = tenantOf.get(carrier.subscriptionId);
      // Of no subscription of ours: the inbox leaves it out, and so do we.
      if (tenantId === undefined) opened[carrier.index] = 'refused';
      else if (vouched.tenants.has(tenantId)) believed.push(carrier);
      else {
        opened[carrier.index] = vouched.isUnsure ? 'unreadable' : 'refused';
        faults.push(vouched.isUnsure ? 'KEYS_UNREACHABLE' : 'TENANT_WRONG');
      }
    }
    await Promise.all(
      believed.map(async (carrier, place) => {
        const outcome = place < MOST_OPENED ? await this.read(carrier.content) : { fault: 'TOO_MANY' as const };
        opened[carrier.index] = 'fault' in outcome ? 'unreadable' : outcome;
        if ('fault' in outcome) faults.push(outcome.fault);
      }),
    );
    this.report(opened, faults, correlationId);
    return opened;
  }

  private report(opened: Opened[], faults: Fault[], correlationId: string): void {
    if (faults.length === 0) return;
    const count = (word: Opened) => opened.filter((one) => one === word).length;
    this.deps.log.warn(
      { correlationId, refused: count('refused'), unreadable: count('unreadable'), codes: countedBy(faults) },
      'rich notifications could not be used',
    );
  }

  private async vouchers(validationTokens: unknown): Promise<Vouched> {
    // Null, says Microsoft, when the app's service principal asks for assignments and change tracking has none.
    if (!Array.isArray(validationTokens) || validationTokens.length === 0)
      return { tenants: new Set(), faults: ['NO_VALIDATION_TOKENS'], isUnsure: false };
    const verdicts = await Promise.all(
      validationTokens.slice(0, MOST_TOKENS).map((token) => this.deps.tokens.check(token)),
    );
    return {
      tenants: new Set(verdicts.flatMap((one) => ('tenantId' in one ? one.tenantId.toLowerCase() : []))),
      faults: verdicts.flatMap((one) => ('fault' in one ? one.fault : [])),
      isUnsure: verdicts.some((one) => 'unasked' in one),
    };
  }

  private async read(given: unknown): Promise<Hint | { fault: Fault }> {
    const content = readEncryptedContent(given);
    if (!content) return { fault: 'CONTENT_MALFORMED' };
    const key = await this.deps.certificates.keyOf(content.encryptionCertificateId);
    if (!key) return { fault: 'CERTIFICATE_UNKNOWN' };
    const outcome = await decryptContent(content, key);
    if ('fault' in outcome) return outcome;
    return hintIn(outcome.text) ?? { fault: 'ENTRY_MALFORMED' };
  }
}
