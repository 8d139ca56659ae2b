import { isObject, type JsonObject, parseJson, stringOf } from '../common/json.ts';
import { ackTrouble, resultOf } from './ack.ts';
import { enterInView, inputBlockIds, touchable } from './act-in-view.ts';
import type { EnteredValues, SubmitResult } from './acts.ts';
import { ApiError } from './api-error.ts';
import { problemLine, problemsOfView } from './check-view.ts';
import { actor, envelope, type Interactions } from './interaction-context.ts';
import { Refusal } from './refusal.ts';
import type { StoredView } from './shown.ts';
import type { Delivery } from './traffic.ts';
import { clientComplaints, stateOf } from './view-state.ts';

const TROUBLE = 'We had some trouble connecting. Try again?';

type Applied = Pick<SubmitResult, 'errors' | 'responseAction' | 'warning'>;

function warn(why: string): Applied {
  return { warning: `${TROUBLE} (${why})` };
}

function showErrors(interactions: Interactions, view: StoredView, errors: unknown): Applied {
  if (!isObject(errors) || Object.keys(errors).length === 0)
    return warn('errors is not an object with messages');
  const inputs = inputBlockIds(view);
  for (const [blockId, message] of Object.entries(errors)) {
    if (!inputs.includes(blockId)) return warn(`errors name "${blockId}", which is no input block`);
    if (typeof message !== 'string' || message === '') return warn(`the error of "${blockId}" is no text`);
  }
  view.shownErrors = errors as Record<string, string>;
  interactions.workspace.changed({ kind: 'view', userId: view.userId });
  return { responseAction: 'errors', errors: view.shownErrors };
}

function showView(
  interactions: Interactions,
  view: StoredView,
  action: 'update' | 'push',
  next: unknown,
): Applied {
  const problems = problemsOfView(next, '/view', 'modal');
  if (problems.length > 0 || !isObject(next)) return warn(problems.map(problemLine).join('; '));
  try {
    if (action === 'update') interactions.views.update(view, next);
    else interactions.views.push(view.userId, next);
  } catch (error) {
    if (error instanceof ApiError) return warn(error.code);
    throw error;
  }
  return { responseAction: action };
}

/** Does what the ack of a submission asks for. */
function applyAck(interactions: Interactions, view: StoredView, delivery: Delivery): Applied {
  const trouble = ackTrouble(delivery);
  if (trouble !== undefined) return warn(trouble);
  if (delivery.responseBody.trim() === '') {
    if (interactions.views.topOf(view.userId)?.id === view.id) interactions.views.closeTop(view.userId);
    return { responseAction: 'close' };
  }
  const body = parseJson(delivery.responseBody);
  if (!isObject(body)) return warn('the ack is neither empty nor JSON');
  switch (body.response_action) {
    case 'errors':
      return showErrors(interactions, view, body.errors);
    case 'update':
    case 'push':
      return showView(interactions, view, body.response_action, body.view);
    case 'clear':
      interactions.views.closeAll(view.userId);
      return { responseAction: 'clear' };
    default:
      return warn(`unknown response_action "${stringOf(body.response_action) ?? ''}"`);
  }
}

function submissionPayload(interactions: Interactions, view: StoredView, triggerId: string): JsonObject {
  return {
    ...envelope(interactions, 'view_submission', actor(interactions, view.userId)),
    trigger_id: triggerId,
    view: interactions.views.json(view, true),
    response_urls: [],
  };
}

/** Fills a modal and presses its submit button. */
export async function submitView(
  interactions: Interactions,
  userId: string,
  viewId: string,
  values: EnteredValues,
  how: { skipClientChecks?: boolean } = {},
): Promise<SubmitResult> {
  const view = touchable(interactions, userId, viewId);
  if (view.type !== 'modal' || !view.submit) throw new Refusal(`view ${viewId} has no submit button`);
  enterInView(interactions, userId, viewId, values);
  const complaints = clientComplaints(view.blocks, stateOf(view.blocks, view.entered));
  if (!how.skipClientChecks && Object.keys(complaints).length > 0) {
    view.shownErrors = complaints;
    interactions.workspace.changed({ kind: 'view', userId });
    return { sent: false, errors: complaints, viewAfter: view };
  }
  const triggerId = interactions.triggers.issue(userId, view.id);
  const payload = submissionPayload(interactions, view, triggerId);
  view.shownErrors = {};
  const delivery = await interactions.carrier.payload(payload);
  const applied = applyAck(interactions, view, delivery);
  const viewAfter = interactions.views.topOf(userId);
  return {
    ...resultOf(delivery, () => TROUBLE),
    payload,
    triggerId,
    ...applied,
    ...(viewAfter && { viewAfter }),
  };
}
