import { type Kysely, sql } from 'kysely';

/**
 * Portable between SQLite and PostgreSQL: epoch-millisecond bigint, JSON as text, 0/1 integers,
 * numeric ids from `counters`, '' instead of NULL wherever a column is part of a unique key.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('counters')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('organizations')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('domains', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('people')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('kind', 'text', (c) => c.notNull().check(sql`kind in ('human', 'machine')`))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('email', 'text')
    .addColumn('role', 'text', (c) => c.notNull().check(sql`role in ('member', 'admin')`))
    .addColumn('status', 'text', (c) => c.notNull().check(sql`status in ('active', 'deactivated')`))
    .addColumn('manager_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('owner_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('archived_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('people_email')
    .unique()
    .on('people')
    .columns(['organization_id', 'email'])
    .where('email', 'is not', null)
    .execute();
  await db.schema.createIndex('people_manager').on('people').column('manager_id').execute();

  await db.schema
    .createTable('identities')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('tenant', 'text', (c) => c.notNull())
    .addColumn('external_id', 'text', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('standing', 'text', (c) =>
      c.notNull().check(sql`standing in ('member', 'deactivated', 'guest', 'stranger', 'bot')`),
    )
    .addColumn('checked_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('identities_key', ['organization_id', 'platform', 'tenant', 'external_id'])
    .execute();
  await db.schema
    .createIndex('identities_person')
    .unique()
    .on('identities')
    .columns(['person_id', 'platform', 'tenant'])
    .execute();

  await db.schema
    .createTable('events')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('slug', 'text', (c) => c.notNull())
    .addColumn('description', 'text')
    .addColumn('archived_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('events_slug', ['organization_id', 'slug'])
    .execute();

  // '' in a column means: any.
  await db.schema
    .createTable('event_pipelines')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('event_id', 'bigint', (c) => c.notNull().references('events.id'))
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('org', 'text', (c) => c.notNull())
    .addColumn('project', 'text', (c) => c.notNull())
    .addColumn('pipeline', 'text', (c) => c.notNull())
    .addColumn('step', 'text', (c) => c.notNull().defaultTo(''))
    .addPrimaryKeyConstraint('event_pipelines_key', [
      'event_id',
      'account',
      'org',
      'project',
      'pipeline',
      'step',
    ])
    .execute();

  await db.schema
    .createTable('approval_policies')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('slug', 'text', (c) => c.notNull())
    .addColumn('description', 'text')
    .addColumn('type_id', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('is_custom', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('is_default', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('archived_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('approval_policies_slug', ['organization_id', 'slug'])
    .execute();
  await db.schema
    .createIndex('approval_policies_one_default')
    .unique()
    .on('approval_policies')
    .column('organization_id')
    .where(sql.ref('is_default'), '=', sql.lit(1))
    .execute();

  await db.schema
    .createTable('approval_policy_assignments')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('approval_policy_id', 'bigint', (c) => c.notNull().references('approval_policies.id'))
    .addColumn('target_type', 'text', (c) => c.notNull().defaultTo('person'))
    .addColumn('target_id', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('approval_policy_assignments_target', [
      'organization_id',
      'target_type',
      'target_id',
    ])
    .execute();

  await db.schema
    .createTable('approval_workflows')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('approval_policy_id', 'bigint', (c) => c.notNull().references('approval_policies.id'))
    .addColumn('event_id', 'bigint', (c) => c.references('events.id'))
    .addColumn('target_type_id', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('approval_requirement_id', 'integer', (c) =>
      c.notNull().check(sql`approval_requirement_id in (1, 2, 3)`),
    )
    .addColumn('dynamic_approver_ids', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('dynamic_subscriber_ids', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('subscriber_channels', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('disallow_requester', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('expiry_action', 'text', (c) =>
      c.notNull().defaultTo('expire').check(sql`expiry_action in ('expire', 'reject')`),
    )
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('approval_workflows_one', [
      'organization_id',
      'approval_policy_id',
      'event_id',
      'target_type_id',
    ])
    .execute();
  await db.schema
    .createIndex('approval_workflows_event')
    .on('approval_workflows')
    .column('event_id')
    .execute();

  await db.schema
    .createTable('approval_workflow_people')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('approval_workflow_id', 'bigint', (c) =>
      c.notNull().references('approval_workflows.id').onDelete('cascade'),
    )
    .addColumn('part', 'text', (c) => c.notNull().check(sql`part in ('approver', 'subscriber', 'fallback')`))
    .addColumn('person_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('approval_workflow_people_key', ['approval_workflow_id', 'part', 'person_id'])
    .execute();
  await db.schema
    .createIndex('approval_workflow_people_person')
    .on('approval_workflow_people')
    .column('person_id')
    .execute();

  await db.schema
    .createTable('approval_requests')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('number', 'bigint', (c) => c.notNull().unique())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('opened_by', 'text', (c) => c.notNull())
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('org', 'text', (c) => c.notNull())
    .addColumn('project', 'text', (c) => c.notNull())
    .addColumn('execution_id', 'text', (c) => c.notNull())
    .addColumn('callback_id', 'text', (c) => c.notNull().defaultTo(''))
    .addColumn('generation', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('event_id', 'bigint', (c) => c.notNull())
    .addColumn('approval_policy_id', 'bigint', (c) => c.notNull())
    .addColumn('approval_workflow_id', 'bigint', (c) => c.notNull())
    .addColumn('requester_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('status', 'text', (c) =>
      c.notNull().check(sql`status in ('WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED', 'FAILED')`),
    )
    .addColumn('problem', 'text')
    .addColumn('problem_detail', 'text')
    .addColumn('posted', 'text', (c) => c.notNull())
    .addColumn('posted_hash', 'text', (c) => c.notNull())
    .addColumn('content', 'text', (c) => c.notNull())
    .addColumn('content_version', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('content_hash', 'text', (c) => c.notNull())
    .addColumn('amendments', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('amended_at', 'bigint')
    .addColumn('late_change_at', 'bigint')
    .addColumn('released', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('revoked', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('reassigned', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('resolved', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('not_asked', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('disallow_requester', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('excluded_emails', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('expires_at', 'bigint')
    .addColumn('decision', 'text')
    .addColumn('closed_reason', 'text')
    .addColumn('harness', 'text', (c) => c.notNull())
    .addColumn('revision', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('approval_requests_key', [
      'organization_id',
      'account',
      'org',
      'project',
      'execution_id',
      'callback_id',
      'generation',
    ])
    .execute();
  // R2: one live request per key, whatever the generation.
  await db.schema
    .createIndex('approval_requests_live')
    .unique()
    .on('approval_requests')
    .columns(['organization_id', 'account', 'org', 'project', 'execution_id', 'callback_id'])
    .where(sql.ref('status'), '=', sql.lit('WAITING'))
    .execute();
  await db.schema
    .createIndex('approval_requests_status')
    .on('approval_requests')
    .columns(['organization_id', 'status', 'number'])
    .execute();
  await db.schema
    .createIndex('approval_requests_workflow')
    .on('approval_requests')
    .columns(['approval_workflow_id', 'status'])
    .execute();

  await db.schema
    .createTable('request_versions')
    .addColumn('request_id', 'text', (c) => c.notNull().references('approval_requests.id'))
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('content', 'text', (c) => c.notNull())
    .addColumn('content_hash', 'text', (c) => c.notNull())
    .addColumn('changed', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('request_versions_key', ['request_id', 'version'])
    .execute();

  await db.schema
    .createTable('slots')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('request_id', 'text', (c) => c.notNull().references('approval_requests.id'))
    .addColumn('group_key', 'text', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('origins', 'text', (c) => c.notNull())
    .addColumn('vacant_because', 'text')
    .execute();
  await db.schema.createIndex('slots_request').on('slots').column('request_id').execute();
  await db.schema.createIndex('slots_person').on('slots').columns(['person_id', 'request_id']).execute();

  await db.schema
    .createTable('votes')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('request_id', 'text', (c) => c.notNull().references('approval_requests.id'))
    .addColumn('content_version', 'integer', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.notNull().references('people.id'))
    .addColumn('action', 'text', (c) => c.notNull().check(sql`action in ('APPROVE', 'REJECT')`))
    .addColumn('inputs', 'text', (c) => c.notNull())
    .addColumn('comment', 'text', (c) => c.notNull())
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('void_because', 'text')
    .addUniqueConstraint('votes_one_per_person', ['request_id', 'content_version', 'person_id'])
    .execute();

  await db.schema
    .createTable('cards')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('request_id', 'text', (c) => c.notNull().references('approval_requests.id'))
    .addColumn('platform', 'text', (c) => c.notNull())
    .addColumn('target_kind', 'text', (c) => c.notNull().check(sql`target_kind in ('person', 'channel')`))
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('person_id', 'bigint', (c) => c.references('people.id'))
    .addColumn('part', 'text', (c) =>
      c.notNull().check(sql`part in ('approver', 'subscriber', 'requester', 'admin', 'former')`),
    )
    .addColumn('state', 'text', (c) =>
      c.notNull().check(sql`state in ('pending', 'posting', 'posted', 'unreachable', 'gone')`),
    )
    .addColumn('channel', 'text')
    .addColumn('message', 'text')
    .addColumn('posting_since', 'bigint')
    .addColumn('detail', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('cards_one_per_target', ['request_id', 'platform', 'target_kind', 'target_id'])
    .execute();

  await db.schema
    .createTable('submissions')
    .addColumn('request_id', 'text', (c) => c.primaryKey().references('approval_requests.id'))
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('action', 'text', (c) => c.notNull().check(sql`action in ('APPROVE', 'REJECT')`))
    .addColumn('inputs', 'text', (c) => c.notNull())
    .addColumn('comments', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('posts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('detail', 'text')
    .addColumn('input_problems', 'text', (c) => c.notNull().defaultTo('{}'))
    .addColumn('revision', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('outbox')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('subject_id', 'text', (c) => c.notNull())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('state', 'text', (c) => c.notNull().check(sql`state in ('due', 'done', 'dead')`))
    .addColumn('wanted_revision', 'bigint', (c) => c.notNull().defaultTo(1))
    .addColumn('done_revision', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('run_at', 'bigint', (c) => c.notNull())
    .addColumn('leased_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('lease', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('crashes', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('first_due_at', 'bigint', (c) => c.notNull())
    .addColumn('last_error', 'text')
    .addPrimaryKeyConstraint('outbox_key', ['kind', 'subject_id'])
    .execute();
  await db.schema
    .createIndex('outbox_due')
    .on('outbox')
    .column('run_at')
    .where(sql.ref('state'), '=', sql.lit('due'))
    .execute();

  // R26: a webhook-id is unique per token for ever.
  await db.schema
    .createTable('webhook_messages')
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('token', 'text', (c) => c.notNull())
    .addColumn('webhook_id', 'text', (c) => c.notNull())
    .addColumn('body_hash', 'text', (c) => c.notNull())
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('webhook_messages_key', ['organization_id', 'token', 'webhook_id'])
    .execute();

  await db.schema
    .createTable('audit_events')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('organization_id', 'bigint', (c) => c.notNull().references('organizations.id'))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('person_id', 'bigint')
    .addColumn('via', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('subject_type', 'text', (c) => c.notNull())
    .addColumn('subject_id', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('audit_events_subject')
    .on('audit_events')
    .columns(['subject_type', 'subject_id', 'id'])
    .execute();
  await db.schema
    .createIndex('audit_events_newest')
    .on('audit_events')
    .columns(['organization_id', 'id'])
    .execute();
}
