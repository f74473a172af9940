// The app package and the toolkit's files, checked without a tenant: they fail at provision time otherwise, which is
// late, and only for the person who deploys.
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse as parseYaml } from 'yaml';
import { type Bitmap, drawColour, drawOutline, encodePng } from '../../scripts/draw-icons.ts';
import { readConfig } from '../../src/config.ts';

const root = path.join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const PLACEHOLDER = /\$\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;

const SAMPLE: Record<string, string> = {
  TEAMS_APP_ID: '11111111-1111-4111-8111-111111111111',
  BOT_ID: '22222222-2222-4222-8222-222222222222',
  BOT_TENANT_ID: '33333333-3333-4333-8333-333333333333',
  BOT_DOMAIN: 'calendar-watch.example.com',
  BOT_ENDPOINT: 'https://calendar-watch.example.com',
  AAD_APP_CLIENT_ID: '44444444-4444-4444-8444-444444444444',
  AAD_APP_OBJECT_ID: '55555555-5555-4555-8555-555555555555',
  AAD_APP_TENANT_ID: '33333333-3333-4333-8333-333333333333',
  SECRET_BOT_PASSWORD: 'sample',
  SECRET_AAD_APP_CLIENT_SECRET: 'sample',
  SECRET_TOKEN_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  // The longest suffix of any environment, so that the limits hold for all.
  APP_NAME_SUFFIX: '-playground',
};

function placeholders(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''))];
}

function filled(text: string, values: Record<string, string> = SAMPLE): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => values[name] ?? whole);
}

interface Command {
  title: string;
  description?: string;
}
interface Manifest {
  $schema: string;
  manifestVersion: string;
  version: string;
  name: { short: string; full: string };
  developer: Record<string, string>;
  defaultInstallScope: string;
  bots: { scopes: string[]; commandLists: { scopes: string[]; commands: Command[] }[] }[];
  icons: { color: string; outline: string };
  validDomains: string[];
  webApplicationInfo: { id: string; resource: string };
}
interface EntraManifest {
  signInAudience: string;
  identifierUris: string[];
  api: {
    requestedAccessTokenVersion: number;
    oauth2PermissionScopes: { id: string; type: string; value: string; isEnabled: boolean }[];
    preAuthorizedApplications: { appId: string; delegatedPermissionIds: string[] }[];
  };
  appRoles: { id: string; value: string; allowedMemberTypes: string[]; isEnabled: boolean }[];
  requiredResourceAccess: { resourceAppId: string; resourceAccess: { id: string; type: string }[] }[];
  web: { redirectUris: string[] };
}

