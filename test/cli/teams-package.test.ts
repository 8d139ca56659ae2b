import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AppManifestUtils } from '@microsoft/app-manifest';
import { strFromU8, unzipSync, unzlibSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  readTeamsPackage,
  type TeamsPackageParts,
  teamsManifest,
  teamsPackage,
} from '../../src/cli/teams-app-package.ts';
import { COMMANDS } from '../../src/commands/catalogue.ts';
import { EXTENSION } from '../../src/teams/handle-event.ts';
import { runCli } from './run-cli.ts';

const APP_ID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const ENVIRONMENT = { MicrosoftAppId: APP_ID, PUBLIC_URL: 'https://approvals.example.com' };
const { resolve } = createRequire(import.meta.url);

function parts(classic: boolean, environment: Record<string, string> = ENVIRONMENT): TeamsPackageParts {
  const read = readTeamsPackage(environment, classic);
  if (!read.ok) throw new Error(read.problems.join(' '));
  return read.parts;
}

/** By the schema in the package: nothing is fetched. */
function problemsOf(manifest: Record<string, unknown>): Promise<string[]> {
  const path = `@microsoft/app-manifest/build/json-schemas/teams/v${manifest.manifestVersion}/MicrosoftTeams.schema.json`;
  const schema = JSON.parse(readFileSync(resolve(path), 'utf8'));
  return AppManifestUtils.validateAgainstSchema(manifest as never, schema);
}

type Bot = {
  commandLists: {
    scopes: string[];
    triggers?: string[];
    commands: { title: string; description: string }[];
  }[];
};
const botOf = (manifest: Record<string, unknown>) => (manifest.bots as (Bot & Record<string, unknown>)[])[0]!;

describe('the Teams app’s manifest', () => {
  beforeEach(() => void vi.stubGlobal('fetch', () => Promise.reject(new Error('nothing is fetched'))));
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ['1.29', false],
    ['1.19', true],
  ])('is what Microsoft’s own schema of version %s wants', async (version, classic) => {
    const manifest = await teamsManifest(parts(classic));
    expect(manifest.manifestVersion).toBe(version);
    expect(manifest.$schema).toContain(`/v${version}/`);
    expect(await problemsOf(manifest)).toEqual([]);
    expect(JSON.stringify(manifest)).not.toContain('${');
    expect(await problemsOf({ ...manifest, accentColor: 'blue', extra: true })).not.toEqual([]);
  });

  it('is the bot in person, in teams and in group chats, with slash commands and private answers', async () => {
    const manifest = await teamsManifest(parts(false));
    expect(manifest).toMatchObject({ id: APP_ID, validDomains: ['approvals.example.com'], version: '1.0.0' });
    const bot = botOf(manifest);
    expect(bot).toMatchObject({
      botId: APP_ID,
      scopes: ['personal', 'team', 'groupChat'],
      supportsTargetedMessages: true,
    });
    expect(bot.commandLists.map(({ scopes, triggers }) => [scopes, triggers])).toEqual([
      [['personal'], ['mention']],
      [
        ['team', 'groupChat'],
        ['mention', 'slash'],
      ],
    ]);
    expect(manifest.composeExtensions).toMatchObject([
      {
        botId: APP_ID,
        commands: [
          { id: EXTENSION.answer, type: 'action', fetchTask: true, triggers: ['slash'] },
          { id: EXTENSION.create, type: 'action', fetchTask: true, triggers: ['slash'] },
        ],
      },
    ]);
  });

  it('says the same without them for tenants that refuse newer manifests', async () => {
    const [newest, classic] = await Promise.all([teamsManifest(parts(false)), teamsManifest(parts(true))]);
    expect(JSON.stringify(classic)).not.toMatch(/supportsTargetedMessages|triggers/);
    const titles = (manifest: Record<string, unknown>) =>
      botOf(manifest).commandLists.map(({ commands }) => commands.map(({ title }) => title));
    expect(titles(classic)).toEqual(titles(newest));
  });

  it('lists commands that the bot knows, within the limits of both versions', async () => {
    const names = COMMANDS.map(({ name }) => name);
    for (const { commands } of botOf(await teamsManifest(parts(false))).commandLists) {
      expect(commands.length).toBeLessThanOrEqual(10);
      for (const { title, description } of commands) {
        expect(names).toContain(title);
        expect(title.length).toBeLessThanOrEqual(32);
        expect(description.length).toBeLessThanOrEqual(128);
      }
    }
  });

  it('takes its texts and addresses from the environment', async () => {
    const named = {
      ...ENVIRONMENT,
      TEAMS_DEVELOPER_NAME: 'Acme “Platform”',
      TEAMS_PRIVACY_URL: 'https://acme.example/privacy',
      TEAMS_APP_VERSION: '1.2.3',
    };
    expect(await teamsManifest(parts(false, named))).toMatchObject({
      version: '1.2.3',
      developer: {
        name: 'Acme “Platform”',
        websiteUrl: 'https://approvals.example.com/',
        privacyUrl: 'https://acme.example/privacy',
        termsOfUseUrl: 'https://approvals.example.com/',
      },
    });
  });
});

