import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CardSpan, lineText } from '../../src/approval/card.ts';
import { auditCommand } from '../../src/commands/audit.ts';
import { auditSentence, peopleOfLine } from '../../src/commands/audit-sentence.ts';
import { cancelRequestAs } from '../../src/usecases/deciding/act-on-request.ts';
import type { AuditEvent } from '../../src/usecases/requests/list-audit.ts';
import { as } from '../helpers/principals.ts';
import { ACME, type StaffName, startWorld, type World } from '../helpers/world.ts';
import { itemsOf, run, sentenceOf, wordsOf } from './command-line.ts';

const PEOPLE = new Map<number, CardSpan>(
  ['Alice', 'Bob'].map((name, nth) => [
    nth + 1,
    { kind: 'person', personId: nth + 1, name, externalId: null },
  ]),
);
const line = (change: Partial<AuditEvent>): AuditEvent => ({
  id: 1,
  organizationId: 1,
  at: 0,
  personId: 1,
  via: 'slack',
  action: 'voted',
  subjectType: 'approval_request',
  subjectId: 'apr_1',
  detail: {},
  ...change,
});
const said = (change: Partial<AuditEvent>) =>
  lineText(auditSentence(line(change), PEOPLE)).replace(/ · 1970.*$/, '');

describe('one line as a sentence', () => {
  test.each<[string, Partial<AuditEvent>]>([
    [
      'Countersign could not bring the card of apr_1 to Alice in Microsoft Teams: gone',
      {
        ...{ personId: null, via: 'timer', action: 'unreachable' },
        detail: { personId: 1, platform: 'teams', target: 'aad', why: 'gone' },
      },
    ],
    [
      'Somebody has an account with the address of Alice that may be somebody else’s: an admin has to link it, or not · Microsoft Teams',
      {
        ...{ personId: null, via: 'teams', action: 'identity_conflict' },
        ...{ subjectType: 'person', subjectId: '1', detail: { platform: 'teams', account: 'aad' } },
      },
    ],
    [
      'Alice removed the bot from their chat · Microsoft Teams',
      { via: 'teams', action: 'chat_removed', subjectType: 'person', subjectId: '1' },
    ],
    ['Alice approved apr_1 · Slack', { detail: { action: 'APPROVE' } }],
    ['Alice rejected apr_1 · API', { via: 'api', detail: { action: 'REJECT' } }],
    [
      'A pipeline opened apr_1 (Deploy)',
      { personId: null, via: 'webhook', action: 'opened', detail: { event: 'Deploy' } },
    ],
    [
      'Countersign settled who decides apr_1',
      { personId: null, via: 'timer', action: 'resolved', detail: { problem: null } },
    ],
    [
      'Countersign put apr_1 on hold: no approver',
      { personId: null, via: 'timer', action: 'resolved', detail: { problem: 'no_approver' } },
    ],
    [
      'Harness took the decision on apr_1',
      { personId: null, via: 'harness', action: 'submission_delivered' },
    ],
    [
      'Harness could not be told about apr_1: 503',
      { personId: null, via: 'harness', action: 'submission_dead', detail: { detail: '503' } },
    ],
    [
      'Harness settled apr_1 without us: APPROVED by carol',
      {
        personId: null,
        via: 'harness',
        action: 'decided_outside',
        detail: { status: 'APPROVED', by: 'carol' },
      },
    ],
    ['Alice gave Bob’s place in apr_1 to Alice · Slack', { action: 'reassign', detail: { from: 2, to: 1 } }],
    [
      'Alice gave a vacant place in apr_1 to Bob · Slack',
      { action: 'reassign', detail: { from: null, to: 2 } },
    ],
    [
      'Alice took the place in apr_1 from Bob, who is a guest · Slack',
      { action: 'place_vacated', detail: { personId: 2, because: 'is a guest' } },
    ],
    ['Alice cancelled apr_1: wrong branch · Slack', { action: 'cancel', detail: { reason: 'wrong branch' } }],
    [
      'Alice wanted to approve apr_1 and was refused (no approver of it) · Slack',
      { action: 'refused', detail: { wanted: 'APPROVE', code: 'not_an_approver' } },
    ],
    [
      'Alice wanted to use “audit” and was refused (no admin) · Slack',
      {
        action: 'refused',
        subjectType: 'command',
        subjectId: 'audit',
        detail: { wanted: 'audit', why: 'admins_only' },
      },
    ],
    [
      'Whoever runs the bot made Bob an admin, named in ADMIN_EMAILS',
      { personId: null, via: 'cli', action: 'admin_added', subjectType: 'person', subjectId: '2' },
    ],
    [
      'Alice made event “Deploy” · Slack',
      {
        action: 'created',
        subjectType: 'event',
        subjectId: '3',
        detail: { before: null, after: { name: 'Deploy' } },
      },
    ],
    [
      'Alice changed approval workflow 14: approvers · Slack',
      {
        action: 'changed',
        subjectType: 'approval_workflow',
        subjectId: '14',
        detail: { before: { approverIds: [1] }, after: { approverIds: [2] } },
      },
    ],
    ['Alice deactivated Bob · Slack', { action: 'deactivated', subjectType: 'person', subjectId: '2' }],
    [
      'Alice revoked token “ci” · Slack',
      { action: 'revoked', subjectType: 'token', subjectId: '4', detail: { name: 'ci' } },
    ],
    ['Alice asked a question about apr_1 · Slack', { action: 'question_asked' }],
    [
      'Somebody installed the bot in Slack workspace “Acme” · Slack',
      {
        personId: null,
        action: 'installed',
        subjectType: 'slack_workspace',
        subjectId: 'T0ACME',
        detail: { name: 'Acme' },
      },
    ],
    ['Somebody approved apr_1 · Slack', { personId: null, detail: { action: 'APPROVE' } }],
    ['person 9 approved apr_1 · Slack', { personId: 9, detail: { action: 'APPROVE' } }],
    [
      'Alice opened window · gate 7 · Slack',
      { action: 'opened_window', subjectType: 'gate', subjectId: '7' },
    ],
    ['Alice constructor · event 1 · Slack', { action: 'constructor', subjectType: 'event', subjectId: '1' }],
  ])('%s', (sentence, change) => expect(said(change)).toBe(sentence));

  test('every action that the code writes has words of its own', () => {
    const folder = new URL('../../src/usecases/', import.meta.url);
    const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'));
    const written = new Set<string>();
    for (const text of code.filter((one) => /writeAudit|auditChange|auditRecordChange/.test(one)))
      for (const [, name] of text.matchAll(/action: (?:before \? )?'([a-z_]+)'|, '([a-z_]+ed)', /g))
        if (name) written.add(name);
    const states = [
      'delivered',
      'partial',
      'delivered_by_other',
      'conflict',
      'superseded',
      'closed',
      'needs_input',
      'ambiguous',
      'dead',
    ];
    const repairs = ['cancel', 'retry_submission', 'choose_instance', 'unfreeze', 'reassign'];
    const managed = [
      'created',
      'changed',
      'deleted',
      'archived',
      'restored',
      'activated',
      'deactivated',
      'revoked',
    ];
    const all = [...written, ...managed, ...repairs, ...states.map((state) => `submission_${state}`)];
    expect(written.size).toBeGreaterThan(12);
    for (const action of all) {
      const sentence = said({ action, detail: { wanted: 'APPROVE', code: 'held', detail: 'why' } });
      expect(sentence, action).not.toContain(`Alice ${action.replaceAll('_', ' ')} · `);
    }
  });

  test('whatever a detail holds, it is a sentence; long words are cut', () => {
    for (const value of [null, undefined, 7, {}, [], 'x'.repeat(5_000), { name: 5 }])
      for (const action of [
        'opened',
        'reassign',
        'refused',
        'changed',
        'cancel',
        'unreachable',
        'place_vacated',
      ]) {
        const detail = {
          event: value,
          from: value,
          to: value,
          wanted: value,
          code: value,
          before: value,
          after: value,
          reason: value,
          personId: value,
        };
        expect(said({ action, detail }).length).toBeLessThan(1_000);
        expect(peopleOfLine(line({ action, detail })).every(Number.isInteger)).toBe(true);
      }
  });
});

