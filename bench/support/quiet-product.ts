/** A product that is told of addresses nobody answers at: no mailbox is read, no message is sent. */
import type { EmbeddedPostgres } from '../../src/store/embedded.ts';

export function quietProduct(port: number, postgres: EmbeddedPostgres, folder: string): Record<string, string> {
  const nowhere = 'https://localhost:9';
  return {
    PUBLIC_URL: `http://localhost:${port}`,
    CLOUD: 'custom',
    ENTRA_AUTHORITY_HOST: nowhere,
    GRAPH_ENDPOINT: nowhere,
    BOT_OPENID_METADATA_URL: nowhere,
    BOT_TOKEN_ISSUER: 'https://api.botframework.com',
    BOT_LOGIN_URL: `${nowhere}/botframework.com`,
    BOT_ID: '',
    AAD_APP_CLIENT_ID: 'be4c0003-0000-4000-8000-000000000000',
    AAD_APP_CLIENT_SECRET: 'not used',
    DATABASE_URL: postgres.ownerUrl,
    DATA_DIR: folder,
    LOG_LEVEL: 'info',
  };
}
