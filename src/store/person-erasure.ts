import { sql } from 'kysely';
import { SETTLED_SUBMISSIONS } from '../approval/submission.ts';
import type { Reader, Trx } from './database.ts';
import { toJson } from './json.ts';
import { changePerson } from './person-columns.ts';
import {
  formerTraces,
  GONE,
  jsonEraser,
  mayName,
  pseudonymOf,
  type Traces,
  textEraser,
} from './person-traces.ts';

/** Where texts may name somebody: the table, its key, its JSON, its plain texts. */
const PLACES = [
  {
    table: 'approval_requests',
    key: 'id',
    json: ['posted', 'content', 'not_asked', 'excluded_emails', 'harness', 'decision', 'reassigned'],
    text: ['problem_detail', 'closed_reason'],
  },
  { table: 'request_versions', key: 'request_id', json: ['content', 'changed'], text: [] },
  { table: 'slots', key: 'id', json: ['origins'], text: ['vacant_because'] },
  { table: 'votes', key: 'id', json: ['inputs', 'link'], text: ['comment', 'void_because'] },
  { table: 'questions', key: 'id', json: [], text: ['text', 'answer'] },
  {
    table: 'submissions',
    key: 'request_id',
    json: ['inputs', 'input_problems'],
    text: ['comments', 'detail'],
  },
  { table: 'cards', key: 'id', json: [], text: ['detail'] },
  { table: 'card_replies', key: 'id', json: ['line'], text: [] },
  { table: 'notices', key: 'id', json: ['page'], text: ['detail'] },
  { table: 'outbox', key: 'subject_id', json: [], text: ['last_error'] },
  { table: 'slack_installations', key: 'team_id', json: [], text: ['installed_by'] },
] as const;

export type Place = (typeof PLACES)[number];
export const PLACES_OF_TEXT: readonly Place[] = PLACES;

/** Keys of the rows of a place that may name the person. */
export async function rowsNaming(
  db: Reader,
  organizationId: number,
  traces: Traces,
  { table, key, json, text }: Place,
): Promise<(string | number)[]> {
  const { rows } = await sql<{
    key: string | number;
  }>`select distinct ${sql.ref(key)} as key from ${sql.table(table)}
    where organization_id = ${organizationId} and ${mayName(traces, columnsOf({ json, text }))}`.execute(db);
  return rows.map((row) => row.key);
}

/** Puts the pseudonym into these rows of a place. */
export async function eraseInRows(
  trx: Trx,
  traces: Traces,
  { table, key, json, text }: Place,
  keys: readonly (string | number)[],
): Promise<void> {
  const erase = textEraser(traces);
  const eraseJson = jsonEraser(erase);
  const columns = columnsOf({ json, text });
  const { rows } = await sql<Record<string, unknown>>`select ${sql.join(
    [
      key,
      ...(table === 'request_versions' ? ['version'] : []),
      ...(table === 'outbox' ? ['kind'] : []),
      ...columns,
    ].map((column) => sql.ref(column)),
  )} from ${sql.table(table)} where ${sql.ref(key)} in (${sql.join(keys)})`.execute(trx);
  for (const row of rows) {
    const changed = columns.flatMap((column) => {
      const was = row[column];
      if (typeof was !== 'string') return [];
      const is = (json as readonly string[]).includes(column) ? eraseJson(was) : erase(was);
      return is === was ? [] : [sql`${sql.ref(column)} = ${is}`];
    });
    if (changed.length === 0) continue;
    const same = ['version', 'kind']
      .filter((one) => one in row)
      .map((one) => sql`and ${sql.ref(one)} = ${row[one]}`);
    await sql`update ${sql.table(table)} set ${sql.join(changed)}
      where ${sql.ref(key)} = ${row[key]} ${sql.join(same, sql` `)}`.execute(trx);
  }
}

function columnsOf({ json, text }: { json: readonly string[]; text: readonly string[] }): string[] {
  return [...json, ...text];
}

