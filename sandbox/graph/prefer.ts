/** The Prefer header: several preferences in one, separated by commas. */
import type { SandboxRequest } from '../http.ts';
import { badRequest } from './errors.ts';
import type { RenderOptions } from './render.ts';
import { requireZone } from './zones.ts';

function preference(header: string, name: string): string | undefined {
  const pattern = new RegExp(`(?:^|[,;\\s])${name.replaceAll('.', '\\.')}\\s*=\\s*(?:"([^"]*)"|([^,;\\s]+))`, 'i');
  const match = pattern.exec(header);
  return match ? (match[1] ?? match[2]) : undefined;
}

export interface Preferences extends Omit<RenderOptions, 'basic'> {
  maxPageSize: number | undefined;
  /** Echoed as Preference-Applied. */
  applied: string[];
}

export function preferences(request: SandboxRequest): Preferences {
  const header = request.headers.prefer ?? '';
  const zoneName = preference(header, 'outlook.timezone');
  if (zoneName !== undefined) requireZone(zoneName);
  const idType = preference(header, 'IdType');
  const size = preference(header, 'odata.maxpagesize');
  if (size !== undefined && !/^[1-9]\d*$/.test(size))
    throw badRequest('ErrorInvalidRequest', 'The value of odata.maxpagesize is invalid.');
  const textBody = preference(header, 'outlook.body-content-type')?.toLowerCase() === 'text';
  const applied = [
    ...(zoneName === undefined ? [] : [`outlook.timezone="${zoneName}"`]),
    ...(idType === undefined ? [] : [`IdType="${idType}"`]),
    ...(size === undefined ? [] : [`odata.maxpagesize=${size}`]),
    ...(textBody ? ['outlook.body-content-type="text"'] : []),
  ];
  return {
    zoneName: zoneName ?? 'UTC',
    immutableIds: idType?.toLowerCase() === 'immutableid',
    textBody,
    maxPageSize: size === undefined ? undefined : Number(size),
    applied,
  };
}
