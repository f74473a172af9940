/**
 * Keeps other web sites out. The page writes without a sign-in, so a hostile page in the same browser must neither
 * reach it under another name (DNS rebinding: Host) nor post to it (Origin, and a content type that needs a preflight).
 */
import type { SandboxRequest, SandboxResponse } from '../http.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const refuse = (status: number, error: string): SandboxResponse => ({ status, body: { error } });

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/** The refusal that `request` deserves, or undefined when it may pass. */
export function refusal(request: SandboxRequest): SandboxResponse | undefined {
  const host = request.headers.host ?? '';
  if (!LOOPBACK.has(hostName(host))) return refuse(421, 'The calendar only answers on this computer.');
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  const origin = request.headers.origin ?? '';
  if (origin !== `http://${host}` && origin !== `https://${host}`) {
    return refuse(403, 'Another web site tried to change the calendar. That is not allowed.');
  }
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return refuse(415, 'Changes must be sent as JSON.');
  return undefined;
}
