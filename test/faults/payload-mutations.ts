import fc from 'fast-check';
import { isObject, type JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { Recorded } from './recorded-payloads.ts';

/** What decides who may do what, and where a mutation therefore hurts most. */
const TENDER = [
  ...[
    'user',
    'user.id',
    'user.team_id',
    'team',
    'team.id',
    'type',
    'actions',
    'actions.0',
    'actions.0.value',
  ],
  ...[
    'actions.0.action_id',
    'actions.0.type',
    'view',
    'view.id',
    'view.type',
    'view.callback_id',
    'view.hash',
  ],
  ...['view.private_metadata', 'view.state', 'view.state.values', 'view.blocks', 'view.previous_view_id'],
  ...[
    'view.app_installed_team_id',
    'view.team_id',
    'channel',
    'channel.id',
    'container',
    'container.is_ephemeral',
  ],
  ...['container.channel_id', 'message', 'message.ts', 'trigger_id', 'response_url', 'enterprise', 'event'],
  ...[
    'event.type',
    'event.user',
    'event.user.id',
    'event.user.team_id',
    'event.tokens',
    'event.tab',
    'team_id',
  ],
  ...[
    'authorizations',
    'user_id',
    'text',
    'command',
    'is_enterprise_install',
    'api_app_id',
    'token',
    'event_id',
  ],
];

const ACTIONS = [
  ...[
    'approve',
    'approve_with_comment',
    'reject',
    'review',
    'ask_question',
    'answer_question',
    'retry_submission',
    'choose_instance',
  ],
  ...['supply_inputs', 'command:1', 'turn:1', 'open_link', 'approve:1', 'reject:9999', 'previewFor'],
];
const COMMAND_VALUES = [
  'delete 2 now',
  'admins add <@U0CAROL>',
  'cancel 1 now',
  'approvers add <@U0CAROL> 2',
  'create',
];
const PEOPLE = [
  'U0ALICE',
  'U0BOB',
  'U0CAROL',
  'U0DANA',
  'U0MARIA',
  'U0SAM',
  'U0GUS',
  'U0GUEST',
  'U0STRANGER',
  'U0NOBODY',
];
const TEAMS = ['T0ACME', 'T0LABS', 'T0BETA', 'T0NOWHERE', ''];
const NASTY: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    2 ** 53,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202ex',
    '💥',
    '{}',
    '[]',
    '__proto__',
    'constructor',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    { id: null },
    { id: {} },
    { 0: 'x' },
    { length: 3 },
    'x'.repeat(100),
    'x'.repeat(100_000),
  ],
  JSON.parse(
    '{"__proto__":{"id":"U0BOB","role":"admin"},"constructor":{"prototype":{"ok":true}},"toString":1}',
  ),
];

interface Change {
  /** Which place: one of the tender ones that are there, or any. */
  tender: boolean;
  at: number;
  how: number;
  pick: number;
}

const change = fc.record({ tender: fc.boolean(), at: fc.nat(), how: fc.nat(11), pick: fc.nat() });

/** Which payload, and what is done to it; `fresh`: with a trigger and a response URL that are good. */
export interface Mutation {
  nth: number;
  fresh: boolean;
  changes: Change[];
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  nth: fc.nat(),
  fresh: fc.boolean(),
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
});

type Path = readonly (string | number)[];

/** A copy of the payload with the changes made. `values` are what buttons and forms of this time carry. */
export function mutated(
  { body }: Recorded,
  changes: readonly Change[],
  values: readonly string[],
): JsonObject {
  let copy: unknown = structuredClone(body);
  for (const one of changes) {
    const places = pathsIn(copy);
    const tender = places.filter((path) => TENDER.includes(path.join('.')));
    const from = one.tender && tender.length > 0 ? tender : places;
    const path = from[one.at % from.length];
    if (path) copy = changed(copy, path, one, places, values);
  }
  return copy as JsonObject;
}

