import { z } from 'zod';
import { clip, withoutTricks } from '../approval/plain-text.ts';
import type { DecisionAction, RequestLink, RequestStatus } from '../approval/request.ts';
import { webUrl } from '../approval/web-url.ts';
import { foreignExecution, invalidRequest, type WireRefusal } from './approval-refusals.ts';
import { isIdentifier } from './identifiers.ts';
import { readJson } from './json-body.ts';
import { scalar, words } from './webhook-fields.ts';

/** What somebody outside votes, as the body of Harness's own approval API says it (harness.md §1.1). */
export interface WireVote {
  action: DecisionAction;
  inputs: readonly { name: string; value: string }[] | null;
  /** They came by the documentation's key alone, which Harness's API does not read. */
  inputsAreIgnorable: boolean;
  comment: string;
  link: RequestLink | null;
  contentVersion: number | null;
}

export type WireRead<T> = { ok: true; value: T } | { ok: false; refusal: WireRefusal };

const COMMENT_MAX = 10_000;

const orNothing = (value: unknown) => value ?? undefined;
const Inputs = z.preprocess(
  orNothing,
  z
    .array(
      z.object({
        name: words(200, 1),
        value: z.preprocess((value) => value ?? '', scalar(10_000)),
      }),
      { error: 'must be a list of {"name", "value"}' },
    )
    .optional(),
);
const Version = z.preprocess(
  (value) =>
    typeof value === 'string' && /^[1-9][0-9]{0,8}$/.test(value) ? Number(value) : orNothing(value),
  z.int().min(1).optional(),
);
const Body = z.object({
  action: z.preprocess(
    orNothing,
    z
      .enum(['APPROVE', 'REJECT'], { error: 'must be one of the values accepted: [APPROVE, REJECT]' })
      .optional(),
  ),
  approver_inputs: Inputs,
  approverInputs: Inputs,
  comments: z.preprocess(
    orNothing,
    z.union([z.string(), z.number(), z.boolean()], { error: 'must be text' }).transform(String).optional(),
  ),
});

/**
 * Reads a vote as Harness does: unknown keys are ignored, numbers become text. Both keys for the inputs are read, the
 * API's own and the one of Harness's documentation; both at once must say the same. Additions of ours: `link` or
 * `links`, what the vote rests on; `content_version`, what was read. `query`: the version may stand there, too.
 */
export function readVote(rawBody: Buffer, query: { contentVersion: unknown }): WireRead<WireVote> {
  const read = readJson(rawBody);
  if (!read.ok) return unreadable(read.message);
  const body = Body.safeParse(read.json);
  if (!body.success) {
    const [issue] = body.error.issues;
    return unreadable(`${issue!.path.join('.') || 'The body'}: ${issue!.message}`);
  }
  const { action, approver_inputs: inputs, approverInputs: documented, comments } = body.data;
  if (action === undefined) return invalid('action in request body should be one of [APPROVE, REJECT]');
  if (inputs && documented && !sameInputs(inputs, documented))
    return invalid('approver_inputs and approverInputs in request body differ: send one of them');
  const more = read.json as Record<string, unknown>;
  const link = readLink(more);
  if (link === undefined)
    return invalid(
      'link in request body should be an address with https, such as https://ci.example.com/runs/7, of at most 1000 characters',
    );
  const version = readVersion([query.contentVersion, more.content_version, more.contentVersion]);
  if (version === undefined)
    return invalid('content_version should be one whole number, as details.contentVersion tells it');
  return {
    ok: true,
    value: {
      action,
      inputs: inputs ?? documented ?? null,
      inputsAreIgnorable: inputs === undefined,
      comment: clip(withoutTricks(comments ?? '').trim(), COMMENT_MAX),
      link,
      contentVersion: version,
    },
  };
}

function sameInputs(left: NonNullable<WireVote['inputs']>, right: NonNullable<WireVote['inputs']>): boolean {
  const essence = (inputs: NonNullable<WireVote['inputs']>) =>
    JSON.stringify(inputs.map(({ name, value }) => [name, value]).sort());
  return essence(left) === essence(right);
}

/** `link` as an address, else the first of `links`; null = none was given, undefined = it is none (R25). */
function readLink({ link, links }: Record<string, unknown>): RequestLink | null | undefined {
  const first: unknown = Array.isArray(links) ? links[0] : links;
  const given = link ?? first ?? null;
  if (given === null || given === '') return null;
  const { title, url } =
    typeof given === 'object' ? (given as Record<string, unknown>) : { title: '', url: given };
  const target = typeof url === 'string' ? webUrl(url.trim(), ['https:']) : null;
  if (!target || target.username || target.password) return undefined;
  const shown = typeof title === 'string' ? withoutTricks(title).replace(/\s+/g, ' ').trim() : '';
  return { title: clip(shown, 100), url: target.href };
}

/** null = none was given; undefined = it cannot be told which one is meant. */
function readVersion(given: readonly unknown[]): number | null | undefined {
  const versions = new Set<number>();
  for (const one of given) {
    const version = Version.safeParse(one);
    if (!version.success) return undefined;
    if (version.data !== undefined) versions.add(version.data);
  }
  if (versions.size > 1) return undefined;
  return [...versions][0] ?? null;
}

/** The run that path, query and headers name. An identifier that none can have belongs to no request. */
export function readExecution(
  path: { org: string; project: string; executionId: string },
  callbackId: unknown,
  account: string | null,
): WireRead<{ org: string; project: string; planExecutionId: string; callbackId: string | null }> {
  const { org, project, executionId: planExecutionId } = path;
  const known =
    isIdentifier('name', org) && isIdentifier('name', project) && isIdentifier('id', planExecutionId);
  if (!known) return { ok: false, refusal: foreignExecution({ account, org, project }) };
  if (callbackId === undefined || callbackId === '')
    return { ok: true, value: { org, project, planExecutionId, callbackId: null } };
  if (typeof callbackId !== 'string') return invalid('callback_id should be given once');
  return { ok: true, value: { org, project, planExecutionId, callbackId } };
}

const STATUSES: readonly RequestStatus[] = [
  'WAITING',
  'APPROVED',
  'REJECTED',
  'FAILED',
  'ABORTED',
  'EXPIRED',
];
const TYPES = ['HarnessApproval', 'JiraApproval', 'CustomApproval', 'ServiceNowApproval'];

/** What a list is narrowed by (harness.md §2.1). `nothing`: by a kind of approval that there is none of here. */
export function readFilters(query: {
  status: unknown;
  type: unknown;
}): WireRead<{ status: RequestStatus | null; nothing: boolean }> {
  const status = STATUSES.find((one) => one === query.status) ?? null;
  if (query.status !== undefined && status === null)
    return invalid(`approval_status param value should be one of [${STATUSES.join(', ')}]`);
  const type = TYPES.find((one) => one === query.type) ?? null;
  if (query.type !== undefined && type === null)
    return invalid(`approval_type param value should be one of [${TYPES.join(', ')}]`);
  return { ok: true, value: { status, nothing: type !== null && type !== 'HarnessApproval' } };
}

function invalid(text: string): { ok: false; refusal: WireRefusal } {
  return { ok: false, refusal: invalidRequest(text) };
}

/** As Dropwizard says it, which no filter of Harness rewrites (E15). */
function unreadable(details: string): { ok: false; refusal: WireRefusal } {
  return {
    ok: false,
    refusal: { status: 400, body: { code: 400, message: 'Unable to process JSON', details } },
  };
}
