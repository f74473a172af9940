import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Config } from '../../src/config.ts';
import { needsAdmin, refusalIn } from '../../src/identity/refusal.ts';
import { beyond, ConsentNeeded, graphScopes, inFull, SCOPES, scopesIn } from '../../src/identity/scopes.ts';

const cloud = (cloudName: string, graphEndpoint: string) => ({ cloudName, cloud: { graphEndpoint } }) as Config;

describe('scopes', () => {
  it('are two at sign-in, and nothing that writes', () => {
    assert.deepEqual(graphScopes(cloud('public', 'https://graph.microsoft.com')), [
      'Calendars.Read',
      'MailboxSettings.Read',
    ]);
    assert.deepEqual(graphScopes(cloud('usGov', 'https://graph.microsoft.us')), [
      'https://graph.microsoft.us/Calendars.Read',
      'https://graph.microsoft.us/MailboxSettings.Read',
    ]);
  });

  it('are explained, each, and those for admins are the ones that Entra gives to admins alone', () => {
    for (const [name, scope] of SCOPES) {
      assert.equal(scope.name, name);
      assert.ok(scope.short.length > 10 && scope.why.length > 10, name);
    }
    const forAdmins = [...SCOPES.values()].filter((one) => one.isForAdmin).map((one) => one.name);
    assert.deepEqual(forAdmins, ['Place.Read.All', 'GroupMember.Read.All']);
  });

  it('beyond the base are written as the base is', () => {
    const us = ['https://graph.microsoft.us/Calendars.Read'];
    assert.deepEqual(beyond(us, ['Mail.Send', 'Calendars.Read']), ['https://graph.microsoft.us/Mail.Send']);
    assert.deepEqual(inFull(['Mail.Send', ...us]), ['https://graph.microsoft.com/Mail.Send', ...us]);
    assert.deepEqual(scopesIn([...us, 'Mail.Send', 'Files.Read', 'openid']), ['Calendars.Read', 'Mail.Send']);
    assert.deepEqual(new ConsentNeeded(['https://graph.microsoft.us/Mail.Send', 'Files.Read'], undefined).scopes, [
      'Mail.Send',
    ]);
  });
});

describe('what Entra answers without a code', () => {
  const CASES: [query: string, refusal: object | undefined, admin: boolean][] = [
    ['code=x&state=y', undefined, false],
    ['error=access_denied&error_subcode=cancel', { error: 'access_denied', subcode: 'cancel', number: '' }, false],
    [
      'error=consent_required&error_description=AADSTS90094%3A+X+needs+permission',
      { error: 'consent_required', subcode: '', number: 'AADSTS90094' },
      true,
    ],
    [
      'error=access_denied&error_description=AADSTS90094',
      { error: 'access_denied', subcode: '', number: 'AADSTS90094' },
      true,
    ],
    [
      'error=invalid_grant&suberror=consent_required',
      { error: 'invalid_grant', subcode: 'consent_required', number: '' },
      true,
    ],
    [
      'error=access_denied&error_description=AADSTS65004',
      { error: 'access_denied', subcode: '', number: 'AADSTS65004' },
      false,
    ],
    // The number alone makes no admin of anybody.
    [
      'error=server_error&error_description=AADSTS65001',
      { error: 'server_error', subcode: '', number: 'AADSTS65001' },
      false,
    ],
    ['code=x&error=server_error', { error: 'server_error', subcode: '', number: '' }, false],
    ['code=', { error: '', subcode: '', number: '' }, false],
    [
      'error=%3Cscript%3E&error_subcode=A%20B&error_description=hello+ada@x.example',
      { error: '', subcode: '', number: '' },
      false,
    ],
    [`error=${'a'.repeat(60)}`, { error: '', subcode: '', number: '' }, false],
  ];
  for (const [query, refusal, admin] of CASES)
    it(query.slice(0, 60), () => {
      const read = refusalIn(new URLSearchParams(query));
      assert.deepEqual(read, refusal);
      if (read) assert.equal(needsAdmin(read), admin);
    });
});
