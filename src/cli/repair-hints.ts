import type { RequestProblem } from '../approval/request.ts';
import type { Submission } from '../approval/submission.ts';

/** What to do about a request on hold. `id` goes into the command to copy. */
export function problemRemedy(kind: RequestProblem, id: string): string {
  switch (kind) {
    case 'no_approver':
    case 'vacant_slot':
      return `npm run admin -- reassign ${id} vacant SOMEBODY@EXAMPLE.COM, or cancel it`;
    case 'ambiguous_instance':
      return chooseGate(id);
    case 'missing_input':
      return 'give the step’s input a default value in the pipeline, run it again, and cancel this request';
    case 'no_workflow':
      return `add the workflow to your seed file, load it, then npm run admin -- release ${id}`;
    default:
      return `look at it; if it is right: npm run admin -- release ${id}, else: npm run admin -- cancel ${id} REASON`;
  }
}

/** What to do about a submission that goes no further by itself; null = nothing. */
export function submissionRemedy({ state }: Pick<Submission, 'state'>, id: string): string | null {
  switch (state) {
    case 'dead':
      return `mend the cause, then npm run admin -- retry ${id}`;
    case 'ambiguous':
      return chooseGate(id);
    case 'needs_input':
      return 'whoever decided corrects the inputs on their card';
    case 'partial':
      return 'the step wants more approvals (minimumCount) than the bot may give: set it to 1';
    case 'conflict':
      return 'nothing: what Harness says is what happened; everybody on the request was told';
    default:
      return null;
  }
}

/** Harness shows its instances' ids nowhere; the bot lists them in chat. */
function chooseGate(id: string): string {
  return `in chat, as an admin: /approvals choose ${id}, which lists the gates; or npm run admin -- choose ${id} INSTANCE`;
}
