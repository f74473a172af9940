/** A way to a person beside Teams, and what may come of it. One file a provider. */
import type { OtherWayName } from '../../nudges/settings.ts';
import type { Final } from '../attempt.ts';

export type { OtherWayName };

export interface Destination {
  tenantId: string;
  personId: string;
  /** An e-mail address, or a number as E.164 writes it; confirmed by its owner, or about to be. */
  address: string;
  stopToken: string;
}

export interface Words {
  subject: string;
  text: string;
  /** An absolute link that ends this way. */
  stopUrl?: string;
}

export interface OtherWay {
  name: OtherWayName;
  /** For the operator. */
  provider: string;
  /** One request, bounded in time; never throws. `activityId` is the provider's id, '' where it gives none. */
  send(to: Destination, words: Words): Promise<Final>;
  /** Ends connections that are kept open. */
  close?(): void;
}
