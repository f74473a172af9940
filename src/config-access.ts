/** The part of the configuration about how the Entra app proves who it is: secret, certificate or managed identity. */
import { z } from 'zod';
import { blankIsAbsent, GUID, optionalText, trimmed } from './config-fields.ts';

/** Exactly one of them. */
export interface AccessConfig {
  clientSecret?: string;
  /** Files in PEM; the certificate may be followed by those that vouch for it. */
  certificate?: { certificateFile: string; keyFile: string };
  /** The client id of a managed identity that the Entra app trusts, or 'system'. */
  managedIdentity?: string;
}

export const accessFields = {
  AAD_APP_CLIENT_SECRET: optionalText,
  AAD_APP_CERTIFICATE_FILE: optionalText,
  AAD_APP_CERTIFICATE_KEY_FILE: optionalText,
  AAD_APP_MANAGED_IDENTITY: z.preprocess(
    blankIsAbsent,
    trimmed
      .refine(
        (value) => value === 'system' || GUID.test(value),
        'must be the client id of a managed identity, or “system”',
      )
      .optional(),
  ),
};

type Fields = z.infer<z.ZodObject<typeof accessFields>>;

/** Rules that concern more than one variable, in words for the operator. */
export function accessFaults(env: Partial<Fields>): string[] {
  const faults: string[] = [];
  const { AAD_APP_CERTIFICATE_FILE: certificate, AAD_APP_CERTIFICATE_KEY_FILE: key } = env;
  if (certificate && !key)
    faults.push('AAD_APP_CERTIFICATE_KEY_FILE: is needed with AAD_APP_CERTIFICATE_FILE: its private key, in PEM');
  if (key && !certificate)
    faults.push('AAD_APP_CERTIFICATE_FILE: is needed with AAD_APP_CERTIFICATE_KEY_FILE: the certificate, in PEM');
  const given = [
    env.AAD_APP_CLIENT_SECRET && 'AAD_APP_CLIENT_SECRET',
    (certificate || key) && 'AAD_APP_CERTIFICATE_FILE',
    env.AAD_APP_MANAGED_IDENTITY && 'AAD_APP_MANAGED_IDENTITY',
  ].filter(Boolean);
  if (given.length === 0)
    faults.push(
      'AAD_APP_CLIENT_SECRET: the client secret of the Entra app; or give AAD_APP_CERTIFICATE_FILE with ' +
        'AAD_APP_CERTIFICATE_KEY_FILE, or AAD_APP_MANAGED_IDENTITY',
    );
  if (given.length > 1) faults.push(`${given[0]}: only one of ${given.join(', ')} is used; remove the others`);
  return faults;
}

export function accessOf(env: Fields): AccessConfig {
  const { AAD_APP_CERTIFICATE_FILE: certificateFile, AAD_APP_CERTIFICATE_KEY_FILE: keyFile } = env;
  if (certificateFile && keyFile) return { certificate: { certificateFile, keyFile } };
  if (env.AAD_APP_MANAGED_IDENTITY) return { managedIdentity: env.AAD_APP_MANAGED_IDENTITY };
  return { clientSecret: env.AAD_APP_CLIENT_SECRET ?? '' };
}
