const NOON = 1_700_000_000_000;

type Sample = readonly [table: string, row: Readonly<Record<string, unknown>>];

const request = (n: number, more: Readonly<Record<string, unknown>> = {}): Sample => [
  'approval_requests',
  {
    ...{
      id: `apr_${n}`,
      number: n,
      organization_id: 1,
      opened_by: 'bootstrap',
      event_id: 1,
      requester_id: 3,
    },
    ...{ account: 'acme', org: 'default', project: 'payments', execution_id: `run${n}`, callback_id: '' },
    ...{ approval_policy_id: 1, approval_workflow_id: 1, status: 'WAITING', posted: '{}', posted_hash: 'p' },
    content: JSON.stringify({ execution: { pipeline: `pipe${n}` }, message: 'grüße – “ä” 𝄞' }),
    ...{ content_hash: `h${n}`, harness: '{}', created_at: NOON + n, updated_at: NOON + n },
    ...more,
  },
];

const card = (n: number, more: Readonly<Record<string, unknown>>): Sample => [
  'cards',
  {
    ...{ id: `crd_${n}`, organization_id: 1, request_id: `apr_${n}`, request_number: n, platform: 'slack' },
    ...{ target_kind: 'person', target_id: 'U1', person_id: 1, part: 'approver', state: 'posted' },
    ...{ channel: 'D1', message: `${n}.1`, created_at: NOON, ...more },
  },
];

/**
 * A small organization with open and decided requests, by table and column: each version takes what it has a place for,
 * parents first. Ids are numbers where the product's are.
 */
export function rowsOfEveryVersion(): Sample[] {
  const made = { organization_id: 1, created_at: NOON, updated_at: NOON };
  const person = { ...made, kind: 'human', role: 'member', status: 'active', name: 'Somebody Else' };
  return [
    ...Object.entries({ people: 3, events: 1, audit_events: 2 }).map(
      ([name, value]): Sample => ['counters', { name, value }],
    ),
    ['organizations', { id: 1, name: 'Acme', domains: '["acme.io"]', created_at: NOON }],
    ['people', { ...person, id: 1, email: 'alice@acme.io', name: 'Alice Émile Müller', role: 'admin' }],
    ['people', { ...person, id: 2, email: null, kind: 'machine', owner_id: 1 }],
    ['people', { ...person, id: 3, email: 'dana@acme.io', manager_id: 1, status: 'deactivated' }],
    [
      'identities',
      {
        ...{ organization_id: 1, platform: 'slack', tenant: 'T0ACME', external_id: 'U1', person_id: 1 },
        ...{ standing: 'member', checked_at: NOON },
      },
    ],
    ['events', { ...made, id: 1, name: 'Deploy', slug: 'deploy', description: null }],
    [
      'event_pipelines',
      { ...{ organization_id: 1, event_id: 1, account: 'acme', org: 'default', project: '' }, pipeline: '' },
    ],
    ['approval_policies', { ...made, id: 1, name: 'Standard', slug: 'standard', is_default: 1 }],
    [
      'approval_policy_assignments',
      { organization_id: 1, id: 1, approval_policy_id: 1, target_id: 3, created_at: NOON },
    ],
    [
      'approval_workflows',
      { ...made, id: 1, approval_policy_id: 1, event_id: 1, approval_requirement_id: 2 },
    ],
    [
      'approval_workflow_people',
      { organization_id: 1, approval_workflow_id: 1, part: 'approver', person_id: 1, position: 0 },
    ],
    request(1),
    request(2, {
      status: 'APPROVED',
      decision: JSON.stringify({ action: 'APPROVE', personId: 1, how: 'vote', at: NOON + 5 }),
    }),
    request(3, { status: 'WAITING', problem: 'no_approver', problem_detail: 'nobody' }),
    request(4, { status: 'EXPIRED', closed_reason: 'too late' }),
    [
      'request_versions',
      {
        ...{ request_id: 'apr_1', version: 1, organization_id: 1, content: '{}', content_hash: 'h1' },
        ...{ changed: '[]', created_at: NOON },
      },
    ],
    [
      'slots',
      {
        id: 1,
        organization_id: 1,
        request_id: 'apr_1',
        group_key: 'any',
        person_id: 1,
        origins: '["explicit"]',
      },
    ],
    [
      'slots',
      {
        ...{ id: 2, organization_id: 1, request_id: 'apr_2', group_key: 'any', person_id: 1 },
        ...{ origins: '["explicit"]', state: 'approved' },
      },
    ],
    [
      'votes',
      {
        ...{ id: 1, organization_id: 1, request_id: 'apr_2', content_version: 1, person_id: 1 },
        ...{ action: 'APPROVE', inputs: '{}', comment: 'fine', via: 'slack', created_at: NOON },
      },
    ],
    card(1, {}),
    card(2, {}),
    card(3, { target_kind: 'channel', target_id: 'C1', person_id: null, part: 'subscriber', channel: 'C1' }),
    card(4, { state: 'unreachable', channel: null, message: null, detail: 'left' }),
    [
      'submissions',
      {
        ...{ request_id: 'apr_2', organization_id: 1, action: 'APPROVE', inputs: '{}', comments: 'by Alice' },
        ...{ state: 'queued', created_at: NOON, updated_at: NOON },
      },
    ],
    [
      'outbox',
      {
        ...{ kind: 'submit_approval', subject_id: 'apr_2', organization_id: 1, state: 'due', run_at: NOON },
        first_due_at: NOON,
      },
    ],
    [
      'webhook_messages',
      {
        ...{ organization_id: 1, token: 'bootstrap', webhook_id: 'msg_1', body_hash: 'b' },
        ...{ request_id: 'apr_1', created_at: NOON },
      },
    ],
    ...[1, 2].map(
      (id): Sample => [
        'audit_events',
        {
          ...{ id, organization_id: 1, at: NOON + id, person_id: id === 1 ? 1 : null, via: 'slack' },
          ...{ action: 'voted', subject_type: 'approval_request', subject_id: 'apr_2', detail: '{"a":1}' },
        },
      ],
    ),
    [
      'tokens',
      {
        ...{ id: 1, organization_id: 1, hash: 'x', name: 'CI', person_id: 2, role: 'member' },
        created_at: NOON,
      },
    ],
    [
      'slack_installations',
      {
        ...{ team_id: 'T0ACME', organization_id: 1, team_name: 'Acme', app_id: 'A0', bot_user_id: 'UB' },
        ...{ scopes: '[]', state: 'active', created_at: NOON, updated_at: NOON },
      },
    ],
    [
      'questions',
      { id: 1, organization_id: 1, request_id: 'apr_1', asker_id: 1, text: 'why?', asked_at: NOON },
    ],
    [
      'card_replies',
      {
        ...{ id: 1, organization_id: 1, card_id: 'crd_1', reply_key: 'opened', line: '[]' },
        ...{ state: 'pending', created_at: NOON },
      },
    ],
    [
      'teams_conversations',
      {
        ...{ organization_id: 1, tenant: 't', external_id: 'e', scope: 'personal', conversation_id: 'c' },
        ...{ service_url: 'https://x', state: 'active', updated_at: NOON },
      },
    ],
  ];
}
