import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executionUrlOn, type PipelineWebhook, parseWebhook } from '../../src/harness/webhook.ts';

const RUN = {
  accountIdentifier: 'acct0000000000000000AA',
  orgIdentifier: 'default',
  projectIdentifier: 'payments',
  pipelineIdentifier: 'Deploy_with_chat_approval',
  planExecutionId: 'kX2-9_run',
  callbackId: 'kX2-9_run-prod_gate',
  executionUrl: 'https://app.harness.io/ng/#/account/a/executions/kX2',
  triggeredByEmail: 'Ana@Example.com',
};

const parse = (body: unknown) => parseWebhook(Buffer.from(JSON.stringify(body)));

function parsed(body: object): PipelineWebhook {
  const result = parse({ ...RUN, ...body });
  if (!result.ok) throw new Error(result.message);
  return result.webhook;
}

function refused(body: object) {
  const result = parse({ ...RUN, ...body });
  if (result.ok) throw new Error('was accepted');
  return result;
}

describe('a webhook body', () => {
  it('is read, with everything optional left out', () => {
    expect(parsed({})).toEqual({
      execution: {
        account: 'acct0000000000000000AA',
        org: 'default',
        project: 'payments',
        pipeline: 'Deploy_with_chat_approval',
        planExecutionId: 'kX2-9_run',
        callbackId: 'kX2-9_run-prod_gate',
      },
      executionUrl: 'https://app.harness.io/ng/#/account/a/executions/kX2',
      triggeredByEmail: 'ana@example.com',
      message: '',
      approvalPolicy: null,
      inputs: null,
      facts: [],
      links: [],
      disallowRequester: false,
      expiry: null,
    });
  });

  it('is read with only the five identifiers', () => {
    const { callbackId: _c, executionUrl: _u, triggeredByEmail: _e, ...ids } = RUN;
    const result = parse(ids);
    expect(result).toMatchObject({
      ok: true,
      webhook: { execution: { callbackId: '' }, executionUrl: null, triggeredByEmail: null },
    });
  });

  it('is read with everything given, unknown keys ignored', () => {
    const webhook = parsed({
      message: 'Deploy 2.4\nto production',
      approvalPolicy: 'two-people',
      approverInputs: [
        { name: 'ticket', required: 'true', regex: 'CHG[0-9]{6,}', unknown: 1 },
        { name: 'rollout', defaultValue: 'canary', selectOneFrom: 'canary, full,canary' },
        { name: 'zones', selectManyFrom: ['eu', 'us'], description: 'Where' },
        { name: 'count', defaultValue: 3, allowedValues: [1, 2, 3] },
      ],
      facts: [{ name: 'Version', value: 2.4 }],
      links: [{ title: 'Change', url: 'https://change.example.com/1' }, { url: 'https://x.example.com/' }],
      disallowRequester: true,
      expiresIn: '2h',
      whatever: { deep: [] },
    });
    expect(webhook).toMatchObject({
      message: 'Deploy 2.4\nto production',
      approvalPolicy: { slug: 'two-people' },
      facts: [{ name: 'Version', value: '2.4' }],
      links: [
        { title: 'Change', url: 'https://change.example.com/1' },
        { title: 'x.example.com', url: 'https://x.example.com/' },
      ],
      disallowRequester: true,
      expiry: { afterMs: 7_200_000 },
    });
    expect(webhook.inputs).toEqual([
      {
        name: 'ticket',
        defaultValue: '',
        required: true,
        description: null,
        regex: 'CHG[0-9]{6,}',
        allowedValues: null,
        selectOneFrom: null,
        selectManyFrom: null,
      },
      expect.objectContaining({ name: 'rollout', defaultValue: 'canary', selectOneFrom: ['canary', 'full'] }),
      expect.objectContaining({ name: 'zones', selectManyFrom: ['eu', 'us'], description: 'Where' }),
      expect.objectContaining({ name: 'count', defaultValue: '3', allowedValues: ['1', '2', '3'] }),
    ]);
  });

  it('R4: tells an explicit empty list of inputs from none', () => {
    expect(parsed({}).inputs).toBeNull();
    expect(parsed({ approverInputs: null }).inputs).toBeNull();
    expect(parsed({ approverInputs: [] }).inputs).toEqual([]);
  });

  it.each([
    [12, { id: 12 }],
    ['12', { id: 12 }],
    ['two-people', { slug: 'two-people' }],
    ['', null],
    [null, null],
  ])('takes the policy %j', (approvalPolicy, expected) => {
    expect(parsed({ approvalPolicy }).approvalPolicy).toEqual(expected);
  });

  it.each([
    ['2026-11-22T10:00:00Z', { at: Date.UTC(2026, 10, 22, 10) }],
    ['2026-11-22T12:00:00+02:00', { at: Date.UTC(2026, 10, 22, 10) }],
    [1_795_341_600_000, { at: 1_795_341_600_000 }],
    ['1795341600000', { at: 1_795_341_600_000 }],
    ['', null],
  ])('takes expiresAt %j', (expiresAt, expected) => {
    expect(parsed({ expiresAt }).expiry).toEqual(expected);
  });

  it.each([
    ['30m', 1_800_000],
    ['90s', 90_000],
    ['1d', 86_400_000],
    ['1w', 604_800_000],
  ])('takes expiresIn %s', (expiresIn, afterMs) => {
    expect(parsed({ expiresIn }).expiry).toEqual({ afterMs });
  });

  it.each(['<+pipeline.triggeredBy.email>', 'null', '', null, 'Trigger', 'a@b\u202ec', 7])(
    'R5: takes the e-mail %j as unknown',
    (triggeredByEmail) => {
      expect(parsed({ triggeredByEmail }).triggeredByEmail).toBeNull();
    },
  );

  it.each([
    ['accountIdentifier', undefined, /is missing/],
    ['accountIdentifier', '<+account.identifier>', /did not resolve <\+account\.identifier>/],
    ['planExecutionId', 'null', /did not resolve <\+pipeline\.executionId>/],
    ['planExecutionId', '..', /Harness id/],
    ['planExecutionId', 'a/../b', /Harness id/],
    ['orgIdentifier', '..', /Harness identifier/],
    ['projectIdentifier', 'my project', /Harness identifier/],
    ['pipelineIdentifier', '1deploy', /Harness identifier/],
    ['orgIdentifier', 7, /must be text/],
    ['callbackId', '<+pipeline.executionId>-gate', /did not resolve the callback id/],
    ['callbackId', 'null', /did not resolve/],
    ['callbackId', 'a/b', /letters, digits/],
    ['callbackId', '..', /letters, digits/],
    ['message', 'x'.repeat(3001), /at most 3000/],
    ['message', 'a\0b', /NUL/],
    ['message', 'a\ud800b', /surrogate/],
    ['approvalPolicy', 'Two People', /number or its slug/],
    ['facts', 'x', /list of/],
    ['facts', Array.from({ length: 21 }, () => ({ name: 'a', value: 'b' })), /at most 20/],
    ['facts.0.name', [{ value: 'b' }], /is missing/],
    ['links.0.url', [{ title: 'x', url: 'http://example.com' }], /https/],
    ['links.0.url', [{ title: 'x', url: 'https://a:b@example.com' }], /https/],
    ['links.0.url', [{ title: 'x', url: 'javascript:alert(1)' }], /https/],
    ['links', Array.from({ length: 11 }, () => ({ url: 'https://a.example' })), /at most 10/],
    ['disallowRequester', 'yes', /true or false/],
    ['expiresAt', '2026-11-22', /zone/],
    ['expiresAt', 1_795_341_600, /seconds/],
    ['expiresIn', '2 hours', /30m/],
    ['expiresIn', '999d', /366d/],
    ['approverInputs', {}, /list/],
    ['approverInputs', Array.from({ length: 51 }, (_, i) => ({ name: `n${i}` })), /at most 50/],
    ['approverInputs.0', ['ticket'], /object/],
    ['approverInputs.0.name', [{}], /is missing/],
    ['approverInputs.0.name', [{ name: '' }], /empty/],
    ['approverInputs.0.name', [{ name: 'a\u202eb' }], /invisible/],
    ['approverInputs.1.name', [{ name: 'a' }, { name: 'a' }], /earlier input/],
    ['approverInputs.0', [{ name: 'a', regex: 'x', selectOneFrom: 'x' }], /only one of/],
    ['approverInputs.0.regex', [{ name: 'a', regex: '(?=x)' }], /look-around/],
    ['approverInputs.0.regex', [{ name: 'a', regex: '(a' }], /pattern/],
    ['approverInputs.0.regex', [{ name: 'a', regex: 'x'.repeat(501) }], /500/],
    ['approverInputs.0.regex', [{ name: 'a', regex: 'a{900}b{900}c{900}' }], /repeats too much/],
    ['approverInputs.0.selectOneFrom', [{ name: 'a', selectOneFrom: [] }], /at least one/],
    ['approverInputs.0.selectManyFrom', [{ name: 'a', selectManyFrom: ['a,b'] }], /comma/],
    [
      'approverInputs.0.allowedValues',
      [{ name: 'a', allowedValues: Array.from({ length: 101 }, (_, i) => i) }],
      /100/,
    ],
  ])('refuses %s (case %#)', (field, value, message) => {
    const result = refused({ [field.split('.')[0]!]: value });
    expect(result).toMatchObject({ status: 400, field });
    expect(result.message).toMatch(message);
    expect(result.message.startsWith(field)).toBe(true);
  });

  it('refuses both expiries together', () => {
    expect(refused({ expiresAt: 1_795_341_600_000, expiresIn: '1d' })).toMatchObject({ field: 'expiresIn' });
  });

  it('names several wrong fields at once', () => {
    const { message } = refused({ orgIdentifier: '', projectIdentifier: '!', message: 'x'.repeat(9999) });
    expect(message).toMatch(/orgIdentifier .*projectIdentifier .*message /);
  });

  it('never quotes what was sent', () => {
    const secret = 'hunter2-hunter2';
    for (const name of [...Object.keys(RUN), 'message', 'facts', 'links', 'approverInputs', 'expiresAt'])
      for (const value of [`${secret}\0/`, [secret], { secret }]) {
        const result = parse({ ...RUN, [name]: value });
        if (!result.ok) expect(result.message).not.toContain(secret);
      }
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['', /empty/, 0],
    ['{"a": "x"y"}', /line 1, column 10 \(offset 9\)/, 9],
    ['{"a": 1,\n "b": tru}', /line 2, column 7/, 15],
    ['{"a": 1,}', /line 1/, 8],
    ['{"a": 1} x', /line 1, column 10/, 9],
    ['// hello\n{}', /line 1, column 1/, 0],
    ['['.repeat(200_000), /nested too deep/, 64],
    [`{"a":${'{"a":'.repeat(5000)}`, /nested too deep/, 320],
  ])('names the place (case %#)', (text, message, offset) => {
    const result = parseWebhook(Buffer.from(text));
    expect(result).toMatchObject({ ok: false, status: 400, offset });
    expect(!result.ok && result.message).toMatch(message);
  });

  it('names the line where a pasted line break ends a text, without quoting it', () => {
    const result = parseWebhook(Buffer.from('{\n  "message": "fix secret-thing\n more"\n}'));
    expect(result).toMatchObject({ ok: false, status: 400, offset: 15 });
    expect(!result.ok && result.message).toMatch(/line 2.*quote or line break/);
    expect(JSON.stringify(result)).not.toContain('secret-thing');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(parseWebhook(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ ok: false, status: 400 });
  });

  it('answers 413 beyond 256 KiB', () => {
    expect(parseWebhook(Buffer.alloc(256 * 1024 + 1, 0x20))).toMatchObject({ ok: false, status: 413 });
  });

  it.each([['null'], ['[]'], ['"x"'], ['3']])('refuses %s, which is no object', (text) => {
    expect(parseWebhook(Buffer.from(text))).toEqual({
      ok: false,
      status: 400,
      message: 'The body must be a JSON object.',
    });
  });
});

