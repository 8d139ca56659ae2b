import type { RequestContent } from '../approval/request.ts';
import type { StoredRequest } from './approval-requests.ts';
import { queryOnce } from './compiled-queries.ts';
import type { Reader, Trx } from './database.ts';
import { fromJson, toJson } from './json.ts';
import type { Row } from './schema.ts';
import { refreshSlots } from './slot-states.ts';

/** Keeps one version of the content; each stays for ever, for the audit. */
export async function insertVersion(
  trx: Trx,
  organizationId: number,
  requestId: string,
  version: number,
  content: RequestContent,
  hash: string,
  changed: readonly string[],
  now: number,
): Promise<void> {
  await addVersion.all(trx, {
    request_id: requestId,
    version,
    organization_id: organizationId,
    content: toJson(content),
    content_hash: hash,
    changed: toJson(changed),
    created_at: now,
  });
}

const addVersion = queryOnce((db, row: Row<'request_versions'>) =>
  db.insertInto('request_versions').values(row),
);

/** What changed after `version`, oldest first, for "changed since you saw it". */
export async function changesSince(db: Reader, requestId: string, version: number): Promise<string[]> {
  const rows = await db
    .selectFrom('request_versions')
    .select('changed')
    .where('request_id', '=', requestId)
    .where('version', '>', version)
    .orderBy('version')
    .execute();
  return rows.flatMap((row) => fromJson<string[]>(row.changed));
}

/** What one version of the content was; null when there is no such version. */
export async function contentAt(
  db: Reader,
  requestId: string,
  version: number,
): Promise<RequestContent | null> {
  const row = await db
    .selectFrom('request_versions')
    .select('content')
    .where('request_id', '=', requestId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row ? fromJson<RequestContent>(row.content) : null;
}

/** Starts a new content version of a locked request; `changed` says in words what is different. */
export async function saveNewVersion(
  trx: Trx,
  request: StoredRequest,
  content: RequestContent,
  hash: string,
  changed: readonly string[],
  now: number,
): Promise<StoredRequest> {
  const version = request.contentVersion + 1;
  await insertVersion(trx, request.organizationId, request.id, version, content, hash, changed, now);
  await replaceContent(trx, request.id, content, hash, version, now);
  return { ...request, content, contentHash: hash, contentVersion: version };
}

/** Fills gaps of the version nobody has seen yet. */
export async function fillVersion(
  trx: Trx,
  request: StoredRequest,
  content: RequestContent,
  hash: string,
  now: number,
): Promise<StoredRequest> {
  await trx
    .updateTable('request_versions')
    .set({ content: toJson(content), content_hash: hash })
    .where('request_id', '=', request.id)
    .where('version', '=', request.contentVersion)
    .execute();
  await replaceContent(trx, request.id, content, hash, request.contentVersion, now);
  return { ...request, content, contentHash: hash };
}

async function replaceContent(
  trx: Trx,
  requestId: string,
  content: RequestContent,
  hash: string,
  version: number,
  now: number,
): Promise<void> {
  await trx
    .updateTable('approval_requests')
    .set({
      content: toJson(content),
      content_hash: hash,
      content_version: version,
      event_id: content.event.id,
      approval_policy_id: content.approvalPolicy.id,
      approval_workflow_id: content.workflow.id,
      requester_id: content.requester.personId,
      updated_at: now,
    })
    .where('id', '=', requestId)
    .execute();
  refreshSlots(trx, requestId);
}
