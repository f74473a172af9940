/** Run by msal.test.ts with NODE_EXTRA_CA_CERTS: MSAL's own network client and fetch must trust the sandbox's CA. */
import { ConfidentialClientApplication } from '@azure/msal-node';

const [authority = '', host = '', clientId = ''] = process.argv.slice(2);
const msal = new ConfidentialClientApplication({
  auth: { clientId, clientSecret: process.env.SECRET ?? '', authority, knownAuthorities: [host] },
});
const result = await msal.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] });
const fetched = await fetch(`${authority}/v2.0/.well-known/openid-configuration`);
process.stdout.write(JSON.stringify({ token: result?.accessToken, fetched: fetched.status }));
