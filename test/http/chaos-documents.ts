import fc from 'fast-check';

export const TYPES = [
  ...['approval_workflows', 'approval_policies', 'approval_policy_assignments', 'events', 'people'],
  ...['approval_requests', 'approval_statuses', 'audit_events', 'api_tokens', 'organizations', 'decisions'],
] as const;
const NASTY = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'],
  ...['', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '💥', '﷽', "'; drop table people; --", '%00'],
  ...[
    '../../etc/passwd',
    '%',
    '_',
    '\\',
    '*',
    '$where',
    '{{7*7}}',
    'null',
    'undefined',
    'NaN',
    '-0',
    '1e400',
  ],
  ...['999999999999999999999', '0x1', '1.5', 'true', 'İ', 'ß', 'a'.repeat(2_000)],
];
const NAMES = [
  ...['id', 'name', 'slug', 'description', 'type_id', 'default', 'event_id', 'approval_policy_id'],
  ...['approval_requirement_id', 'target_type_id', 'approver_ids', 'subscriber_ids', 'fallback_approver_ids'],
  ...['dynamic_approver_ids', 'dynamic_approvers_ids', 'dynamic_subscriber_ids', 'subscriber_channels'],
  ...['disallow_requester', 'expiry_action', 'person_id', 'target_type', 'first_name', 'last_name', 'email'],
  ...['title', 'manager_id', 'role', 'slack_user_id', 'teams_user_id', 'status', 'query', 'approver_id'],
  ...['requester_id', 'execution_id', 'created_at', 'at', 'action', 'subject_type', 'subject_id', 'via'],
  ...['note', 'inputs', 'content_version', 'from_person_id', 'to_person_id', 'machine', 'owner_email'],
  ...['events', 'pipelines', 'may_choose_policy', 'color_id', 'event_type_id', 'limitation_type_id'],
  ...['half_day_bookings', 'absence_type', 'approval_workflow_id', 'approval_request_id', 'archived_at'],
];
export const RELATIONSHIPS = [
  ...[
    'organization',
    'event',
    'approval_policy',
    'approvers',
    'subscribers',
    'fallback_approvers',
    'manager',
  ],
  ...['person', 'owner', 'approver', 'workflow', 'approval_statuses', 'approval_request', 'requester'],
  ...['approvers.manager', 'person.manager.manager', 'decisions', 'approval_policy_assignment'],
];
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  approval_policies: ['archive', 'restore'],
  events: ['archive', 'restore'],
  people: ['archive', 'restore', 'activate', 'deactivate'],
  approval_statuses: ['approve', 'reject'],
  approval_requests: ['cancel', 'retry_submission', 'reassign'],
  api_tokens: ['revoke'],
};

export const type = fc.constantFrom(...TYPES);
export const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 20, unit: 'binary' }));
export const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom(...RELATIONSHIPS) },
  { weight: 1, arbitrary: nasty },
);
export const smallId = fc.integer({ min: 1, max: 12 });
export const id = fc.oneof(
  { weight: 8, arbitrary: smallId.map(String) },
  { weight: 2, arbitrary: fc.constantFrom('apr_1', '0', '99999', '-1', '1e3', '999999999999999') },
  { weight: 1, arbitrary: nasty },
);
export const sane = fc.oneof(
  smallId,
  smallId.map(String),
  fc.array(smallId, { maxLength: 4 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('Deploy', 'Vault', 'admin', 'member', 'pipeline', 'person', 'expire', 'reject', 'slack'),
  fc.constantFrom(
    'alice@acme.io',
    'new@acme.io',
    'U0ALICE',
    'U0NOBODY',
    'deploy-to-production',
    'CHG1234567',
  ),
  fc.constantFrom('2026-11-22T10:00:00Z', '2026-02-30', 'WAITING', 'pending', 'time_off', 'remote_work'),
);
const channel = fc.record({
  platform: fc.constantFrom('slack', 'teams', 'irc'),
  channel_id: fc.oneof(fc.constant('C0123456789'), nasty),
});
const pipeline = fc.record({ account: nasty, org: nasty, project: nasty, pipeline: nasty });
const value = fc.oneof(
  { weight: 12, arbitrary: sane },
  { weight: 2, arbitrary: nasty },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(1e308, -1e-308, 2 ** 63)),
  },
  { weight: 1, arbitrary: fc.array(nasty, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.oneof(channel, pipeline), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(nasty, nasty, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.constant({ meta: { included: false } }) },
);
const identifier = fc.record({ type: fc.oneof(type, nasty), id: fc.oneof(id, smallId, value) });
const linkage = fc.oneof(identifier, fc.array(identifier, { maxLength: 3 }), fc.constant(null), value);

const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('Deploy', 'Vault', 'Alice', 'Ünal', 'ci', 'gate 7', '1', '💥 now'),
  },
  { weight: 1, arbitrary: nasty },
);

/** Attributes as a good client sends them; the first so many are required to create. */
const GOOD: Readonly<
  Record<string, { required: number; fields: Readonly<Record<string, fc.Arbitrary<unknown>>> }>
