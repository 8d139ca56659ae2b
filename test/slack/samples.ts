import type { ApproverInput } from '../../src/approval/approver-input.ts';
import { type Card, strong, text } from '../../src/approval/card.ts';
import type { EntryForm } from '../../src/approval/form.ts';

export const NOW = Date.UTC(2026, 10, 22, 15, 0);

/** A card an approver sees while the request waits. */
export function waitingCard(change: Partial<Card> = {}): Card {
  return {
    requestId: 'apr_abc',
    cardId: 'crd_1',
    contentVersion: 3,
    summary: 'Approve “Deploy to production” of payments? Asked by Dana Reyes',
    title: 'Deploy to production',
    tone: 'waiting',
    status: [strong('Waiting for your approval'), text(', until '), { kind: 'time', at: NOW + 3_600_000 }],
    details: [
      { label: 'Pipeline', line: [text('payments_deploy · run 214')] },
      {
        label: 'Asked by',
        line: [{ kind: 'person', personId: 1, name: 'Dana Reyes', externalId: 'U0DANA' }],
      },
    ],
    message: 'Payments 4.2.1: new refund flow.\nMigration 0093 adds one nullable column.',
    facts: [
      { name: 'Version', value: '4.2.1' },
      { name: 'Change', value: 'CHG-20417' },
    ],
    links: [{ title: 'Release notes', url: 'https://github.com/acme/payments/releases/4.2.1' }],
    progress: [
      [
        strong('1 of 2 approved'),
        text(': '),
        { kind: 'person', personId: 2, name: 'Ben Ito', externalId: 'U0BEN' },
      ],
    ],
    discussion: [],
    warnings: [],
    notes: [[text('Request apr_abc · content 1a2b3c4d5e6f')]],
    actions: [
      { kind: 'approve', opensForm: false, confirm: 'The pipeline goes on to production.' },
      { kind: 'approve_with_comment' },
      { kind: 'reject' },
    ],
    pipelineUrl: 'https://app.harness.io/ng/account/a/executions/e1',
    deciders: [],
    ...change,
  };
}

export function input(name: string, change: Partial<ApproverInput> = {}): ApproverInput {
  return {
    name,
    defaultValue: '',
    required: false,
    description: null,
    regex: null,
    allowedValues: null,
    selectOneFrom: null,
    selectManyFrom: null,
    ...change,
  };
}

export function approveForm(change: Partial<EntryForm> = {}): EntryForm {
  return {
    cardId: 'crd_1',
    contentVersion: 3,
    kind: 'approve',
    title: 'Approve',
    submitLabel: 'Approve',
    intro: 'Deploy to production: payments_deploy, run 214',
    note: null,
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