/** What names the person now; null = there is nobody of that id. */
export async function tracesOf(db: Reader, organizationId: number, personId: number): Promise<Traces | null> {
  const person = await db
    .selectFrom('people')
    .select(['name', 'email'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', personId)
    .executeTakeFirst();
  if (!person) return null;
  const known = await db
    .selectFrom('identities')
    .select('external_id')
    .where('person_id', '=', personId)
    .execute();
  const wanted = await db
    .selectFrom('identity_changes')
    .select('external_id')
    .where('person_id', '=', personId)
    .execute();
  const lines = await db
    .selectFrom('audit_events')
    .select('detail')
    .where('organization_id', '=', organizationId)
    .where('subject_type', '=', 'person')
    .where('subject_id', '=', String(personId))
    .where('action', '!=', 'erased')
    .execute();
  const former = lines.map(({ detail }) => formerTraces(detail));
  const accounts = [...known, ...wanted].map(({ external_id }) => external_id);
  return {
    personId,
    names: distinct([person.name, ...former.flatMap(({ names }) => names)]),
    emails: distinct([person.email ?? '', ...former.flatMap(({ emails }) => emails)]),
    accounts: distinct([...accounts, ...former.flatMap((one) => one.accounts)]),
  };
}

/** Without repeats, and without what is too short to name anybody. */
function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.map((text) => text.trim()))].filter((text) => text.length > 1);
}

/** Ids of requests, `limit` at most, that still need who the person is: open ones, and decisions still to be told. */
export async function requestsNeeding(
  db: Reader,
  organizationId: number,
  traces: Traces,
  limit: number,
): Promise<string[]> {
  const { personId } = traces;
  const isAbout = sql`(r.requester_id = ${personId}
    or ${mayName(traces, ['r.content', 'r.posted', 'r.excluded_emails'])})`;
  const { rows } = await sql<{ id: string }>`select r.id from approval_requests r
    where r.organization_id = ${organizationId} and r.status = 'WAITING' and (${isAbout}
      or exists (select 1 from slots s where s.request_id = r.id and s.person_id = ${personId}))
    union select r.id from submissions s join approval_requests r on r.id = s.request_id
      where s.organization_id = ${organizationId}
        and s.state not in (${sql.join([...SETTLED_SUBMISSIONS, 'dead'])}) and (${isAbout}
          or exists (select 1 from votes v where v.request_id = r.id and v.person_id = ${personId}))
    limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Takes the person's own words out of requests: comments and links of votes, questions, answers, why they cancelled. */
export async function eraseOwnWords(trx: Trx, personId: number): Promise<void> {
  const votes = await trx
    .selectFrom('votes')
    .select(['id', 'request_id', 'comment'])
    .where('person_id', '=', personId)
    .where((eb) => eb.or([eb('comment', '!=', ''), eb('link', 'is not', null)]))
    .execute();
  const questions = await trx
    .selectFrom('questions')
    .select(['id', 'request_id', 'asker_id'])
    .where((eb) => eb.or([eb('asker_id', '=', personId), eb('answered_by', '=', personId)]))
    .execute();
  for (const { id, request_id, comment } of votes) {
    await eraseReplies(trx, request_id, [`vote-${id}-`, `check-${personId}-`]);
    if (comment !== '') await eraseTold(trx, request_id);
  }
  for (const { id, request_id, asker_id } of questions)
    await eraseReplies(trx, request_id, [
      `answer-${id}`,
      ...(asker_id === personId ? [`question-${id}`] : []),
    ]);
  await eraseWhyCancelled(trx, personId);
  await trx.updateTable('votes').set({ comment: '', link: null }).where('person_id', '=', personId).execute();
  await trx.updateTable('questions').set({ text: GONE }).where('asker_id', '=', personId).execute();
  await trx.updateTable('questions').set({ answer: GONE }).where('answered_by', '=', personId).execute();
}

async function eraseWhyCancelled(trx: Trx, personId: number): Promise<void> {
  const cancelled = await trx
    .selectFrom('approval_requests')
    .innerJoin('audit_events', 'audit_events.subject_id', 'approval_requests.id')
    .select('approval_requests.id')
    .distinct()
    .where('audit_events.subject_type', '=', 'approval_request')
    .where('audit_events.action', '=', 'cancel')
    .where('audit_events.person_id', '=', personId)
    .where('approval_requests.status', '=', 'ABORTED')
    .execute();
  for (const { id } of cancelled) {
    await eraseReplies(trx, id, ['closed-ABORTED']);
    await trx
      .updateTable('approval_requests')
      .set({ closed_reason: `by ${pseudonymOf(personId)}` })
      .where('id', '=', id)
      .execute();
  }
}

/** What Harness was told keeps its first line, which is the bot's own (R12); people's words below it may be cut anywhere. */
async function eraseTold(trx: Trx, requestId: string): Promise<void> {
  const submission = await trx
    .selectFrom('submissions')
    .select('comments')
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  const [first, ...words] = submission?.comments.split('\n') ?? [];
  if (words.length === 0) return;
  await trx
    .updateTable('submissions')
    .set({ comments: `${first}\n${GONE}` })
    .where('request_id', '=', requestId)
    .execute();
}

/** Takes the words out of lines in the threads of a request's cards: a key as it is, or by its beginning up to a dash. */
async function eraseReplies(trx: Trx, requestId: string, keys: readonly string[]): Promise<void> {
  const replies = await trx
    .selectFrom('card_replies')
    .innerJoin('cards', 'cards.id', 'card_replies.card_id')
    .select(['card_replies.id', 'card_replies.reply_key'])
    .where('cards.request_id', '=', requestId)
    .execute();
  const line = toJson([{ kind: 'text', text: GONE }]);
  for (const { id, reply_key } of replies)
    if (keys.some((key) => (key.endsWith('-') ? reply_key.startsWith(key) : reply_key === key)))
      await trx.updateTable('card_replies').set({ line }).where('id', '=', id).execute();
}

/**
 * Gives tokens that are called after the person a name after their numbers, and to all that goes by a token's name the
 * same: who opened a request, and which webhook-ids came (R16, R26), stays known.
 */
export async function renameTokens(trx: Trx, organizationId: number, traces: Traces): Promise<void> {
  const erase = textEraser(traces);
  const { rows } = await sql<{ id: number; name: string }>`select id, name from tokens
    where organization_id = ${organizationId} and ${mayName(traces, ['name'])}`.execute(trx);
  for (const { id, name } of rows) {
    if (erase(name) === name) continue;
    const instead = `erased-${traces.personId}-${id}`;
    await trx.updateTable('tokens').set({ name: instead }).where('id', '=', id).execute();
    for (const [table, column] of BY_TOKEN_NAME)
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${instead}
        where organization_id = ${organizationId} and ${sql.ref(column)} = ${name}`.execute(trx);
  }
}

