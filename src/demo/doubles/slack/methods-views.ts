import { isObject, type JsonObject } from '../common/json.ts';
import type { ApiContext, ApiMethods, AppMethods } from './api-context.ts';
import { ApiError, invalidArguments, refuseView } from './api-error.ts';
import type { Args } from './args.ts';
import { problemsOfMessageBlocks, problemsOfView } from './check-view.ts';
import { SIZE } from './limits.ts';
import type { StoredView } from './shown.ts';

function readView(args: Args, wanted: 'modal' | 'home' | undefined): JsonObject {
  if (!args.has('view')) throw invalidArguments('missing required field: view');
  const view = args.json('view');
  if (!isObject(view)) throw invalidArguments('must provide an object [json-pointer:/view]');
  if (Buffer.byteLength(JSON.stringify(view)) > SIZE.viewBytes) throw new ApiError('view_too_large');
  refuseView(problemsOfView(view, '/view', wanted));
  return view;
}

function sameHash(args: Args, stored: StoredView | undefined): void {
  if (args.has('hash') && stored && args.text('hash') !== stored.hash) throw new ApiError('hash_conflict');
}

function open(args: Args, { views, triggers }: ApiContext): JsonObject {
  const view = readView(args, 'modal');
  const trigger = triggers.exchange(args.need('trigger_id'));
  // Opening from inside a modal stacks the new one on it, which is why push_limit_reached is documented here too.
  const inside =
    trigger.viewId !== undefined && views.stackOf(trigger.userId).some(({ id }) => id === trigger.viewId);
  const opened = inside ? views.push(trigger.userId, view) : views.open(trigger.userId, view);
  return { view: views.json(opened) };
}

function push(args: Args, { views, triggers }: ApiContext): JsonObject {
  const view = readView(args, 'modal');
  const trigger = triggers.exchange(args.need('trigger_id'));
  const under = trigger.viewId === undefined ? undefined : views.find(trigger.viewId);
  if (!under || under.type === 'home') throw new ApiError('not_found');
  return { view: views.json(views.push(trigger.userId, view)) };
}

function update(args: Args, { views }: ApiContext): JsonObject {
  const viewId = args.text('view_id');
  const externalId = args.text('external_id');
  if (!viewId && !externalId) throw invalidArguments('missing required field: view_id');
  const stored = viewId ? views.find(viewId) : views.findExternal(externalId ?? '');
  const view = readView(args, stored?.type);
  if (!stored) throw new ApiError('not_found');
  sameHash(args, stored);
  views.update(stored, view);
  return { view: views.json(stored, true) };
}

function publish(args: Args, { views, workspace }: ApiContext): JsonObject {
  const userId = args.need('user_id');
  const view = readView(args, 'home');
  const person = workspace.people.get(userId);
  if (!person || person.deleted) throw invalidArguments('user_not_found [json-pointer:/user_id]');
  sameHash(args, views.homeOf(userId));
  return { view: views.json(views.publish(userId, view)) };
}

function validate(args: Args): JsonObject {
  const given = ['blocks', 'message', 'view'].filter((name) => args.has(name));
  const [name] = given;
  if (name === undefined || given.length > 1) {
    throw new ApiError('invalid_arguments', {
      response_metadata: { messages: ['must provide exactly one of `blocks`, `view`, or `message`'] },
    });
  }
  const value = args.json(name);
  if (value === undefined || JSON.stringify(value).length > SIZE.validatedCharacters) {
    throw new ApiError('invalid_arguments', {
      response_metadata: { messages: [`invalid JSON in \`${name}\``] },
    });
  }
  // Pointers here start at the value given: https://docs.slack.dev/reference/methods/blocks.validate
  const problems =
    name === 'view'
      ? problemsOfView(value, '')
      : name === 'blocks'
        ? problemsOfMessageBlocks(value, '')
        : problemsOfMessageBlocks(isObject(value) ? (value.blocks ?? []) : value, '/blocks');
  if (problems.length > 0) throw new ApiError(`invalid_${name}`, { errors: problems });
  return {};
}

export const VIEW_METHODS: ApiMethods = {
  'views.open': { tier: 'tier4', run: open },
  'views.push': { tier: 'tier4', run: push },
  'views.update': { tier: 'tier4', run: update },
  'views.publish': { tier: 'tier4', run: publish },
};

export const VALIDATE_METHODS: AppMethods = { 'blocks.validate': { tier: 'tier4', run: validate } };
