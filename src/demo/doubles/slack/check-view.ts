import { isObject, objectsIn } from '../common/json.ts';
import { anything, type Check, flag, oneOf, Place, type Problem, shape, text } from './check.ts';
import { checkBlocks } from './check-blocks.ts';
import { plainText } from './check-texts.ts';
import { LENGTH } from './limits.ts';

const common = {
  private_metadata: text(LENGTH.privateMetadata, 0),
  callback_id: text(LENGTH.callbackId, 0),
  external_id: text(LENGTH.externalId, 0),
};
const blocks: Check = (value, at) => checkBlocks(value, at);

const modal = shape(
  { type: anything, title: plainText(LENGTH.viewTitle), blocks },
  {
    ...common,
    submit: plainText(LENGTH.viewButton),
    close: plainText(LENGTH.viewButton),
    clear_on_close: flag,
    notify_on_close: flag,
    submit_disabled: flag,
  },
  (view, at) => {
    const hasInput = objectsIn(view.blocks).some((block) => block.type === 'input');
    if (hasInput && !('submit' in view)) at.report('missing required field: submit', { type: 'required' });
  },
);

const home = shape({ type: anything, blocks }, common);

/** Everything Slack would find wrong with a view; `wanted` is the type the calling method takes. */
export function problemsOfView(view: unknown, pointer: string, wanted?: 'modal' | 'home'): Problem[] {
  const type = isObject(view) && view.type === 'home' ? 'home' : 'modal';
  const at = new Place(pointer, type);
  if (!isObject(view)) at.report('must provide an object', { type: 'object' });
  else if (wanted !== undefined && view.type !== wanted) oneOf(wanted)(view.type, at.child('type'));
  else if (view.type === 'modal') modal(view, at);
  else if (view.type === 'home') home(view, at);
  else oneOf('modal', 'home')(view.type, at.child('type'));
  return at.problems;
}

/** Everything Slack would find wrong with the blocks of a message. */
export function problemsOfMessageBlocks(value: unknown, pointer: string): Problem[] {
  const at = new Place(pointer, 'message');
  checkBlocks(value, at);
  return at.problems;
}

/** A problem as it reads in `response_metadata.messages`. */
export function problemLine(problem: Problem): string {
  return `${problem.message} [json-pointer:${problem.pointer}]`;
}