function pathsIn(value: unknown, path: Path = [], depth = 0): Path[] {
  if (depth > 12 || value === null || typeof value !== 'object') return [];
  const own: [string | number, unknown][] = Array.isArray(value)
    ? value.slice(0, 50).map((one, nth) => [nth, one])
    : Object.entries(value);
  return own.flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key], depth + 1)]);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}

function changed(
  root: unknown,
  path: Path,
  { how, pick }: Change,
  places: readonly Path[],
  values: readonly string[],
): unknown {
  const parent = valueAt(root, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1)!;
  const was = parent[key];
  const of = <T>(list: readonly T[]): T => list[pick % list.length]!;
  const put = (value: unknown) => {
    Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
  };
  switch (how) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1:
      if (Array.isArray(parent)) parent.push(structuredClone(was));
      else parent[`${key}2`] = structuredClone(was);
      break;
    case 2:
      put([was]);
      break;
    case 3:
      put({ [of(['id', 'value', 'type', '0'])]: was });
      break;
    case 4:
      put(nested(was, of([10, 100, 1_500])));
      break;
    case 5:
      put(structuredClone(valueAt(root, of(places))));
      break;
    case 6:
    case 7:
      put(other(key, was, of, values));
      break;
    case 8:
      put(
        typeof was === 'string' ? was.slice(0, 100).repeat(of([2, 50, 2_000])) : (JSON.stringify(was) ?? ''),
      );
      break;
    case 9:
      if (!Array.isArray(parent)) {
        const renamed = of([
          '__proto__',
          'constructor',
          `${key} `,
          String(key).toUpperCase(),
          'hasOwnProperty',
        ]);
        Object.defineProperty(parent, renamed, {
          value: was,
          enumerable: true,
          configurable: true,
          writable: true,
        });
        delete parent[key];
      }
      break;
    default:
      put(structuredClone(of(NASTY)));
  }
  return root;
}

function nested(value: unknown, levels: number): unknown {
  let deep = value;
  for (let level = 0; level < levels; level += 1) deep = level % 2 ? [deep] : { id: deep };
  return deep;
}

/** Something of the same kind that belongs to somebody or something else. */
function other(
  key: string | number,
  was: unknown,
  of: <T>(list: readonly T[]) => T,
  values: readonly string[],
): unknown {
  if (typeof was !== 'string') return isObject(was) ? { ...was, id: of(PEOPLE) } : of(NASTY);
  if (/^[UW]0/.test(was)) return of(PEOPLE);
  if (/^T0/.test(was)) return of(TEAMS);
  if (key === 'action_id') return of(ACTIONS);
  if (key === 'value') return of([...values, ...values, ...COMMAND_VALUES]);
  if (key === 'callback_id') return of(['countersign_form', 'countersign_workflow', '']);
  if (key === 'type')
    return of([
      'block_actions',
      'view_submission',
      'view_closed',
      'home',
      'modal',
      'button',
      'event_callback',
      'url_verification',
      'shortcut',
      'block_suggestion',
      'user_change',
      'app_uninstalled',
      'app_rate_limited',
    ]);
  if (key === 'private_metadata') return metadata(was, of, values);
  if (key === 'response_url')
    return of(['https://127.0.0.1:9/', 'http://127.0.0.1:9/', 'file:///etc/passwd', 'javascript:1', 'x']);
  return of([...PEOPLE, ...TEAMS, ...values]);
}

function metadata(was: string, of: <T>(list: readonly T[]) => T, values: readonly string[]): string {
  const [cardId = '', version = '1'] = of(values).split('.');
  const kind = of(['approve', 'reject', 'supply_inputs', 'ask_question', 'answer_question', 'review', 'x']);
  return of([
    JSON.stringify({ cardId, contentVersion: Number(version), kind }),
    JSON.stringify({ cardId, contentVersion: Number(version) + 1, kind }),
    was.replace('"kind":"reject"', '"kind":"approve"'),
    was.replace(/crd_[\w-]+/, cardId),
    `${was}x`,
    `[${was}]`,
    '{"workflowId":2,"seenAt":null,"kept":[1,2,3]}',
  ]);
}
