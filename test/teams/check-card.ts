import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';

export type Json = Record<string, unknown>;

const SCHEMA = new URL('../fixtures/adaptive-cards/adaptive-card-1.5.0.schema.json', import.meta.url);

const HOST = new URL('../fixtures/adaptive-cards/teams-light.hostconfig.json', import.meta.url);

const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(SCHEMA, 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema(schema, 'cards');

const validators = new Map<string, ValidateFunction>();

function validatorOf(type: string): ValidateFunction | null {
  if (!(type in schema.definitions)) return null;
  const made = validators.get(type) ?? ajv.compile({ $ref: `cards#/definitions/${type}` });
  validators.set(type, made);
  return made;
}

export function objectsWithin(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(objectsWithin);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Json, ...Object.values(value).flatMap(objectsWithin)];
}

/** The elements and actions, not what their data carries. */
export function nodesIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  if (typeof value !== 'object' || value === null) return [];
  const { data: _data, ...rest } = value as Json;
  return [value as Json, ...Object.values(rest).flatMap(nodesIn)];
}

/** Documented extensions of Teams that the schema does not know. */
function withoutExtensions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutExtensions);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'msteams' && key !== 'choices.data');
  const plain = Object.fromEntries(entries.map(([key, within]) => [key, withoutExtensions(within)]));
  // Version 1.5 has it; its schema forgot.
  if (plain.type === 'Input.ChoiceSet' && plain.style === 'filtered') plain.style = 'compact';
  return plain;
}

const CHILDREN = ['items', 'columns', 'body', 'actions', 'inlines', 'choices'] as const;
const CHILD = ['fallback', 'selectAction', 'refresh', 'card'] as const;

/** Without what is checked by itself: the schema's errors about children name every kind of element there is. */
function alone(node: Json): Json {
  const copy: Json = { ...node };
  for (const key of CHILDREN) if (Array.isArray(copy[key])) copy[key] = [];
  for (const key of CHILD) delete copy[key];
  return copy;
}

/** Node by node first, for words that help; then the whole. Empty = the official schema of 1.5 takes it. */
export function problemsOfSchema(card: unknown): string[] {
  const plain = withoutExtensions(card) as Json;
  const problems = nodesIn(plain).flatMap((node) => {
    const type = typeof node.type === 'string' ? node.type : null;
    if (type === null) return [];
    const valid = validatorOf(type);
    if (!valid) return [`unknown type ${type}`];
    return valid(alone(node))
      ? []
      : (valid.errors ?? []).map((error) => `${type}${error.instancePath} ${error.message}`);
  });
  const whole = validatorOf('AdaptiveCard')!;
  if (problems.length === 0 && !whole(plain)) problems.push(...(whole.errors ?? []).map(String));
  return problems;
}

// The package's own main does not load under Node; its UMD bundle does.
const official: typeof import('adaptivecards') = createRequire(import.meta.url)(
  'adaptivecards/dist/adaptivecards.js',
);

/** A picker of people begins with no choice as Teams documents it; the parser wants one of every menu. */
function withStandIns(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStandIns);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, within]) => [key, withStandIns(within)]));
  if ('choices.data' in copy && (copy.choices as unknown[]).length === 0)
    copy.choices = [{ title: 'somebody', value: '-' }];
  return copy;
}

/** What Microsoft's own parser finds wrong with the card; it knows choices.data. */
export function problemsOfParser(card: unknown): string[] {
  const context = new official.SerializationContext();
  const parsed = new official.AdaptiveCard();
  parsed.hostConfig = new official.HostConfig(JSON.parse(readFileSync(HOST, 'utf8')));
  parsed.parse(withStandIns(card), context);
  const seen = Array.from(
    { length: context.eventCount },
    (_event, index) => context.getEventAt(index).message,
  );
  return [...seen, ...parsed.validateProperties().validationEvents.map(({ message }) => message)];
}

/** Types whose words clients read as Markdown. */
const MARKED = new Set(['TextBlock', 'FactSet', 'Fact', 'Table']);

/**
 * What would let words from outside be more than words: an element that reads Markdown, an error message or title of a
 * tick box that is not plain, a date that is expanded where it is not ours, an id that is not one of ours.
 */
export function looseWords(card: unknown): string[] {
  const problems: string[] = [];
  for (const node of nodesIn(card)) {
    const { type, text, id } = node;
    if (MARKED.has(String(type))) problems.push(`${type} reads Markdown`);
    if (type === 'TextRun' && !OWN_MOMENT.test(String(text)) && String(text).includes('{{'))
      problems.push(`expands ${text}`);
    for (const key of ['label', 'title', 'tooltip', 'placeholder', 'errorMessage', 'fallbackText'])
      if (String(node[key] ?? '').includes('{{')) problems.push(`expands in ${key}`);
    if (String(node.errorMessage ?? '').match(/[*_`[\]<>]/)) problems.push('an error message with marks');
    if (id !== undefined && !OWN_ID.test(String(id))) problems.push(`id ${id}`);
    if (type === 'Input.ChoiceSet' && (node.style === 'expanded' || node.isMultiSelect === true))
      for (const { title } of node.choices as Json[])
        if (!('choices.data' in node) && /[*`[\]<>\\]|(^|\W)_|_(\W|$)/.test(String(title)))
          problems.push(`a tick box reads Markdown: ${title}`);
  }
  return problems;
}

const ISO = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';
const OWN_MOMENT = new RegExp(`^\\{\\{DATE\\(${ISO},SHORT\\)\\}\\} \\{\\{TIME\\(${ISO}\\)\\}\\}$`);
const OWN_ID =
  /^(comment|question|(input|answer)-\d+|eventId|policyId|requirementId|approvers|managerApproves|fallbackApprovers|subscribers|managerSubscribes|channels|disallowRequester|checksFirst|previewFor)$/;

/** Everything a reader sees, in order, each paragraph a line. */
export function wordsOf(card: unknown): string[] {
  return nodesIn(card).flatMap(({ type, inlines, label, title }) => {
    if (type === 'RichTextBlock') return [(inlines as Json[]).map((run) => run.text).join('')];
    if (typeof label === 'string') return [label];
    return typeof title === 'string' && type !== undefined ? [`[${title}]`] : [];
  });
}

export function actionsIn(card: unknown): Json[] {
  return objectsWithin(card).filter((one) => String(one.type).startsWith('Action.'));
}
