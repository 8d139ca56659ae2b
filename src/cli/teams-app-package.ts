import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { zipSync } from 'fflate';

/** What the package is made of. */
export interface TeamsPackageParts {
  /** The bot's application (client) id in Azure; also the app's. */
  appId: string;
  /** Where the bot is reached: https. */
  publicUrl: URL;
  /** Rises with every package that replaces another. */
  version: string;
  developer: { name: string; websiteUrl: string; privacyUrl: string; termsUrl: string };
  /** For tenants that refuse newer manifests: version 1.19, without slash commands and private answers. */
  classic: boolean;
}

/** The names a package is made from, what is wrong with them in a sentence each. */
export type ReadParts = { ok: true; parts: TeamsPackageParts } | { ok: false; problems: string[] };

const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const VERSION = /^\d{1,5}\.\d{1,5}\.\d{1,5}$/;

/** Reads the environment; reports every problem at once. */
export function readTeamsPackage(
  environment: Readonly<Record<string, string | undefined>>,
  classic: boolean,
): ReadParts {
  const problems: string[] = [];
  const value = (name: string) => environment[name]?.trim() || undefined;
  const appId = value('MicrosoftAppId') ?? '';
  if (appId === '')
    problems.push('MicrosoftAppId is missing. Copy the application (client) id of your bot from Azure.');
  else if (!GUID.test(appId))
    problems.push('MicrosoftAppId is not an application id such as Azure shows it: 8-4-4-4-12 hex digits.');
  const publicUrl = URL.parse(value('PUBLIC_URL') ?? '');
  if (publicUrl?.protocol !== 'https:')
    problems.push('PUBLIC_URL has to be the https address at which Teams reaches the bot.');
  const address = (name: string) => {
    const url = value(name) ?? publicUrl?.href ?? '';
    if (value(name) !== undefined && URL.parse(url)?.protocol !== 'https:')
      problems.push(`${name} has to be an https address.`);
    return url;
  };
  const developer = {
    name: value('TEAMS_DEVELOPER_NAME') ?? 'Countersign',
    websiteUrl: address('TEAMS_WEBSITE_URL'),
    privacyUrl: address('TEAMS_PRIVACY_URL'),
    termsUrl: address('TEAMS_TERMS_URL'),
  };
  if (developer.name.length > 32) problems.push('TEAMS_DEVELOPER_NAME has more than 32 characters.');
  const version = value('TEAMS_APP_VERSION') ?? '1.0.0';
  if (!VERSION.test(version)) problems.push('TEAMS_APP_VERSION has to be three numbers, such as 1.0.1.');
  if (problems.length > 0 || !publicUrl) return { ok: false, problems };
  return { ok: true, parts: { appId: appId.toLowerCase(), publicUrl, version, developer, classic } };
}

const source = (name: string) => readFile(new URL(`../../appPackage/${name}`, import.meta.url), 'utf8');

/** The manifest as Teams reads it: appPackage/manifest.json with its ${{NAMES}} filled in. */
export async function teamsManifest(parts: TeamsPackageParts): Promise<Record<string, unknown>> {
  const { appId, publicUrl, version, developer, classic } = parts;
  const values: Readonly<Record<string, string>> = {
    MicrosoftAppId: appId,
    APP_VERSION: version,
    DEVELOPER_NAME: developer.name,
    WEBSITE_URL: developer.websiteUrl,
    PRIVACY_URL: developer.privacyUrl,
    TERMS_URL: developer.termsUrl,
    PUBLIC_HOST: publicUrl.hostname,
  };
  const manifest = JSON.parse(await source('manifest.json'), (_key, value: unknown) =>
    typeof value === 'string'
      ? value.replace(/\$\{\{(\w+)\}\}/g, (_all, name: string) => values[name] ?? '')
      : value,
  );
  return classic ? classicManifest(manifest) : manifest;
}

/** What version 1.19 does not know is left out; nothing else differs. */
function classicManifest(manifest: Record<string, unknown>): Record<string, unknown> {
  const unknown = new Set(['supportsTargetedMessages', 'triggers']);
  const known = JSON.parse(JSON.stringify(manifest, (key, value) => (unknown.has(key) ? undefined : value)));
  const $schema = 'https://developer.microsoft.com/json-schemas/teams/v1.19/MicrosoftTeams.schema.json';
  return { ...known, $schema, manifestVersion: '1.19' };
}

/** Both icons as PNG: in colour, 192 pixels square; the outline, 32, white on nothing. */
export async function teamsIcons(): Promise<{ color: Uint8Array; outline: Uint8Array }> {
  await wasmIsReady();
  return {
    color: drawn(await source('color.svg'), 192),
    outline: drawn(await source('outline.svg'), 32),
  };
}

let ready: Promise<void> | null = null;

function wasmIsReady(): Promise<void> {
  const path = fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'));
  ready ??= initWasm(readFile(path));
  return ready;
}

function drawn(svg: string, width: number): Uint8Array {
  const drawing = new Resvg(svg, { fitTo: { mode: 'width', value: width } });
  const picture = drawing.render();
  const png = picture.asPng();
  picture.free();
  drawing.free();
  return png;
}

/** The same parts give the same bytes: nothing in the package tells when it was made. */
const MADE_AT = new Date(2026, 0, 1);

/** The app package: manifest.json, color.png and outline.png in a zip, nothing else. */
export async function teamsPackage(parts: TeamsPackageParts): Promise<Uint8Array> {
  const { color, outline } = await teamsIcons();
  const manifest = `${JSON.stringify(await teamsManifest(parts), null, 2)}\n`;
  const files = {
    'manifest.json': new TextEncoder().encode(manifest),
    'color.png': color,
    'outline.png': outline,
  };
  return zipSync(files, { level: 9, mtime: MADE_AT });
}