> = {
  approval_workflows: {
    required: 3,
    fields: {
      event_id: fc.integer({ min: 1, max: 60 }),
      approval_policy_id: fc.integer({ min: 1, max: 3 }),
      approval_requirement_id: fc.integer({ min: 1, max: 3 }),
      approver_ids: fc.array(smallId, { minLength: 1, maxLength: 4 }),
      subscriber_ids: fc.array(smallId.map(String), { maxLength: 2 }),
      dynamic_approver_ids: fc.constantFrom([], [1], ['1']),
      disallow_requester: fc.boolean(),
      subscriber_channels: fc.array(channel, { maxLength: 2 }),
    },
  },
  events: {
    required: 1,
    fields: { name: word, description: word, pipelines: fc.array(pipeline, { maxLength: 2 }) },
  },
  approval_policies: { required: 1, fields: { name: word, description: word, default: fc.boolean() } },
  approval_policy_assignments: {
    required: 2,
    fields: {
      approval_policy_id: fc.integer({ min: 1, max: 3 }),
      person_id: fc.integer({ min: 1, max: 60 }),
    },
  },
  people: {
    required: 1,
    fields: { first_name: word, last_name: word, email: fc.emailAddress(), manager_id: smallId, title: word },
  },
  api_tokens: {
    required: 2,
    fields: { role: fc.constantFrom('admin', 'member', 'pipeline'), machine: word },
  },
  approval_statuses: {
    required: 0,
    fields: {
      note: word,
      content_version: fc.constant(1),
      inputs: fc.dictionary(nasty, nasty, { maxKeys: 1 }),
    },
  },
  approval_requests: { required: 0, fields: { note: word, from_person_id: smallId, to_person_id: smallId } },
};
export const WRITABLE = Object.keys(GOOD);

/** A write that should do, as far as one can know. */
export function goodDocument(of: string, isNew: boolean): fc.Arbitrary<unknown> {
  const { required, fields } = GOOD[of]!;
  const requiredKeys = isNew ? Object.keys(fields).slice(0, required) : [];
  return fc.record(fields, { requiredKeys }).map((attributes) => ({ data: { type: of, attributes } }));
}

const chaos = fc.dictionary(name, value, { maxKeys: 5 });
const attributesOf = (of: string) =>
  Object.hasOwn(GOOD, of)
    ? fc.oneof(
        chaos,
        fc.tuple(fc.record(GOOD[of]!.fields), chaos).map(([one, other]) => ({ ...one, ...other })),
      )
    : chaos;

/** What only looks like a write, more or less. */
export const documentOf = (of: string, at: string | null) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record(
          {
            type: fc.oneof({ weight: 20, arbitrary: fc.constant(of) }, { weight: 1, arbitrary: value }),
            id:
              at === null ? fc.oneof(id, value) : fc.oneof({ weight: 9, arbitrary: fc.constant(at) }, value),
            attributes: fc.oneof(
              { weight: 20, arbitrary: attributesOf(of) },
              { weight: 1, arbitrary: value },
            ),
            relationships: fc.dictionary(
              fc.oneof(fc.constantFrom(...RELATIONSHIPS), nasty),
              fc.oneof(fc.record({ data: linkage }), fc.constant({ meta: { included: false } }), value),
              { maxKeys: 2 },
            ),
          },
          { requiredKeys: ['type', 'attributes'] },
        )
        .map((data) => ({ data }) as unknown),
    },
    { weight: 2, arbitrary: fc.record({ data: linkage }) },
    { weight: 1, arbitrary: fc.anything({ maxDepth: 3 }) },
  );

/** What happens to a body on its way. */
export const damage = fc.oneof(
  { weight: 20, arbitrary: fc.constant((text: string) => text) },
  { weight: 1, arbitrary: fc.constantFrom(twice, deep, cut, huge, long, padded, control, wide) },
);
function twice(text: string): string {
  return text.replace(
    '"attributes":{',
    '"attributes":{"name":"first","name":"second","__proto__":{"role":"admin"},',
  );
}
function deep(text: string): string {
  return text.replace(/:(?=[^:]*$)/, `:${'['.repeat(5_000)}${']'.repeat(5_000)},"x":`);
}
function cut(text: string): string {
  return text.slice(0, text.length >> 1);
}
function huge(text: string): string {
  return text.replace(/\d+/g, `1${'0'.repeat(400)}`);
}
function long(text: string): string {
  return text.replace('"attributes":{', `"attributes":{"name":"${'x'.repeat(200 * 1024)}",`);
}
function padded(text: string): string {
  return text + ' '.repeat(200 * 1024);
}
function control(text: string): string {
  return text.replace('"', '"\\u0000\\ud800');
}
function wide(text: string): string {
  const members = Array.from({ length: 5_000 }, (_, i) => `"a${i}":${i}`).join();
  return text.replace('"attributes":{', `"attributes":{${members},`);
}
