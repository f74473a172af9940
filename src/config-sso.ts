/** The part of the configuration about Teams' single sign-on (identity/sso.ts): absent, people sign in on a page. */
import { z } from 'zod';
import { optionalText } from './config-fields.ts';

export interface SsoConfig {
  /** Under which the Entra app exposes access_as_user; webApplicationInfo.resource of the app package says the same. */
  appIdUri: string;
}

/** Teams takes no other scheme; Entra allows neither a query nor a fragment. */
const APP_ID_URI = /^api:\/\/[\w.~-]+(?::\d{1,5})?(?:\/[\w.~-]+)*$/;
const LONGEST_URI = 255;

export const ssoFields = {
  AAD_APP_ID_URI: optionalText.pipe(
    z
      .string()
      .max(LONGEST_URI)
      .regex(APP_ID_URI, 'must be the Application ID URI of the Entra app, e.g. api://<host>/botid-<BOT_ID>')
      .optional(),
  ),
};

type Fields = z.infer<z.ZodObject<typeof ssoFields>>;

export function ssoFaults(env: Partial<Fields>, botId: string | undefined): string[] {
  if (!env.AAD_APP_ID_URI || botId) return [];
  return ['AAD_APP_ID_URI: needs BOT_ID beside it: without one nobody vouches for who is in the chat; remove it'];
}

export const ssoOf = ({ AAD_APP_ID_URI: appIdUri }: Fields): { sso?: SsoConfig } =>
  appIdUri ? { sso: { appIdUri } } : {};
