/**
 * What the audit trail records: a closed list. An act says who did what, about whom and when; what it carries besides is
 * ids, codes and counts. No name, address, subject or link gets in: the check below refuses what does not look like one.
 */
export const ACTS = [
  'connected',
  'disconnected',
  'consented',
  'reconnectNeeded',
  'adminSet',
  'adminWatch',
  'adminUnwatch',
  'adminPaused',
  'adminResumed',
  'adminTime',
  'adminRule',
  'roomsAdded',
  'roomsRemoved',
  'exported',
  'forgot',
  'uninstalled',
  'keysRotated',
] as const;

export type AuditAct = (typeof ACTS)[number];

type Code = string | number | boolean;
/** Ids, codes and counts by name, or short lists of them. */
export type ActDetail = Readonly<Record<string, Code | readonly Code[] | null>>;

export interface Act {
  tenantId: string;
  /** Null: Calendar Watch itself. */
  actorId: string | null;
  /** Whom it is about; null: everybody, or nobody. */
  personId: string | null;
  act: AuditAct;
  detail?: ActDetail;
}

const MOST_FIELDS = 12;
const MOST_IN_A_LIST = 60;
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
/** A GUID, a code, the name of a setting or of a scope: no blank, no “@”, no “/”. */
const CODE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/;

const isCode = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && CODE.test(value));

const isAllowed = (value: unknown): boolean =>
  value === null ||
  isCode(value) ||
  (Array.isArray(value) && value.length <= MOST_IN_A_LIST && value.every((one) => isCode(one)));

/** The names of what may not be written down; empty when all may. */
export function oddDetails(detail: ActDetail): string[] {
  const entries = Object.entries(detail);
  if (entries.length > MOST_FIELDS) return ['(too many)'];
  return entries.flatMap(([name, value]) => {
    if (!NAME.test(name)) return ['(odd name)'];
    return isAllowed(value) ? [] : [name];
  });
}
