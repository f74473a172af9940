/** Who the nudges of row 10 are for: one person, one chat and one nudge each, in many tenants. */
import { conversationIdOf, userIdOf } from '../../../sandbox/connector/activity.ts';
import { SANDBOX_BOT_ID } from '../../../sandbox/sandbox.ts';
import type { SandboxPerson } from '../../../sandbox/world.ts';

/** A tenant is sent 48 a second; so many of them never hold the processes back. */
export const TENANTS = 125;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
export const tenantIdOf = (index: number) => `be4e0000-0000-4000-8000-${hex(index % TENANTS, 12)}`;
export const domainOf = (index: number) => `crash${index % TENANTS}.example`;

export function personOf(index: number): SandboxPerson {
  return {
    tenantId: tenantIdOf(index),
    oid: `be4e0001-0000-4000-8000-${hex(index, 12)}`,
    upn: `person${index}@${domainOf(index)}`,
    displayName: `Person ${index}`,
    kind: 'person',
    mailboxTimeZone: 'W. Europe Standard Time',
    locale: 'en-GB',
  };
}

export const chatOf = (person: SandboxPerson) => conversationIdOf(SANDBOX_BOT_ID, person);

/** As the product keeps it after the person's first message. */
export function referenceOf(person: SandboxPerson, serviceUrl: string): object {
  return {
    bot: { id: `28:${SANDBOX_BOT_ID}`, name: 'Calendar Watch' },
    user: { id: userIdOf(SANDBOX_BOT_ID, person), name: person.displayName, aadObjectId: person.oid },
    conversation: { id: chatOf(person), tenantId: person.tenantId, conversationType: 'personal' },
    channelId: 'msteams',
    locale: 'en-GB',
    serviceUrl,
  };
}