describe('app package: manifest', () => {
  const manifest = JSON.parse(filled(read('appPackage/manifest.json'))) as Manifest;

  it('fulfils the schema it names', () => {
    // The package's `exports` are its code; the schemas lie beside it.
    const code = createRequire(import.meta.url).resolve('@microsoft/app-manifest');
    const folder = path.join(path.dirname(code), 'json-schemas', 'teams', `v${manifest.manifestVersion}`);
    const schema = JSON.parse(readFileSync(path.join(folder, 'MicrosoftTeams.schema.json'), 'utf8'));
    assert.equal(
      manifest.$schema,
      `https://developer.microsoft.com/json-schemas/teams/v${manifest.manifestVersion}/MicrosoftTeams.schema.json`,
    );
    // The schema says draft 4, which ajv 8 refuses; it uses nothing that later drafts read differently.
    assert.equal(schema.$schema, 'http://json-schema.org/draft-04/schema#');
    assert.doesNotMatch(JSON.stringify(schema), /"(exclusiveMinimum|exclusiveMaximum)":|"id":"/);
    delete schema.$schema;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    assert.ok(validate(manifest), JSON.stringify(validate.errors, null, 2));

    const broken = { ...manifest, unknown: true, accentColor: 'blue' };
    assert.ok(!validate(broken) && (validate.errors?.length ?? 0) >= 2, 'the check itself must be able to fail');
  });

  it('has a version the store takes', () => {
    assert.match(manifest.version, /^[1-9]\d*\.\d+\.\d+$/);
  });

  it('offers the bot to persons, and to teams and group chats that are to be told', () => {
    assert.deepEqual(
      manifest.bots.map((bot) => bot.scopes),
      [['personal', 'team', 'groupChat']],
    );
    assert.equal(manifest.defaultInstallScope, 'personal');
  });

  it('has a list of commands for each scope, and offers among several people none that is about a calendar', () => {
    const lists = manifest.bots.flatMap((bot) => bot.commandLists);
    assert.deepEqual(lists.flatMap((list) => list.scopes).sort(), ['groupChat', 'personal', 'team']);
    const shared = lists.filter((list) => !list.scopes.includes('personal'));
    assert.deepEqual(
      shared.flatMap((list) => list.commands.map(({ title }) => title)),
      ['help'],
    );
  });

  it('stays within the limits for commands of every schema version', () => {
    for (const list of manifest.bots.flatMap((bot) => bot.commandLists)) {
      assert.ok(list.commands.length >= 1 && list.commands.length <= 10);
      const titles = list.commands.map((command) => command.title);
      assert.equal(new Set(titles).size, titles.length, 'each command once');
      for (const command of list.commands) {
        assert.ok(command.title.length <= 32, command.title);
        assert.ok(command.description && command.description.length <= 128, command.title);
      }
    }
  });

  it('covers the sign-in page by validDomains, and no domain of an identity provider', () => {
    const entra = JSON.parse(filled(read('aad.manifest.json'))) as EntraManifest;
    const hosts = [...entra.web.redirectUris, ...Object.values(manifest.developer).filter((v) => v.startsWith('http'))];
    for (const url of hosts) assert.ok(manifest.validDomains.includes(new URL(url).host), url);
    // Teams needs none of them there, and the store's review refuses domains the publisher does not own.
    for (const domain of manifest.validDomains) assert.doesNotMatch(domain, /\*|microsoftonline|:\/\//);
  });

  it('names icons that exist', () => {
    const files = readdirSync(path.join(root, 'appPackage'));
    assert.ok(files.includes(manifest.icons.color) && files.includes(manifest.icons.outline));
  });
});

interface Png extends Bitmap {
  width: number;
  height: number;
}

/** Decodes RGBA with eight bits a channel, the only kind Teams' rules leave for an outline. */
function decodePng(file: Buffer): Png {
  assert.equal(file.subarray(0, 8).toString('hex'), '89504e470d0a1a0a', 'not a PNG file');
  assert.equal(file.toString('latin1', 12, 16), 'IHDR');
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  assert.deepEqual([...file.subarray(24, 29)], [8, 6, 0, 0, 0], 'expected 8-bit RGBA, not interlaced');
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * 4;
  assert.equal(raw.length, height * (stride + 1));
  const rgba = new Uint8Array(height * stride);
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)] ?? 0;
    for (let i = 0; i < stride; i++) {
      const at = row * stride + i;
      const left = i >= 4 ? (rgba[at - 4] ?? 0) : 0;
      const up = row > 0 ? (rgba[at - stride] ?? 0) : 0;
      const upLeft = row > 0 && i >= 4 ? (rgba[at - stride - 4] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filter] ?? Number.NaN;
      assert.ok(!Number.isNaN(guess), `unknown row filter ${filter}`);
      rgba[at] = (raw[row * (stride + 1) + 1 + i] ?? 0) + guess;
    }
  }
  return { size: width, width, height, rgba };
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const [dl, du, dul] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)];
  if (dl <= du && dl <= dul) return left;
  return du <= dul ? up : upLeft;
}

function pixels(image: Bitmap): [number, number, number, number][] {
  return Array.from({ length: image.rgba.length / 4 }, (_, i) => {
    const [r = 0, g = 0, b = 0, a = 0] = image.rgba.subarray(i * 4, i * 4 + 4);
    return [r, g, b, a];
  });
}