/** Width and height of a PNG, and whether it has 8 bits each of red, green, blue and alpha. */
function picture(png: Uint8Array): { width: number; height: number; rgba: boolean } {
  const view = new DataView(png.buffer, png.byteOffset);
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    rgba: view.getUint8(24) === 8 && view.getUint8(25) === 6,
  };
}

/** Red, green, blue and alpha of every pixel of such a PNG. */
function pixelsOf(png: Uint8Array, width: number): number[][] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at))
    if (strFromU8(png.subarray(at + 4, at + 8)) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  const rows = unzlibSync(Buffer.concat(parts));
  const pixels: number[][] = [];
  let above = new Uint8Array(width * 4);
  for (let at = 0; at < rows.length; at += width * 4 + 1) {
    const row = unfiltered(rows[at]!, rows.subarray(at + 1, at + 1 + width * 4), above);
    for (let x = 0; x < row.length; x += 4) pixels.push([...row.subarray(x, x + 4)]);
    above = row;
  }
  return pixels;
}

/** https://www.w3.org/TR/png/#9Filters */
function unfiltered(filter: number, line: Uint8Array, above: Uint8Array): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(line.length);
  for (const [x, byte] of line.entries()) {
    const [left, up, corner] = [row[x - 4] ?? 0, above[x]!, x < 4 ? 0 : above[x - 4]!];
    const guess = left + up - corner;
    const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
    const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
    row[x] = byte + [0, left, up, (left + up) >> 1, paeth][filter]!;
  }
  return row;
}

describe('the Teams app package', () => {
  it('is a zip of the manifest and both icons, nothing else, and the same each time', async () => {
    const zip = await teamsPackage(parts(false));
    const files = unzipSync(zip);
    expect(Object.keys(files)).toEqual(['manifest.json', 'color.png', 'outline.png']);
    const manifest = JSON.parse(strFromU8(files['manifest.json']!));
    expect(manifest).toEqual(await teamsManifest(parts(false)));
    expect(manifest.icons).toEqual({ color: 'color.png', outline: 'outline.png' });
    expect(await teamsPackage(parts(false))).toEqual(zip);
  });

  it('has a full icon of 192 pixels, and one of 32 that is white on nothing', async () => {
    const files = unzipSync(await teamsPackage(parts(true)));
    expect(picture(files['color.png']!)).toEqual({ width: 192, height: 192, rgba: true });
    expect(picture(files['outline.png']!)).toEqual({ width: 32, height: 32, rgba: true });
    const full = pixelsOf(files['color.png']!, 192);
    expect(full.every(([, , , alpha]) => alpha === 255)).toBe(true);
    const outline = pixelsOf(files['outline.png']!, 32);
    const drawn = outline.filter(([, , , alpha]) => alpha! > 0);
    expect(drawn.length).toBeGreaterThan(50);
    expect(outline.length - drawn.length).toBeGreaterThan(500);
    expect(drawn.every(([red, green, blue]) => red! + green! + blue! >= 3 * 250)).toBe(true);
  });

  it.each([
    [{}, ['MicrosoftAppId is missing', 'PUBLIC_URL has to be']],
    [{ ...ENVIRONMENT, MicrosoftAppId: 'my-bot' }, ['MicrosoftAppId is not an application id']],
    [{ ...ENVIRONMENT, PUBLIC_URL: 'http://localhost:3000' }, ['PUBLIC_URL has to be the https address']],
    [
      { ...ENVIRONMENT, TEAMS_TERMS_URL: 'ftp://x', TEAMS_APP_VERSION: '1' },
      ['TEAMS_TERMS_URL', 'TEAMS_APP_VERSION'],
    ],
    [{ ...ENVIRONMENT, TEAMS_DEVELOPER_NAME: 'x'.repeat(33) }, ['TEAMS_DEVELOPER_NAME has more than 32']],
  ])('is not written without what it needs, and says all of it: %#', (environment, expected) => {
    const read = readTeamsPackage(environment, false);
    const problems = read.ok ? [] : read.problems;
    expect(problems).toHaveLength(expected.length);
    for (const [index, words] of expected.entries()) expect(problems[index]).toContain(words);
  });

  it('is not written by the command without an app id, which says so and fails', async () => {
    const { code, err } = await runCli('teams-package', [], { PUBLIC_URL: ENVIRONMENT.PUBLIC_URL });
    expect(code).toBe(1);
    expect(err).toContain(
      '- MicrosoftAppId is missing. Copy the application (client) id of your bot from Azure.',
    );
  });
});
