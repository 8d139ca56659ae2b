import fc from 'fast-check';
import { type Card, type CardLine, strong, text } from '../../src/approval/card.ts';
import type { EntryForm, ReviewForm } from '../../src/approval/form.ts';
import type { Page } from '../../src/approval/page.ts';
import type { WorkflowEditor } from '../../src/approval/workflow-editor.ts';
import { input } from '../slack/samples.ts';

export const NOW = Date.UTC(2026, 10, 22, 15, 0);

const person = (personId: number, name: string) =>
  ({ kind: 'person', personId, name, externalId: `aad-${personId}` }) as const;
export const DANA = person(1, 'Dana Reyes');
export const BEN = person(2, 'Ben Ito');
export const MIA = person(3, 'Mia Lund');

/** An approver's own card while the request waits. */
export function waitingCard(change: Partial<Card> = {}): Card {
  return {
    requestId: 'apr_5f2c8a1e90b7',
    cardId: 'crd_1',
    contentVersion: 3,
    summary: 'Approve Deploy to production (payments)? Asked by Dana Reyes',
    title: 'Deploy to production',
    tone: 'waiting',
    status: [strong('Waiting for your decision')],
    details: [
      { label: 'Pipeline', line: [text('payments_deploy, run 214')] },
      { label: 'Where', line: [text('default / payments')] },
      { label: 'Asked by', line: [DANA] },
      { label: 'Harness waits until', line: [{ kind: 'time', at: NOW + 3_600_000 }] },
    ],
    message: 'Payments 4.2.1: new refund flow.\nMigration 0093 adds one nullable column.',
    facts: [
      { name: 'Version', value: '4.2.1' },
      { name: 'Change', value: 'CHG-20417' },
    ],
    links: [{ title: 'Release notes', url: 'https://github.com/acme/payments/releases/4.2.1' }],
    progress: [[strong('Any one of these may decide'), text(': '), BEN, text(', '), MIA]],
    discussion: [],
    warnings: [],
    notes: [[text('Standard policy · apr_5f2c8a1e90b7 · content 1a2b3c4d5e6f')]],
    actions: [
      {
        kind: 'approve',
        opensForm: false,
        confirm: 'Deploy to production: the pipeline “payments_deploy” goes on.',
      },
      { kind: 'reject' },
      { kind: 'approve_with_comment' },
      { kind: 'ask_question' },
    ],
    pipelineUrl: 'https://app.harness.io/ng/account/a/executions/e1',
    deciders: [],
    ...change,
  };
}

/** What it says of itself once nobody is waited for. */
const DECIDED = waitingCard().details.filter(({ label }) => label !== 'Harness waits until');

/** What a card says in each of its states. */
export const STATES = {
  waiting: waitingCard(),
  'with inputs': waitingCard({
    details: [
      ...waitingCard().details,
      { label: 'You will be asked for', line: [text('window, regions, change')] },
    ],
    actions: [{ kind: 'approve', opensForm: true, confirm: '' }, { kind: 'reject' }],
  }),
  'all of, in progress': waitingCard({
    status: [strong('Waiting for your decision')],
    progress: [
      [strong('1 of 2 approved'), text(' · approved by '), BEN, text(' · waiting for '), MIA],
      [BEN, text(': '), text('“Checked the migration on staging.”')],
    ],
    discussion: [
      [MIA, text(' asks: “Can it be rolled back?”')],
      [DANA, text(': “Yes, the column is nullable.”')],
    ],
  }),
  approved: waitingCard({
    tone: 'approved',
    status: [
      strong('Approved'),
      text(' by '),
      BEN,
      text(', '),
      { kind: 'time', at: NOW },
      text(' · Harness goes on'),
    ],
    progress: [[BEN, text(': '), text('“Checked the migration on staging.”')]],
    details: DECIDED,
    actions: [],
  }),
  rejected: waitingCard({
    tone: 'rejected',
    status: [strong('Rejected'), text(' by '), MIA, text(', '), { kind: 'time', at: NOW }],
    progress: [[MIA, text(': '), text('“Not on a Friday.”')]],
    details: DECIDED,
    actions: [],
  }),
  'not delivered': waitingCard({
    tone: 'trouble',
    status: [strong('Approved, but Harness has not taken it')],
    progress: [[BEN, text(': '), text('“Checked the migration on staging.”')]],
    warnings: [
      [strong('Not delivered. '), text('Harness does not answer; it was tried 8 times.')],
      [text('Retry the delivery, or decide in Harness itself.')],
    ],
    details: DECIDED,
    actions: [{ kind: 'retry_submission' }],
  }),
  'channel base': waitingCard({
    status: [strong('Waiting for a decision')],
    actions: [{ kind: 'review' }],
    deciders: ['aad-2', 'aad-3'],
  }),
} as const satisfies Record<string, Card>;

