import type { FieldProblem, ManageRefusal } from '../usecases/managing/managing.ts';
import { wrong } from './answers.ts';
import type { CommandOutcome } from './command.ts';

/** What the API's fields are called in a sentence. */
const FIELD_WORDS: Readonly<Record<string, string>> = {
  event: 'The event',
  approval_policy: 'The approval policy',
  approval_requirement_id: 'The approval requirement',
  approver_ids: 'The list of approvers',
  subscriber_ids: 'The list of subscribers',
  fallback_approver_ids: 'The list of fallback approvers',
  dynamic_approver_ids: 'The dynamic approvers',
  dynamic_subscriber_ids: 'The dynamic subscribers',
  subscriber_channels: 'The channels',
  manager: 'The manager',
  person: 'The person',
  org_identifier: 'The organization',
  project_identifier: 'The project',
  pipeline_identifier: 'The pipeline',
  account_identifier: 'The account',
  role: 'The role',
};

/** Sentences that read badly as field and detail. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  "approver list can't be empty":
    'The list of approvers can’t be empty: somebody has to approve. Add somebody else first.',
};

/** A refusal of a use case in words; `missing` says what was not found. */
export function refusalWords(refusal: ManageRefusal, missing: string): string {
  if (refusal.kind === 'not_found') return missing;
  if (refusal.kind === 'invalid') return refusal.problems.map(problemWords).join(' ');
  return refusal.why;
}

/** The refusal as the command's answer. */
export function refusedFor(refusal: ManageRefusal, missing: string): CommandOutcome {
  return wrong(refusalWords(refusal, missing));
}

/** One wrong field as a sentence. */
export function problemWords({ field, detail }: FieldProblem): string {
  return OWN_WORDS[detail] ?? `${FIELD_WORDS[field] ?? field} ${detail.replaceAll("'", '’')}.`;
}
