import type { RequestContent } from '../../approval/request.ts';
import { changeRequest, lockRequest, type Posted } from '../../store/approval-requests.ts';
import { writeAudit } from '../../store/audit.ts';
import { oweAllCards } from '../../store/card-debts.ts';
import type { Trx } from '../../store/database.ts';
import { owe } from '../../store/outbox.ts';
import { saveNewVersion } from '../../store/request-versions.ts';
import { voidVotes } from '../../store/votes.ts';
import type { Context } from '../context.ts';

const MOST_AMENDMENTS = 5;
const BETWEEN_AMENDMENTS_MS = 60_000;

/**
 * New content for a request that still waits (R10): a new version, all votes void, every card says so. Too many
 * or too fast, and it is held until an admin has looked. What Harness confirmed meanwhile is asked again.
 */
export async function amendRequest(
  context: Context,
  trx: Trx,
  requestId: string,
  amendment: {
    content: RequestContent;
    posted: Posted;
    postedHash: string;
    disallowRequester: boolean;
    now: number;
  },
): Promise<void> {
  const { now } = amendment;
  const request = (await lockRequest(trx, requestId))!;
  const tooOften =
    request.amendments >= MOST_AMENDMENTS ||
    (request.amendedAt !== null && now - request.amendedAt < BETWEEN_AMENDMENTS_MS);
  // Who asked, and the definitions Harness gave, were settled with Harness; resolving again settles them anew.
  const content: RequestContent = {
    ...amendment.content,
    requester: request.content.requester.verified ? request.content.requester : amendment.content.requester,
    inputs: request.harness.instanceId === null ? amendment.content.inputs : request.content.inputs,
  };
  await voidVotes(trx, requestId, 'the pipeline changed the request');
  await saveNewVersion(
    trx,
    request,
    content,
    context.hash(content),
    describeChange(request.content, content),
    now,
  );
  await changeRequest(
    trx,
    requestId,
    {
      posted: amendment.posted,
      postedHash: amendment.postedHash,
      amendments: request.amendments + 1,
      amendedAt: now,
      disallowRequester: request.disallowRequester || amendment.disallowRequester,
      ...(tooOften && {
        problem: {
          kind: 'amended_too_often' as const,
          detail: 'the pipeline keeps changing what is to be approved. An admin has to look at it first.',
        },
      }),
    },
    now,
  );
  await owe(
    trx,
    { kind: 'resolve_approvers', subjectId: requestId, organizationId: request.organizationId, runAt: now },
    now,
  );
  await oweAllCards(trx, request.organizationId, requestId, now);
  await writeAudit(trx, request.organizationId, {
    at: now,
    actor: { personId: null, via: 'webhook' },
    action: 'amended',
    subjectType: 'approval_request',
    subjectId: requestId,
    detail: { version: request.contentVersion + 1, held: tooOften },
  });
}

/** In words, which parts of the content differ. */
export function describeChange(before: RequestContent, after: RequestContent): string[] {
  const differs = (part: keyof RequestContent) =>
    JSON.stringify(before[part]) !== JSON.stringify(after[part]);
  const changed: string[] = [];
  if (differs('message')) changed.push('the message');
  if (differs('facts')) changed.push('the facts');
  if (differs('links')) changed.push('the links');
  if (differs('inputs')) changed.push('the inputs asked for');
  if (differs('requester')) changed.push('who asked');
  if (differs('execution')) changed.push('the pipeline run');
  if (differs('workflow') || differs('approvalPolicy')) changed.push('the approval workflow');
  return changed.length > 0 ? changed : ['its content'];
}