export function approveForm(change: Partial<EntryForm> = {}): EntryForm {
  return {
    cardId: 'crd_1',
    contentVersion: 3,
    kind: 'approve',
    title: 'Approve',
    submitLabel: 'Approve',
    intro: 'Deploy to production: payments_deploy, run 214',
    note: 'The values were offered by Ben Ito.',
    fields: [
      {
        key: 'input-0',
        kind: 'input',
        input: input('window', { selectOneFrom: ['now', 'tonight'], required: true }),
        value: 'tonight',
      },
      {
        key: 'input-1',
        kind: 'input',
        input: input('regions', { selectManyFrom: ['eu', 'us', 'ap'] }),
        value: 'eu,ap',
      },
      {
        key: 'input-2',
        kind: 'input',
        input: input('change', { regex: 'CHG-\\d+', required: true, description: 'The change ticket' }),
        value: 'CHG-1',
      },
      { key: 'comment', kind: 'comment', label: 'Comment', required: false },
    ],
    ...change,
  };
}

export function reviewForm(change: Partial<ReviewForm> = {}): ReviewForm {
  const { actions: _actions, ...details } = waitingCard();
  return {
    cardId: 'crd_1',
    contentVersion: 3,
    kind: 'review',
    title: 'Review',
    details,
    actions: ['approve', 'reject', 'ask_question'],
    ...change,
  };
}

export function workflowEditor(change: Partial<WorkflowEditor> = {}): WorkflowEditor {
  return {
    workflowId: 14,
    seenAt: NOW,
    title: 'Workflow 14',
    submitLabel: 'Save',
    events: [
      { id: 1, name: 'Deploy to production' },
      { id: 2, name: 'Drop a table' },
    ],
    policies: [{ id: 1, name: 'Standard' }],
    leftOut: { events: 0, policies: 0 },
    values: {
      eventId: 1,
      policyId: 1,
      requirementId: 3,
      approvers: ['aad-2', 'aad-3'],
      managerApproves: true,
      fallbackApprovers: [],
      subscribers: ['aad-1'],
      managerSubscribes: false,
      channels: ['19:deployments@thread.tacv2'],
      disallowRequester: true,
      checksFirst: false,
      previewFor: 'aad-1',
    },
    names: new Map([
      ['aad-1', 'Dana Reyes'],
      ['aad-2', 'Ben Ito'],
      ['aad-3', 'Mia Lund'],
    ]),
    kept: {
      approvers: ['Kim Ode'],
      subscribers: [],
      fallbackApprovers: [],
      channels: ['C1'],
      personIds: [9],
    },
    preview: [
      [strong('All of these would be asked'), text(': '), BEN, text(', '), MIA],
      [text('Her manager is listed already.')],
    ],
    ...change,
  };
}

export function workflowsPage(change: Partial<Page> = {}): Page {
  return {
    title: 'Workflows',
    intro: [[text('Who approves what, newest first.')]],
    picture: null,
    sections: [
      {
        title: 'Standard policy',
        items: [
          {
            line: [strong('14 Deploy to production'), text(' · all of '), BEN, text(', '), MIA],
            details: [[text('Whoever starts the run may not approve it.')]],
            actions: [
              { kind: 'command', label: 'Show', command: 'show 14' },
              { kind: 'command', label: 'Edit', command: 'edit 14' },
              {
                kind: 'command',
                label: 'Delete',
                style: 'danger',
                command: 'delete 14',
                confirm: {
                  title: 'Delete workflow 14?',
                  text: 'Runs that ask now keep it.',
                  button: 'Delete',
                },
              },
            ],
          },
          { line: [strong('15 Drop a table'), text(' · any of '), DANA], details: [], actions: [] },
        ],
        empty: null,
        actions: [{ kind: 'command', label: 'New workflow', style: 'primary', command: 'create' }],
      },
    ],
    notes: [[text('Page 1 of 1 · show NUMBER tells more')]],
    ...change,
  };
}

export const opensForm = (command: string) => /^(create|edit)\b/.test(command);

/** Words that mean something where they are read as more than words. */
export const nasty = fc.oneof(
  fc.constantFrom(
    '**bold** _it_ `code`',
    '[Approve](https://evil.example)',
    '<at>Ann</at> <b>x</b> &lt;',
    '{{DATE(2026-11-22T15:00:00Z,SHORT)}}',
    '{{{{TIME(2026-11-22T15:00:00Z)}}}}',
    '# heading',
    '1. list',
    '- list',
    '\u202eevorppa',
    'שלום',
    '',
    ' ',
    '\n\n',
    'one\ntwo\n\nthree',
    '\u0000\ud800',
    '👩‍👩‍👧‍👦'.repeat(60),
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('a', '👍', '"', '\n', '{', 'x\n').map((one) => one.repeat(8_000)),
);

const span = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: nasty, strong: fc.boolean() }),
  fc.record({
    kind: fc.constant('person' as const),
    personId: fc.nat(),
    name: nasty,
    externalId: fc.oneof(nasty, fc.constant(null)),
  }),
  fc.record({ kind: fc.constant('channel' as const), externalId: nasty }),
  fc.record({
    kind: fc.constant('link' as const),
    url: fc.oneof(nasty, fc.webUrl({ validSchemes: ['https', 'http'] })),
  }),
  fc.record({
    kind: fc.constant('time' as const),
    at: fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constant(NOW)),
  }),
);

