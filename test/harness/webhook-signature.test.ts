import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import {
  bearerMatches,
  isWebhookSecret,
  verifyStandardWebhook,
} from '../../src/harness/webhook-signature.ts';

const SECRET = `whsec_${Buffer.from('a'.repeat(24)).toString('base64')}`;
const OTHER = `whsec_${Buffer.from('b'.repeat(24)).toString('base64')}`;
const NOW = Date.UTC(2026, 10, 22, 10);
const rawBody = Buffer.from('{"planExecutionId":"é"}');

function headers(over: Record<string, string | undefined> = {}, secret = SECRET, at = NOW) {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', new Date(at), rawBody),
    ...over,
  };
}
const verify = (over: Partial<Parameters<typeof verifyStandardWebhook>[0]> = {}) =>
  verifyStandardWebhook({ secrets: [SECRET], headers: headers(), rawBody, now: NOW, ...over });

describe('a Standard Webhooks signature', () => {
  it('is accepted, and its id known', () => {
    expect(verify()).toEqual({ ok: true, id: 'msg_1' });
  });

  it('is accepted by any secret and any of several signatures', () => {
    expect(verify({ secrets: [OTHER, SECRET] }).ok).toBe(true);
    const both = `v1,AAAA v2,zzz ${headers()['webhook-signature']}`;
    expect(verify({ headers: headers({ 'webhook-signature': both }) }).ok).toBe(true);
  });

  it('verifies the example of the specification', () => {
    const example = verifyStandardWebhook({
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      rawBody: Buffer.from('{"test": 2432232314}'),
      now: 1_614_265_330_000,
    });
    expect(example).toEqual({ ok: true, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' });
  });

  it.each([-300_000, 300_000])('is accepted %d ms from our clock', (off) => {
    expect(verify({ now: NOW + off }).ok).toBe(true);
  });

  it.each([-301_000, 301_000])('is refused %d ms from our clock', (off) => {
    expect(verify({ now: NOW + off })).toMatchObject({
      ok: false,
      why: expect.stringContaining('5 minutes'),
    });
  });

  it.each([
    ['another body', { rawBody: Buffer.from('{}') }],
    ['another secret', { secrets: [OTHER] }],
    ['no secret', { secrets: [] }],
    ['another id', { headers: headers({ 'webhook-id': 'msg_2' }) }],
    ['an id with a dot', { headers: headers({ 'webhook-id': 'msg.1' }) }],
    ['no id', { headers: headers({ 'webhook-id': undefined }) }],
    ['a time in words', { headers: headers({ 'webhook-timestamp': 'now' }) }],
    ['a negative time', { headers: headers({ 'webhook-timestamp': '-5' }) }],
    ['no signature', { headers: headers({ 'webhook-signature': '' }) }],
    ['another version', { headers: headers({ 'webhook-signature': 'v1a,AAAA' }) }],
    ['repeated headers', { headers: { ...headers(), 'webhook-id': ['msg_1', 'msg_1'] } }],
  ])('is refused with %s', (_name, over) => {
    expect(verify(over).ok).toBe(false);
  });

  it.each([
    [SECRET, true],
    ['whsec_', false],
    ['whsec_c2hvcnQ=', false],
    ['whsec_***', false],
    [SECRET.slice(6), false],
  ])('%s usable: %s', (secret, usable) => {
    expect(isWebhookSecret(secret)).toBe(usable);
  });
});

describe('a bearer token', () => {
  const token = 'a-token-of-24-characters';
  it.each([
    [`Bearer ${token}`, true],
    [`bearer  ${token}`, true],
    [`Bearer ${token}x`, false],
    [`Bearer ${token.slice(1)}`, false],
    [`Basic ${token}`, false],
    [token, false],
    ['', false],
    [undefined, false],
  ])('%s → %s', (header, matches) => {
    expect(bearerMatches(header, token)).toBe(matches);
  });

  it('never matches when ours is empty', () => {
    expect(bearerMatches('Bearer ', '')).toBe(false);
    expect(bearerMatches(undefined, '')).toBe(false);
  });
});
