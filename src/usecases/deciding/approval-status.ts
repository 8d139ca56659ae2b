import type { SlotOrigin } from '../../approval/approvers.ts';
import type { RequestLink, RequestStatus } from '../../approval/request.ts';
import { DYNAMIC_MANAGER_ID } from '../../approval/workflow.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import type { StoredStatus } from '../../store/approval-statuses.ts';

/** `vacant`: nobody holds it. `closed`: the request ended without this approver's vote. */
export type ApprovalStatusState = 'pending' | 'approved' | 'rejected' | 'vacant' | 'closed';

/** One approver's place in a request, as the API shows it (Productive's approval_statuses). Times are epoch ms. */
export interface ApprovalStatus {
  id: number;
  requestId: string;
  requestStatus: RequestStatus;
  organizationId: number;
  approvalWorkflowId: number;
  eventId: number;
  approverGroupKey: string;
  origins: readonly SlotOrigin[];
  /** 1 = Manager where the place is held as the requester's manager, else null. */
  dynamicApproverTypeId: number | null;
  /** Whose place it is; null while it is vacant. */
  approverId: number | null;
  /** Who decided it; null until somebody has. */
  actualApproverId: number | null;
  status: ApprovalStatusState;
  /** The comment that came with the vote. */
  note: string | null;
  /** What the vote rests on: a test run, a build; null where none was given. */
  link: RequestLink | null;
  /** The content version the vote saw; null until there is one. */
  contentVersion: number | null;
  approvedAt: number | null;
  rejectedAt: number | null;
  vacantBecause: string | null;
}

/** A stored slot, seen together with its request. */
export function toApprovalStatus(slot: StoredStatus, request: StoredRequest): ApprovalStatus {
  const { vote } = slot;
  const { content } = request;
  return {
    id: slot.id,
    requestId: slot.requestId,
    requestStatus: request.status,
    organizationId: request.organizationId,
    approvalWorkflowId: content.workflow.id,
    eventId: content.event.id,
    approverGroupKey: slot.groupKey,
    origins: slot.origins,
    dynamicApproverTypeId: slot.origins.includes('manager') ? DYNAMIC_MANAGER_ID : null,
    approverId: slot.personId,
    actualApproverId: vote ? slot.personId : null,
    status: slot.state,
    note: vote && vote.comment !== '' ? vote.comment : null,
    link: vote?.link ?? null,
    contentVersion: vote?.contentVersion ?? null,
    approvedAt: vote?.action === 'APPROVE' ? vote.at : null,
    rejectedAt: vote?.action === 'REJECT' ? vote.at : null,
    vacantBecause: slot.vacantBecause,
  };
}