describe('app package: icons', () => {
  const colour = decodePng(readFileSync(path.join(root, 'appPackage', 'color.png')));
  const outline = decodePng(readFileSync(path.join(root, 'appPackage', 'outline.png')));

  it('have the sizes Teams asks for', () => {
    assert.deepEqual([colour.width, colour.height], [192, 192]);
    assert.deepEqual([outline.width, outline.height], [32, 32]);
  });

  it('have an outline of nothing but white and transparent', () => {
    const seen = pixels(outline);
    assert.ok(seen.every(([r, g, b, a]) => a === 0 || (r === 255 && g === 255 && b === 255)));
    const solid = seen.filter(([, , , a]) => a === 255).length;
    const clear = seen.filter(([, , , a]) => a === 0).length;
    assert.ok(solid > 100 && clear > 300, `${solid} white and ${clear} transparent pixels: hardly a drawing`);
  });

  it('have an opaque colour icon of more than one colour', () => {
    const seen = pixels(colour);
    assert.ok(seen.every(([, , , a]) => a === 255));
    assert.ok(new Set(seen.map((pixel) => pixel.join())).size > 10);
  });

  it('are what scripts/draw-icons.ts draws', () => {
    for (const [file, drawn] of [
      [colour, drawColour()],
      [outline, drawOutline()],
    ] as const) {
      const again = decodePng(encodePng(drawn));
      // A sample that lies exactly on an edge may fall on either side on another machine.
      const far = again.rgba.filter((value, i) => Math.abs(value - (file.rgba[i] ?? 0)) > 12).length;
      assert.equal(far, 0, 'run: npx tsx scripts/draw-icons.ts');
    }
  }).timeout(10_000);
});

describe('app package: Entra app', () => {
  const entra = JSON.parse(filled(read('aad.manifest.json'))) as EntraManifest;

  it('asks for the delegated scopes and no application permission', () => {
    assert.deepEqual(entra.requiredResourceAccess, [
      {
        resourceAppId: 'Microsoft Graph',
        resourceAccess: [
          'Calendars.Read',
          'Calendars.Read.Shared',
          'Calendars.ReadWrite',
          'Mail.Send',
          'MailboxSettings.Read',
          'Tasks.ReadWrite',
        ].map((id) => ({
          id,
          type: 'Scope',
        })),
      },
    ]);
  });

  it('sends people back to /auth/callback, and admins to their page', () => {
    assert.deepEqual(
      entra.web.redirectUris,
      ['callback', 'admin-consent'].map((name) => `https://calendar-watch.example.com/auth/${name}`),
    );
    assert.equal(entra.signInAudience, 'AzureADMyOrg');
  });

  it('names the same Application ID URI everywhere, without which Teams’ single sign-on fails silently', () => {
    const manifest = JSON.parse(filled(read('appPackage/manifest.json'))) as Manifest;
    const uri = `api://${SAMPLE.BOT_DOMAIN}/botid-${SAMPLE.BOT_ID}`;
    assert.deepEqual(manifest.webApplicationInfo, { id: SAMPLE.AAD_APP_CLIENT_ID, resource: uri });
    assert.deepEqual(entra.identifierUris, [uri]);
    assert.match(filled(read('teamsapp.local.yml')), new RegExp(`^ +AAD_APP_ID_URI: ${uri}$`, 'm'));
    // The two outputs of the template that the placeholders are filled with.
    const template = read('infra/azure.bicep');
    const inAzure = /^ +AAD_APP_ID_URI: 'api:\/\/\$\{(.*)\}\/botid-\$\{(.*)\}'$/m.exec(template);
    const outputs = ['BOT_DOMAIN', 'BOT_ID'].map(
      (name) => new RegExp(`^output ${name} string = (.*)$`, 'm').exec(template)?.[1],
    );
    assert.deepEqual(inAzure?.slice(1), outputs);
  });

  it('lets Teams’ clients, and nobody else, speak to it as the person', () => {
    const { oauth2PermissionScopes: scopes, preAuthorizedApplications: clients } = entra.api;
    assert.deepEqual(
      scopes.map(({ type, value, isEnabled }) => ({ type, value, isEnabled })),
      [{ type: 'User', value: 'access_as_user', isEnabled: true }],
    );
    assert.equal(entra.api.requestedAccessTokenVersion, 2);
    const delegatedPermissionIds = scopes.map(({ id }) => id);
    assert.deepEqual(
      clients,
      // Desktop and mobile, web.
      ['1fec8e78-bce4-4aaf-ab1b-5451cc387264', '5e3ce6c0-2b1f-4285-8d4b-75ee78787346'].map((appId) => ({
        appId,
        delegatedPermissionIds,
      })),
    );
  });

  it('has the administrator role, for people', () => {
    assert.equal(entra.appRoles.length, 1);
    const [role] = entra.appRoles;
    assert.equal(role?.value, 'CalendarWatch.Admin');
    assert.deepEqual(role?.allowedMemberTypes, ['User']);
    assert.ok(role?.isEnabled);
    assert.match(role?.id ?? '', /^[0-9a-f-]{36}$/);
  });
});

