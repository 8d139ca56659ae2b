import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EVENTS_PATH } from '../../src/slack/receiver.ts';
import { REQUIRED_SCOPES } from '../../src/slack/scopes.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const manifest = parse(read('../../manifest.yml'));

describe('manifest.yml', () => {
  it('is what Slack’s own schema wants', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, formats: { uri: true } });
    const valid = ajv.compile(JSON.parse(read('../fixtures/slack-manifest.schema.json')));
    valid(manifest);
    expect(valid.errors).toBeNull();
    const { name, description, long_description } = manifest.display_information;
    expect(name.length).toBeLessThanOrEqual(35);
    expect(description.length).toBeLessThanOrEqual(140);
    expect(long_description.length).toBeGreaterThanOrEqual(175);
  });

  it('asks for the scopes and events the code uses, and no others', () => {
    expect(manifest.oauth_config.scopes).toEqual({ bot: [...REQUIRED_SCOPES] });
    const source = read('../../src/slack/app.ts');
    const events = [...source.matchAll(/bolt\.event\('([a-z_]+)'/g)].map((match) => match[1]);
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(events);
  });

  it('sends everything to the one path, over https, and lets the bot be written to', () => {
    const { interactivity, event_subscriptions } = manifest.settings;
    const url = `https://approvals.example.com${EVENTS_PATH}`;
    expect(interactivity).toEqual({ is_enabled: true, request_url: url });
    expect(event_subscriptions.request_url).toBe(url);
    expect(manifest.features.app_home.messages_tab_enabled).toBe(true);
  });
});