describe('the command', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.load(ACME);
  });
  afterEach(() => world.close());
  const audit = (name: StaffName, typed = '') => run(world, auditCommand, name, typed);

  test('the newest lines first, ten unless said otherwise, people by name', async () => {
    const id = await world.ask('deploy-to-production', 'run1');
    await world.press('alice', 'approve');
    await world.settle();
    const second = await world.ask('deploy-to-production', 'run2');
    await cancelRequestAs(world.app.context, await as(world, 'dana'), second, 'wrong branch');
    const items = itemsOf(await audit('ada'));
    expect(items).toHaveLength(10);
    expect(items[0]).toBe(`Dana cancelled ${second}: wrong branch · API · <time>`);
    expect(items).toContain(`Alice approved ${id} · Slack · <time>`);
    expect(items).toContain(`Harness took the decision on ${id} · <time>`);
    expect(itemsOf(await audit('ada', '3'))).toEqual(items.slice(0, 3));
    expect(wordsOf(await audit('ada', '3'))).toMatch(/The newest 3 of \d+ lines\./);
    const many = await audit('ada', '999');
    expect(itemsOf(many).length).toBeLessThanOrEqual(50);
    expect(wordsOf(many)).toContain('50 are shown at most');
  });

  test('is for admins alone, by the use case itself; nonsense is wrong', async () => {
    expect(sentenceOf(await audit('alice'))).toBe('Only an admin of Countersign can read the audit.');
    for (const typed of ['0', 'all', '5 6'])
      expect(await audit('ada', typed)).toMatchObject({ kind: 'wrong' });
  });
});