interface Action {
  uses: string;
  name?: string;
  with: Record<string, unknown>;
  writeToEnvironmentFile?: Record<string, string>;
}
type Lifecycle = 'provision' | 'deploy' | 'publish';
interface Project {
  version: string;
  environmentFolderPath: string;
  provision?: Action[];
  deploy?: Action[];
  publish?: Action[];
}

/** What each action must be given, from the toolkit's schema v1.11; nothing else is allowed beside the optional ones. */
const ACTIONS: Record<string, { required: string[]; optional?: string[]; writes?: string[] }> = {
  'teamsApp/create': { required: ['name'], writes: ['teamsAppId'] },
  'aadApp/create': {
    required: ['name', 'generateClientSecret', 'signInAudience'],
    optional: ['generateServicePrincipal'],
    writes: ['clientId', 'objectId', 'clientSecret'],
  },
  'aadApp/update': { required: ['manifestPath', 'outputFilePath'] },
  'botFramework/create': {
    required: ['botId', 'name', 'messagingEndpoint'],
    optional: ['description', 'iconUrl', 'channels'],
  },
  'arm/deploy': { required: ['subscriptionId', 'resourceGroupName', 'templates'], optional: ['bicepCliVersion'] },
  'teamsApp/zipAppPackage': { required: ['manifestPath', 'outputZipPath', 'outputFolder'] },
  'teamsApp/validateAppPackage': { required: ['appPackagePath'] },
  'teamsApp/update': { required: ['appPackagePath'] },
  'teamsApp/publishAppPackage': { required: ['appPackagePath'], writes: ['publishedAppId'] },
  'cli/runNpmCommand': { required: ['args'], optional: ['workingDirectory'] },
  'file/createOrUpdateEnvironmentFile': { required: ['target', 'envs'] },
  'azureAppService/zipDeploy': { required: ['artifactFolder', 'resourceId'], optional: ['ignoreFile'] },
};

/** Values the toolkit sets or asks for by itself. */
const BUILT_IN = ['TEAMSFX_ENV', 'TEAMS_APP_TENANT_ID', 'AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP_NAME'];
/** Made up by the toolkit in every provision that deploys to Azure. */
const BUILT_IN_AZURE = ['RESOURCE_SUFFIX'];

const PROJECTS = [
  { file: 'teamsapp.yml', env: ['env/.env.dev'], user: 'env/.env.dev.user.sample' },
  { file: 'teamsapp.local.yml', env: ['env/.env.local.sample'], user: 'env/.env.local.user.sample' },
  { file: 'm365agents.playground.yml', env: ['env/.env.playground'] },
];

function parseEnv(file: string): Map<string, string> {
  const lines = read(file)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
      assert.ok(match, `${file}: ${line}`);
      return [match[1] ?? '', match[2] ?? ''];
    }),
  );
}

const load = (file: string) => parseYaml(read(file)) as Project;
const steps = (project: Project, lifecycle: Lifecycle) => project[lifecycle] ?? [];
const LIFECYCLES: Lifecycle[] = ['provision', 'deploy', 'publish'];
const templatesOf = (action: Action) => (action.with.templates ?? []) as { path: string; parameters: string }[];

/** The files an action reads and fills in. */
function filesOf(action: Action): string[] {
  const { manifestPath } = action.with;
  return [...(typeof manifestPath === 'string' ? [manifestPath] : []), ...templatesOf(action).map((t) => t.parameters)];
}

/** What an action leaves in the environment file. */
function outputsOf(action: Action): string[] {
  const arm = templatesOf(action).flatMap((template) =>
    [...read(template.path).matchAll(/^output (\w+) /gm)].map((match) => match[1] ?? ''),
  );
  return [...Object.values(action.writeToEnvironmentFile ?? {}), ...arm];
}

