/**
 * Where a chat may be answered: the bot's token goes along, so only to Microsoft's hosts of the configured cloud, or to
 * those that the operator names. What an activity says about it is proven by its token; this is the second wall.
 * Source of the hosts: `allowedServiceUrls` in Microsoft's Teams SDK (microsoft/teams.ts, cloud-environment), the same as
 * "Proactive messages" at learn.microsoft.com says. Web chat and Direct Line (*.botframework.com) are no channels of ours.
 */
import { isLoopback } from '../config-fields.ts';

export type CloudName = 'public' | 'usgov' | 'usgovdod' | 'china' | 'custom';

const HOSTS: Record<CloudName, readonly string[]> = {
  public: ['smba.trafficmanager.net', 'smba.onyx.prod.teams.trafficmanager.net', 'smba.infra.gcc.teams.microsoft.com'],
  usgov: ['smba.infra.gov.teams.microsoft.us'],
  usgovdod: ['smba.infra.dod.teams.microsoft.us'],
  china: ['frontend.botapi.msg.infra.teams.microsoftonline.cn'],
  custom: [],
};

const LONGEST_URL = 2_048;

export interface ServiceUrls {
  /** Names in lower case, with a port where it is not 443. */
  hosts: readonly string[];
  /** On this machine, over http too: the sandbox and the Playground. */
  loopback: boolean;
}

/** What is allowed in this cloud; `more` are the operator's. */
export function serviceUrlsOf(cloud: CloudName, more: readonly string[], loopback: boolean): ServiceUrls {
  return { hosts: [...HOSTS[cloud], ...more.map((host) => host.toLowerCase())], loopback };
}

export function allowsServiceUrl(allowed: ServiceUrls, serviceUrl: unknown): boolean {
  if (typeof serviceUrl !== 'string' || serviceUrl.length > LONGEST_URL || !URL.canParse(serviceUrl)) return false;
  const url = new URL(serviceUrl);
  // The SDK puts the path behind it.
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return false;
  if (allowed.loopback && isLoopback(serviceUrl) && /^https?:$/.test(url.protocol)) return true;
  return url.protocol === 'https:' && allowed.hosts.includes(url.host);
}

/** For the log: whose it says it is, and nothing of the path. */
export function hostOf(serviceUrl: unknown): string {
  return typeof serviceUrl === 'string' && URL.canParse(serviceUrl) ? new URL(serviceUrl).host.slice(0, 100) : 'none';
}
