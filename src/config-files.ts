/**
 * Secrets as files: `<NAME>_FILE` names the file that holds what `<NAME>` would say, as Docker, Kubernetes and systemd hand
 * secrets over. A file is in no `docker inspect` and no `/proc/<pid>/environ`. Only what is secret is read in this way.
 */
import { readFileSync, statSync } from 'node:fs';
import { blankIsAbsent } from './config-fields.ts';
import { CalendarWatchError } from './errors.ts';

type Env = Record<string, string | undefined>;

export const SECRETS = [
  'AAD_APP_CLIENT_SECRET',
  'ACS_CONNECTION_STRING',
  'AZURE_MAPS_KEY',
  'BOT_PASSWORD',
  'DATABASE_OWNER_URL',
  'DATABASE_URL',
  'SMS_EVENTS_KEY',
  'SMTP_URL',
  'TOKEN_ENCRYPTION_KEY',
  'TWILIO_AUTH_TOKEN',
] as const;

/** Twenty keys, each on a line with a remark; whoever names a disk or a log does not fill our memory with it. */
const MOST_BYTES = 16 * 1024;

/** The content; or what is wrong, without a word of the content. */
function contentOf(path: string): { text: string } | { fault: string } {
  try {
    const info = statSync(path);
    if (!info.isFile()) return { fault: 'is not a file' };
    if (info.size > MOST_BYTES) return { fault: `is longer than ${MOST_BYTES} bytes` };
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? { fault: 'is empty' } : { text };
  } catch (error) {
    return { fault: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})` };
  }
}

/** The environment with what stands in files. Throws CONFIG_INVALID naming every fault. */
export function withSecretFiles(env: Env): Env {
  const read: Env = {};
  const faults: string[] = [];
  for (const name of SECRETS) {
    const path = blankIsAbsent(env[`${name}_FILE`]) as string | undefined;
    if (path === undefined) continue;
    const content = contentOf(path.trim());
    if (blankIsAbsent(env[name]) !== undefined)
      faults.push(`${name}_FILE: is not read beside ${name}; set one of the two`);
    else if ('fault' in content) faults.push(`${name}_FILE: the file ${content.fault}`);
    else read[name] = content.text;
  }
  if (faults.length > 0)
    throw new CalendarWatchError(
      'CONFIG_INVALID',
      `Secrets in files:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nSee docs/configuration.md.`,
    );
  return { ...env, ...read };
}