describe('parseWebhook under fire', () => {
  it('never throws, on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        parseWebhook(Buffer.from(bytes));
      }),
    );
  });

  it('names a place whenever text is not JSON', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(
        ([json, at, junk]) =>
          json.slice(0, at % (json.length + 1)) + junk + json.slice(at % (json.length + 1)),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        const result = parseWebhook(Buffer.from(text));
        if (!result.ok && result.message.includes('is not JSON'))
          expect(result.message).not.toContain('something wrong');
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on odd values in known fields, and keeps none with NUL or half characters', () => {
    const names = [...Object.keys(RUN), 'message', 'approvalPolicy', 'approverInputs', 'facts', 'links'];
    const odd = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.string({ unit: 'binary' }),
      fc.array(
        fc.record(
          {
            name: fc.string({ unit: 'binary' }),
            value: fc.anything(),
            url: fc.webUrl(),
            regex: fc.string({ unit: 'binary' }),
            selectOneFrom: fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' }))),
          },
          { requiredKeys: [] },
        ),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names, '__proto__', 'constructor'), odd, (name, value) => {
        let body: string;
        try {
          body = JSON.stringify({ ...RUN, [name]: value });
        } catch {
          return; // cycles, bigint
        }
        const result = parseWebhook(Buffer.from(body));
        if (result.ok) {
          const kept = JSON.stringify(result.webhook);
          expect(kept).not.toContain('\\u0000');
          expect(kept).not.toMatch(/\\ud[89a-f]/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('R25: the address of the run', () => {
  it.each([
    ['https://app.harness.io/ng/#/x', 'https://app.harness.io/ng/#/x'],
    ['https://evil.example/ng', null],
    ['https://app.harness.io.evil.example/', null],
    ['https://app.harness.io@evil.example/', null],
    ['https://user:pw@app.harness.io/', null],
    ['http://app.harness.io/', null],
    ['javascript:alert(1)//app.harness.io', null],
    ['<+pipeline.execution.url>', null],
    [null, null],
  ])('%s → %s', (url, expected) => {
    expect(executionUrlOn('app.harness.io', url)).toBe(expected);
  });

  it('may be plain http on loopback, with its port', () => {
    expect(executionUrlOn('127.0.0.1:4100', 'http://127.0.0.1:4100/ng')).toBe('http://127.0.0.1:4100/ng');
    expect(executionUrlOn('127.0.0.1:4100', 'http://127.0.0.1:4200/ng')).toBeNull();
  });
});
