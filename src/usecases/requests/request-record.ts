import type { InputValues } from '../../approval/approver-input.ts';
import type { ApprovalRequest, DecisionAction, RequestLink } from '../../approval/request.ts';
import type { SubmissionState } from '../../approval/submission.ts';
import { statusesOfRequests } from '../../store/approval-statuses.ts';
import type { Reader } from '../../store/database.ts';
import type { ListedRequest } from '../../store/list-requests.ts';
import { cardsOfRequests, submissionsOfRequests, votesOfRequests } from '../../store/request-parts.ts';
import { type ApprovalStatus, toApprovalStatus } from '../deciding/approval-status.ts';

/** One approval request with what hangs on it, as the API shows it. Times are epoch ms. */
export interface RequestRecord {
  /** The `apr_…` id. */
  id: string;
  /** Content, workflow snapshot, requester, hash, decision, Harness's view: as the rules know them. */
  request: ApprovalRequest;
  /** Counts up in the order requests were opened; `sort=id` goes by it. */
  number: number;
  /** Name of the token that opened it. */
  openedBy: string;
  amendments: number;
  updatedAt: number;
  notAsked: readonly { who: string; why: string }[];
  statuses: readonly ApprovalStatus[];
  decisions: readonly DecisionRecord[];
  submission: SubmissionRecord | null;
  cards: readonly CardRecord[];
}

/** One vote ever cast, of any version; `voidBecause` says why it does not count. */
export interface DecisionRecord {
  id: number;
  requestId: string;
  personId: number;
  action: DecisionAction;
  note: string;
  /** What it rests on; null = none was given. */
  link: RequestLink | null;
  inputs: InputValues;
  contentVersion: number;
  /** slack, teams, api, harness_api. */
  via: string;
  at: number;
  voidBecause: string | null;
}

/** How far telling Harness has come. */
export interface SubmissionRecord {
  action: DecisionAction;
  state: SubmissionState;
  attempts: number;
  /** Why it is not delivered. */
  detail: string | null;
  inputProblems: Readonly<Record<string, string>>;
  createdAt: number;
}

/** One message in one place that shows the request. */
export interface CardRecord {
  id: string;
  platform: 'slack' | 'teams';
  /** null for a channel. */
  personId: number | null;
  target: { kind: 'person' | 'channel'; externalId: string };
  part: 'approver' | 'subscriber' | 'requester' | 'admin' | 'former';
  state: 'pending' | 'posting' | 'posted' | 'unreachable' | 'gone';
  /** Why it is unreachable. */
  detail: string | null;
}

/** Reads what hangs on these requests, all at once. */
export async function toRecords(db: Reader, requests: readonly ListedRequest[]): Promise<RequestRecord[]> {
  const ids = requests.map((request) => request.id);
  if (ids.length === 0) return [];
  const slots = Map.groupBy(await statusesOfRequests(db, ids), (slot) => slot.requestId);
  const votes = Map.groupBy(await votesOfRequests(db, ids), (vote) => vote.requestId);
  const cards = Map.groupBy(await cardsOfRequests(db, ids), (card) => card.requestId);
  const submissions = await submissionsOfRequests(db, ids);
  return requests.map((request) => {
    const submission = submissions.get(request.id);
    return {
      id: request.id,
      request,
      number: request.number,
      openedBy: request.openedBy,
      amendments: request.amendments,
      updatedAt: request.updatedAt,
      notAsked: request.notAsked,
      statuses: (slots.get(request.id) ?? []).map((slot) => toApprovalStatus(slot, request)),
      decisions: (votes.get(request.id) ?? []).map(({ values, comment, ...vote }) => ({
        ...vote,
        note: comment,
        inputs: values,
      })),
      submission: submission
        ? {
            action: submission.action,
            state: submission.state,
            attempts: submission.posts,
            detail: submission.detail,
            inputProblems: submission.inputProblems,
            createdAt: submission.createdAt,
          }
        : null,
      cards: (cards.get(request.id) ?? []).map(({ id, platform, personId, target, part, state, detail }) => ({
        id,
        platform,
        personId,
        target,
        part,
        state,
        detail,
      })),
    };
  });
}
