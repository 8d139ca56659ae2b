import type { EditorValues, WorkflowEditor } from '../../src/approval/workflow-editor.ts';
import type { ChatAccount, CommandAnswer, EditorState } from '../../src/usecases/chat-commands.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import { refreshPeople } from '../../src/usecases/people/find-people.ts';
import { updatePerson } from '../../src/usecases/people/manage-people.ts';
import { openEditor } from '../../src/usecases/workflows/edit-workflow.ts';
import { accepted, adminOf, personId } from './management.ts';
import { STAFF, type StaffName, type World } from './world.ts';

/** Somebody's account in the world's workspace. */
export function accountOf(world: World, name: StaffName): ChatAccount {
  return {
    platform: 'slack',
    organizationId: world.app.organizationId,
    tenant: 'T0ACME',
    externalId: STAFF[name],
  };
}

/** Joins these people to their accounts, as any command or request does. */
export async function meet(world: World, ...names: StaffName[]): Promise<void> {
  const ids = await Promise.all(names.map((name) => personId(world, name)));
  await refreshPeople(world.app.context, world.app.organizationId, ids);
}

export async function makeAdmin(world: World, name: StaffName): Promise<void> {
  const id = await personId(world, name);
  accepted(await updatePerson(world.app.context, adminOf(world), id, { role: 'admin' }));
}

/** Ada, as her account makes her. */
export async function adaOf(world: World): Promise<Principal> {
  return adminOf(world, { personId: await personId(world, 'ada'), tokenId: 'chat', via: 'slack' });
}

/** The form as Ada gets it; throws where she gets none. */
export async function openedBy(
  world: World,
  workflowId: number | null,
  preselected: Parameters<typeof openEditor>[4] = {},
): Promise<WorkflowEditor> {
  return editorIn(
    await openEditor(world.app.context, await adaOf(world), accountOf(world, 'ada'), workflowId, preselected),
  );
}

export function editorIn(answer: CommandAnswer): WorkflowEditor {
  if (answer.kind !== 'editor') throw new Error(`no form: ${JSON.stringify(answer)}`);
  return answer.editor;
}

/** What the form brings back after these changes. */
export function stateOf(editor: WorkflowEditor, changes: Partial<EditorValues> = {}): EditorState {
  return {
    workflowId: editor.workflowId,
    seenAt: editor.seenAt,
    keptPersonIds: editor.kept.personIds,
    values: { ...editor.values, ...changes },
  };
}

export async function idBySlug(
  world: World,
  table: 'events' | 'approval_policies',
  slug: string,
): Promise<number> {
  const row = await world.app.context.db
    .selectFrom(table)
    .select('id')
    .where('slug', '=', slug)
    .executeTakeFirstOrThrow();
  return row.id;
}