const BY_TOKEN_NAME = [
  ['approval_requests', 'opened_by'],
  ['webhook_messages', 'token'],
  ['followed_executions', 'token'],
] as const;

/** Removes what was said, or is still to be said, to the person's accounts alone. */
export async function dropNotices(trx: Trx, organizationId: number, { accounts }: Traces): Promise<void> {
  if (accounts.length === 0) return;
  const notices = await trx
    .selectFrom('notices')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('external_id', 'in', accounts)
    .execute();
  for (const { id } of notices) {
    await trx.deleteFrom('outbox').where('kind', '=', 'post_notice').where('subject_id', '=', id).execute();
    await trx.deleteFrom('notices').where('id', '=', id).execute();
  }
}

/** Leaves of the person their id, role and times alone; their accounts, Homes and notices go, their cards lose their place. */
export async function pseudonymise(trx: Trx, { personId, accounts }: Traces, now: number): Promise<void> {
  const cards = await trx.selectFrom('cards').select('id').where('person_id', '=', personId).execute();
  for (const { id } of cards)
    await trx
      .updateTable('cards')
      .set({
        target_id: `erased-${personId}-${id}`,
        channel: null,
        message: null,
        state: 'gone',
        detail: null,
      })
      .where('id', '=', id)
      .execute();
  const homes = await trx
    .selectFrom('homes')
    .select('id')
    .where((eb) =>
      eb.or([
        eb('person_id', '=', personId),
        ...(accounts.length > 0 ? [eb('external_id', 'in', accounts)] : []),
      ]),
    )
    .execute();
  for (const { id } of homes) {
    await trx.deleteFrom('outbox').where('kind', '=', 'sync_home').where('subject_id', '=', id).execute();
    await trx.deleteFrom('homes').where('id', '=', id).execute();
  }
  await trx.deleteFrom('identities').where('person_id', '=', personId).execute();
  await trx.deleteFrom('identity_changes').where('person_id', '=', personId).execute();
  await trx
    .updateTable('tokens')
    .set({ revoked_at: now })
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .execute();
  if (accounts.length > 0)
    await trx.deleteFrom('teams_conversations').where('external_id', 'in', accounts).execute();
  await changePerson(
    trx,
    personId,
    {
      ...{ name: pseudonymOf(personId), first_name: '', last_name: '', title: null, email: null },
      ...{ role: 'member', status: 'deactivated', manager_id: null },
    },
    now,
  );
}
