/** 1,000 subscriptions that both sides of a bench can name without telling each other. */
import { createHash } from 'node:crypto';

export const SUBSCRIPTIONS = 1_000;
export const TENANTS = 10;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
export const tenantIdOf = (index: number) => `be4c0000-0000-4000-8000-${hex(index % TENANTS, 12)}`;
export const personIdOf = (index: number) => `be4c0001-0000-4000-8000-${hex(index, 12)}`;
export const subscriptionIdOf = (index: number) => `be4c0002-0000-4000-8000-${hex(index, 12)}`;

/** 43 characters, as the product makes them. */
export const clientStateOf = (index: number) => createHash('sha256').update(`bench-${index}`).digest('base64url');

/** A notification as Graph sends it (platform facts, section B). */
export function notificationOf(index: number, serial: number): object {
  const eventId = `AAMkAGI1AAAt9AHjAAA${hex(serial, 101)}=`;
  const resource = `Users/${personIdOf(index)}/Events/${eventId}`;
  return {
    id: `lsgTZMr9KwAAA${hex(serial, 8)}`,
    subscriptionId: subscriptionIdOf(index),
    subscriptionExpirationDateTime: '2026-11-28T10:00:00.952Z',
    clientState: clientStateOf(index),
    changeType: 'updated',
    resource,
    tenantId: tenantIdOf(index),
    resourceData: {
      '@odata.type': '#Microsoft.Graph.Event',
      '@odata.id': resource,
      '@odata.etag': `W/"CQAAABYAAAB${hex(serial, 16)}"`,
      id: eventId,
    },
  };
}
