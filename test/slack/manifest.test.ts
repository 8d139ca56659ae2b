import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ApiMethods } from '../../src/demo/doubles/slack/api-context.ts';
import { AUTH_METHODS } from '../../src/demo/doubles/slack/methods-auth.ts';
import { CHAT_METHODS } from '../../src/demo/doubles/slack/methods-chat.ts';
import { CONVERSATION_METHODS } from '../../src/demo/doubles/slack/methods-conversations.ts';
import { PEOPLE_METHODS } from '../../src/demo/doubles/slack/methods-people.ts';
import { VIEW_METHODS } from '../../src/demo/doubles/slack/methods-views.ts';
import { COMMAND } from '../../src/slack/commands.ts';
import { METHOD_TIER } from '../../src/slack/pacing.ts';
import { EVENTS_PATH } from '../../src/slack/receiver.ts';
import { REQUIRED_SCOPES } from '../../src/slack/scopes.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const URL_OF_BOT = `https://approvals.example.com${EVENTS_PATH}`;
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

  it('has a scope for each method the code may call, as the imitation of Slack demands them', () => {
    const methods: ApiMethods = {
      ...AUTH_METHODS,
      ...CHAT_METHODS,
      ...CONVERSATION_METHODS,
      ...PEOPLE_METHODS,
      ...VIEW_METHODS,
    };
    // Slack takes any one of the scopes it names.
    const accepted = Object.keys(METHOD_TIER).flatMap((method) => {
      const { scopes } = methods[method]!;
      return scopes ? [{ method, scopes }] : [];
    });
    for (const { method, scopes } of accepted)
      expect([method, scopes.some((scope) => REQUIRED_SCOPES.includes(scope))]).toEqual([method, true]);
    const demanded = REQUIRED_SCOPES.filter((scope) => accepted.some(({ scopes }) => scopes.includes(scope)));
    expect(['commands', ...demanded].sort()).toEqual(REQUIRED_SCOPES);
  });

  it('has the one command the code answers to, with people as ids', () => {
    expect(manifest.features.slash_commands).toEqual([
      {
        command: COMMAND,
        url: URL_OF_BOT,
        description: expect.any(String),
        usage_hint: expect.stringMatching(/^help /),
        should_escape: true,
      },
    ]);
  });

  it('sends everything to the one path, over https, and lets the bot be written to', () => {
    const { interactivity, event_subscriptions } = manifest.settings;
    const url = URL_OF_BOT;
    expect(interactivity).toEqual({ is_enabled: true, request_url: url });
    expect(event_subscriptions.request_url).toBe(url);
    expect(manifest.features.app_home).toMatchObject({ messages_tab_enabled: true, home_tab_enabled: true });
  });
});