describe('app package: toolkit files', () => {
  for (const { file, env, user } of PROJECTS) {
    describe(file, () => {
      const project = load(file);

      it('is a project of version v1.11 with known actions', () => {
        assert.match(read(file), /^# yaml-language-server: .*\/v1\.11\/yaml\.schema\.json\n/);
        assert.equal(project.version, 'v1.11');
        assert.equal(project.environmentFolderPath, './env');
        const keys = Object.keys(project).filter((key) => key !== 'version' && key !== 'environmentFolderPath');
        assert.deepEqual(
          keys.filter((key) => !LIFECYCLES.includes(key as Lifecycle)),
          [],
        );
        for (const action of LIFECYCLES.flatMap((lifecycle) => steps(project, lifecycle))) {
          const known = ACTIONS[action.uses];
          assert.ok(known, `unknown action ${action.uses}`);
          const given = Object.keys(action.with);
          assert.deepEqual(
            known.required.filter((key) => !given.includes(key)),
            [],
            action.uses,
          );
          const allowed = [...known.required, ...(known.optional ?? [])];
          assert.deepEqual(
            given.filter((key) => !allowed.includes(key)),
            [],
            action.uses,
          );
          const writes = action.writeToEnvironmentFile ?? {};
          for (const key of known.writes ?? []) assert.ok(writes[key], `${action.uses} must write ${key}`);
          // The toolkit masks a secret in its logs, and keeps it out of the committed file, by this prefix alone.
          if (writes.clientSecret) assert.match(writes.clientSecret, /^SECRET_/);
        }
      });

      it('knows every placeholder by the time it is used', () => {
        const known = new Set(BUILT_IN);
        // An empty value counts as missing: the toolkit stops at it.
        for (const name of env) for (const [key, value] of parseEnv(name)) if (value !== '') known.add(key);
        const written = new Set(LIFECYCLES.flatMap((l) => steps(project, l)).flatMap(outputsOf));
        // What a person has to enter: the secrets that no action writes.
        if (user) for (const key of parseEnv(user).keys()) if (!written.has(key)) known.add(key);
        for (const lifecycle of LIFECYCLES) {
          for (const action of steps(project, lifecycle)) {
            if (action.uses === 'arm/deploy') for (const name of BUILT_IN_AZURE) known.add(name);
            const used = placeholders(JSON.stringify(action.with) + filesOf(action).map(read).join('\n'));
            assert.deepEqual(
              used.filter((name) => !known.has(name)),
              [],
              `${file}: ${lifecycle}: ${action.uses}`,
            );
            for (const name of outputsOf(action)) known.add(name);
          }
        }
      });

      it('lists in its environment file what it writes there', () => {
        const listed = new Set([...env, ...(user ? [user] : [])].flatMap((name) => [...parseEnv(name).keys()]));
        const written = LIFECYCLES.flatMap((l) => steps(project, l)).flatMap(outputsOf);
        assert.deepEqual(
          written.filter((name) => !listed.has(name) && !name.startsWith('SECRET_')),
          [],
        );
      });

      it('validates each package after zipping it and before handing it on', () => {
        for (const lifecycle of LIFECYCLES) {
          const order = steps(project, lifecycle).map((action) => action.uses);
          if (!order.includes('teamsApp/zipAppPackage')) continue;
          const at = order.indexOf('teamsApp/zipAppPackage');
          assert.deepEqual(order.slice(at + 1, at + 3), ['teamsApp/validateAppPackage', 'teamsApp/update']);
        }
      });
    });
  }

  it('provisions, deploys and publishes to Azure', () => {
    const project = load('teamsapp.yml');
    for (const lifecycle of LIFECYCLES) assert.ok(steps(project, lifecycle).length > 0, lifecycle);
  });

  it('commits no secret', () => {
    for (const name of readdirSync(path.join(root, 'env'))) {
      const file = `env/${name}`;
      // Git ignores a person's own files.
      if (name.endsWith('.user') || name === '.env.local') continue;
      for (const [key, value] of parseEnv(file)) if (/^SECRET_|PASSWORD/.test(key)) assert.equal(value, '', key);
    }
  });

  it('writes local settings that the product accepts', () => {
    for (const [file, values] of [
      ['teamsapp.local.yml', SAMPLE],
      ['m365agents.playground.yml', Object.fromEntries(parseEnv('env/.env.playground'))],
    ] as const) {
      const writer = steps(load(file), 'deploy').find((action) => action.uses === 'file/createOrUpdateEnvironmentFile');
      const envs = (writer?.with.envs ?? {}) as Record<string, unknown>;
      const settings = Object.entries(envs).map(([key, value]) => [key, filled(String(value), values)]);
      assert.doesNotThrow(() => readConfig(Object.fromEntries(settings)), file);
    }
  });
});

describe('app package: Azure template', () => {
  const template = read('infra/azure.bicep');
  const bot = read('infra/botRegistration/azurebot.bicep');
  const declared = (text: string) => [...text.matchAll(/^param (\w+) \w+( =)?/gm)];

  it('is given every parameter it needs, and none that it does not know', () => {
    const given = Object.keys(JSON.parse(read('infra/azure.parameters.json')).parameters);
    const known = declared(template).map((match) => match[1]);
    const needed = declared(template).filter((match) => !match[2]);
    assert.deepEqual(
      needed.map((match) => match[1]).filter((name) => !given.includes(name ?? '')),
      [],
    );
    assert.deepEqual(
      given.filter((name) => !known.includes(name)),
      [],
    );
  });

  it('gives the bot module every parameter it needs', () => {
    const params = /module bot [\s\S]*?params: \{([\s\S]*?)\n {2}\}/.exec(template)?.[1] ?? '';
    const given = [...params.matchAll(/^ {4}(\w+):/gm)].map((match) => match[1]);
    assert.deepEqual(
      declared(bot)
        .filter((match) => !match[2])
        .map((match) => match[1])
        .sort(),
      [...given].sort(),
    );
  });

  it('sets exactly the settings the product reads in Azure', () => {
    const block = /name: 'appsettings'\n {2}properties: \{([\s\S]*?)\n {2}\}/.exec(template)?.[1] ?? '';
    const settings = [...block.matchAll(/^ {4}(\w+): /gm)].map((match) => match[1]);
    const ofTheBuild = ['SCM_DO_BUILD_DURING_DEPLOYMENT', 'PRUNE_DEV_DEPENDENCIES'];
    assert.deepEqual(
      settings.filter((name) => !ofTheBuild.includes(name ?? '')),
      [
        'PORT',
        'PUBLIC_URL',
        'BOT_ID',
        'BOT_TYPE',
        'BOT_TENANT_ID',
        'BOT_PASSWORD',
        'AAD_APP_CLIENT_ID',
        'AAD_APP_CLIENT_SECRET',
        'AAD_APP_TENANT_ID',
        'AAD_APP_ID_URI',
        'CLOUD',
        'TRUSTED_PROXIES',
        'DATABASE_URL',
        'TOKEN_ENCRYPTION_KEY',
        'DATA_DIR',
        'LOG_LEVEL',
        'ADMIN_OIDS',
      ],
    );
    const source = readdirSync(path.join(root, 'src'))
      .filter((name) => /^config.*\.ts$/.test(name))
      .map((name) => read(`src/${name}`))
      .join('\n');
    for (const name of settings.filter((name) => !ofTheBuild.includes(name ?? ''))) {
      assert.match(source, new RegExp(`\\b${name}:`), `${name} is not read by src/config*.ts`);
    }
  });

  it('keeps secrets in secure parameters and out of the outputs', () => {
    for (const name of ['databasePassword', 'tokenEncryptionKey', 'aadAppClientSecret']) {
      assert.match(template, new RegExp(`@secure\\(\\)\\n(@\\w+\\(.*\\)\\n)*param ${name} string\\n`));
      assert.doesNotMatch(template, new RegExp(`^output .*${name}`, 'm'));
    }
  });

  it('closes every bracket', () => {
    for (const text of [template, bot]) {
      const code = text.replace(/\/\/.*$/gm, '').replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
      for (const [open, close] of ['{}', '[]', '()'] as const) {
        assert.equal(code.split(open ?? '').length, code.split(close ?? '').length, `${open} and ${close}`);
      }
    }
  });

  it('names in the parameters only what a Teams bot may be called', () => {
    const { botDisplayName } = JSON.parse(filled(read('infra/azure.parameters.json'))).parameters;
    assert.ok(botDisplayName.value.length <= 42);
  });
});