export const anyLine: fc.Arbitrary<CardLine> = fc.array(span, { maxLength: 40 });
const lines = fc.array(anyLine, { maxLength: 12 });

export const anyCard: fc.Arbitrary<Card> = fc.record({
  requestId: fc.constant('apr_0123456789abcdef'),
  cardId: fc.constant('crd_0123456789abcdef'),
  contentVersion: fc.nat(1_000_000),
  summary: nasty,
  title: nasty,
  tone: fc.constantFrom('waiting', 'sending', 'approved', 'rejected', 'closed', 'trouble'),
  status: anyLine,
  details: fc.array(fc.record({ label: nasty, line: anyLine }), { maxLength: 15 }),
  message: nasty,
  facts: fc.array(fc.record({ name: nasty, value: nasty }), { maxLength: 30 }),
  links: fc.array(fc.record({ title: nasty, url: fc.oneof(nasty, fc.webUrl({ validSchemes: ['https'] })) }), {
    maxLength: 12,
  }),
  progress: lines,
  discussion: lines,
  warnings: lines,
  notes: lines,
  actions: fc.constantFrom<Card['actions']>(
    [],
    waitingCard().actions,
    [{ kind: 'review' }],
    [...waitingCard().actions, { kind: 'answer_question' }],
    [{ kind: 'retry_submission' }],
    [{ kind: 'supply_inputs' }],
    [{ kind: 'choose_instance' }],
  ),
  pipelineUrl: fc.oneof(nasty, fc.webUrl(), fc.constant(null)),
  deciders: fc.array(fc.uuid(), { maxLength: 70 }),
});

const values = fc.option(fc.array(nasty, { maxLength: 130 }), { nil: null });

export const anyForm: fc.Arbitrary<EntryForm> = fc.record({
  cardId: fc.constant('crd_1'),
  contentVersion: fc.nat(1_000_000),
  kind: fc.constantFrom('approve', 'reject', 'supply_inputs', 'ask_question', 'answer_question'),
  title: nasty,
  submitLabel: fc.constantFrom('Approve', 'Send'),
  intro: nasty,
  note: fc.oneof(nasty, fc.constant(null)),
  fields: fc
    .array(
      fc.oneof(
        fc.record({
          kind: fc.constant('input' as const),
          value: nasty,
          input: fc.record({
            name: nasty,
            defaultValue: nasty,
            required: fc.boolean(),
            description: fc.oneof(nasty, fc.constant(null)),
            regex: fc.oneof(nasty, fc.constantFrom('CHG-\\d+', '(a+)+', null)),
            allowedValues: values,
            selectOneFrom: values,
            selectManyFrom: values,
          }),
        }),
        fc.record({ kind: fc.constant('comment' as const), label: nasty, required: fc.boolean() }),
      ),
      { maxLength: 80 },
    )
    .map((fields) => fields.map((field, index) => ({ ...field, key: `input-${index}` as const }))),
});

const action = fc
  .record({
    label: nasty,
    style: fc.constantFrom('primary' as const, 'danger' as const),
    confirm: fc.record({ title: nasty, text: nasty, button: nasty }),
    rest: fc.oneof(
      fc.record({ kind: fc.constant('command' as const), command: fc.oneof(nasty, fc.constant('edit 14')) }),
      fc.record({
        kind: fc.constant('card' as const),
        press: fc.constantFrom('approve', 'reject', 'review', 'retry_submission', 'answer_question'),
        cardId: fc.oneof(nasty, fc.constant('crd_1')),
        contentVersion: fc.nat(),
      }),
      fc.record({ kind: fc.constant('turn' as const), section: nasty, page: fc.nat() }),
      fc.record({ kind: fc.constant('link' as const), url: fc.oneof(nasty, fc.webUrl()) }),
    ),
    asks: fc.boolean(),
  })
  .map(({ label, style, confirm, rest, asks }) => ({ label, style, ...(asks && { confirm }), ...rest }));
const actions = fc.array(action, { maxLength: 9 });

export const anyPage = fc.record({
  title: nasty,
  intro: lines,
  picture: fc.option(fc.record({ url: fc.oneof(nasty, fc.webUrl()), title: nasty, alt: nasty }), {
    nil: null,
  }),
  sections: fc.array(
    fc.record({
      title: fc.option(nasty, { nil: null }),
      items: fc.array(fc.record({ line: anyLine, details: lines, actions }), { maxLength: 25 }),
      empty: fc.option(nasty, { nil: null }),
      actions,
    }),
    { maxLength: 8 },
  ),
  notes: lines,
}) as fc.Arbitrary<Page>;
