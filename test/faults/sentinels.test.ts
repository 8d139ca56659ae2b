import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { connect, ENCRYPTED, startAccount } from '../helpers/harness-accounts.ts';
import { token } from '../helpers/principals.ts';
import { ACME, APP_TOKEN, email, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';
const SECRETS = {
  API_TOKEN: 'sentinel-api-token-0123456789abcdef',
  WEBHOOK_SECRET: `whsec_${Buffer.from('sentinel-webhook-secret-0123456789ab').toString('base64')}`,
  ...ENCRYPTED,
};

let world: World;
afterEach(() => world?.close());

/** A secret as it may turn up: as it is, in base64, percent-encoded, or as the bytes it stands for. */
function formsOf(secret: string): string[] {
  // Short ones are words.
  const half = secret.length < 16 ? secret : secret.slice(Math.floor(secret.length / 3));
  return [
    secret,
    half,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
  ];
}

test('the whole way at trace level: no secret is in a log, an answer, a card, the database, its journal, or the title', async () => {
  const heard: string[] = [];
  world = await startWorld({ teams: {}, env: SECRETS, hear: (line) => heard.push(line) });
  const { db } = world.app.context;
  await world.load(ACME);
  const answers: string[] = [];
  const ask = async (path: string, how: RequestInit = {}) => {
    const answer = await fetch(world.url + path, { redirect: 'manual', ...how });
    answers.push(JSON.stringify([...answer.headers]), await answer.text());
    return answer.status;
  };
  const pipeline = await token(world, { machine: 'ci', ownerEmail: email('ada') }, 'pipeline', {});
  const globex = await startAccount(world, 'globex');
  try {
    await connect(world, globex);
    await world.ask(EVENT, 'run1');
    await world.press('alice', 'approve');
    await world.pass(5_000);
    await world.ask(EVENT, 'run2');
    await world.reject('bob', 'No.');
    await world.pass(5_000);
    // Harness, Slack and Microsoft refuse and break, each with the credential in hand.
    world.slack.addFault({ method: 'chat.postMessage', slackError: 'invalid_auth' });
    world.slack.addFault({ method: 'chat.postMessage', connection: 'reset' });
    world.teams.revokeTokens();
    await world.post(EVENT, world.webhook('run3'), { authorization: `Bearer ${pipeline.secret}` });
    await world.pass(120_000);
    for (const headers of [
      { 'x-auth-token': SECRETS.API_TOKEN },
      { authorization: `Bearer ${pipeline.secret}` },
      { 'x-api-key': SECRETS.API_TOKEN },
      { 'x-auth-token': `${SECRETS.API_TOKEN}x` },
    ] as Record<string, string>[])
      for (const path of [
        '/api/v2/people',
        '/api/v2/api_tokens',
        '/api/v2/harness_connections',
        '/api/v2/audit_events',
        '/nowhere',
        '/api/v2/%zz',
        '/readyz',
        '/metrics',
      ])
        await ask(path, { headers });
    await ask(`/hooks/harness/${EVENT}`, {
      method: 'POST',
      body: '{',
      headers: { authorization: `Bearer ${WEBHOOK_TOKEN}`, 'content-type': 'application/json' },
    });

    const file = world.config.databaseUrl.slice('sqlite:'.length);
    const stored = ['', '-wal'].map((end) => {
      try {
        return readFileSync(file + end, 'latin1');
      } catch {
        return '';
      }
    });
    const shown = [
      ...world.slack.calls.map(({ args }) => JSON.stringify({ ...args, token: undefined })),
      JSON.stringify(await db.selectFrom('audit_events').selectAll().execute()),
      JSON.stringify(world.teams.calls.map(({ args, request }) => [args, request])),
    ];
    const searched = {
      logs: heard.join('\n'),
      answers: answers.join('\n'),
      stored: stored.join('\n'),
      shown: shown.join('\n'),
      title: `${process.title} ${process.argv.join(' ')}`,
    };
    const { config } = world;
    const { access, signingSecret } = config.slack!;
    const secrets: Record<string, string> = {
      ...SECRETS,
      WEBHOOK_TOKEN,
      HARNESS_API_KEY: config.harness.apiKey,
      SLACK_BOT_TOKEN: access.kind === 'token' ? access.botToken : '',
      SLACK_SIGNING_SECRET: signingSecret,
      MicrosoftAppPassword: 'secret-of-the-bot-in-entra',
      'a pipeline’s token': pipeline.secret.split('_').slice(2).join('_'),
      'a further key': globex.apiKey,
    };
    expect(heard.length).toBeGreaterThan(20);
    expect(searched.stored.length).toBeGreaterThan(100_000);
    // The test's own search finds what is there.
    expect(searched.stored).toContain('globex');
    for (const [name, secret] of Object.entries(secrets))
      for (const form of formsOf(secret))
        for (const [where, text] of Object.entries(searched))
          if (form.length >= 6) expect([name, where, text.includes(form)]).toEqual([name, where, false]);
    expect(secrets.SLACK_BOT_TOKEN).not.toBe('');
    expect(APP_TOKEN).not.toBe('');
  } finally {
    await globex.harness.close();
  }
}, 120_000);
