import { z } from 'zod';
import type { ApproverInput } from '../approval/approver-input.ts';
import type { Execution, Fact, RequestLink } from '../approval/request.ts';
import { BODY_MAX, readJson } from './json-body.ts';
import { isLoopback } from './paths.ts';
import {
  blank,
  duration,
  emailHint,
  flag,
  identifier,
  label,
  moment,
  scalar,
  words,
} from './webhook-fields.ts';
import { Inputs } from './webhook-inputs.ts';

/** What a pipeline asks for, checked. Content of the request; whether it may ask is not decided here. */
export interface PipelineWebhook {
  execution: Omit<Execution, 'url'>;
  /** As posted: see executionUrlOn (R25). */
  executionUrl: string | null;
  /** Lower case; null when absent, unresolved or no e-mail. A hint only (R5). */
  triggeredByEmail: string | null;
  /** '' when the pipeline gave none. */
  message: string;
  /** An id, a slug, or null for the usual choice (R6). */
  approvalPolicy: { id: number } | { slug: string } | null;
  /** null = not said, Harness's count; [] = said that there are none (R4). */
  inputs: readonly ApproverInput[] | null;
  facts: readonly Fact[];
  links: readonly RequestLink[];
  /** true makes the workflow stricter; false says nothing. */
  disallowRequester: boolean;
  /** As posted: an epoch ms, or ms after the webhook's arrival; null = none. */
  expiry: { at: number } | { afterMs: number } | null;
}

export type WebhookParsed =
  | { ok: true; webhook: PipelineWebhook }
  | {
      ok: false;
      status: 400 | 413;
      /** Names every wrong field and the remedy; quotes nothing of the body. */
      message: string;
      /** The first wrong field, as `approverInputs.0.regex`. */
      field?: string;
      /** Where the body stops being JSON, in characters from 0. */
      offset?: number;
    };

const FACTS_MAX = 20;
const LINKS_MAX = 10;
const URL_MAX = 2000;

const optional = <T extends z.ZodType>(type: T) =>
  z.preprocess(blank, type.optional()).transform((value) => value ?? null);

const Policy = z.unknown().transform((value, context): { id: number } | { slug: string } => {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text)) return { id: Number(text) };
  if (typeof text === 'string' && /^[a-z][a-z0-9-]{0,99}$/.test(text)) return { slug: text };
  context.addIssue({
    code: 'custom',
    message: 'must be a policy’s number or its slug, such as 12 or two-people',
  });
  return z.NEVER;
});

const Link = z
  .object(
    {
      title: optional(label(100)),
      url: words(URL_MAX, 1).refine((url) => httpsUrl(url) !== null, {
        error: 'must be an https address without user name or password',
      }),
    },
    { error: 'must be an object with a title and a url' },
  )
  .transform(({ title, url }): RequestLink => {
    const parsed = httpsUrl(url);
    return { title: title ?? parsed?.host ?? '', url: parsed?.href ?? url };
  });

const Body = z
  .object(
    {
      accountIdentifier: identifier('id', '<+account.identifier>'),
      orgIdentifier: identifier('name', '<+org.identifier>'),
      projectIdentifier: identifier('name', '<+project.identifier>'),
      pipelineIdentifier: identifier('name', '<+pipeline.identifier>'),
      planExecutionId: identifier('id', '<+pipeline.executionId>'),
      callbackId: optional(identifier('callbackId', 'the callback id')),
      executionUrl: optional(words(URL_MAX, 0).nullable().catch(null)),
      triggeredByEmail: emailHint,
      message: optional(scalar(3000)),
      approvalPolicy: optional(Policy),
      approverInputs: z.preprocess((value) => value ?? undefined, Inputs.optional()),
      facts: optional(
        z
          .array(
            z.object(
              { name: label(100), value: z.preprocess((value) => value ?? '', scalar(1000)) },
              { error: 'must be an object with name and value' },
            ),
            { error: 'must be a list of {name, value}' },
          )
          .max(FACTS_MAX, { error: `must hold at most ${FACTS_MAX} facts` }),
      ),
      links: optional(
        z
          .array(Link, { error: 'must be a list of {title, url}' })
          .max(LINKS_MAX, { error: `must hold at most ${LINKS_MAX} links` }),
      ),
      disallowRequester: flag,
      expiresAt: optional(moment),
      expiresIn: optional(duration),
    },
    { error: 'must be a JSON object' },
  )
  .superRefine((body, context) => {
    if (body.expiresAt !== null && body.expiresIn !== null)
      context.addIssue({ code: 'custom', path: ['expiresIn'], message: 'and expiresAt exclude each other' });
  });

/** Reads a webhook's body as JSON, whatever it says. Never throws. */
export function readWebhookBody(
  rawBody: Buffer,
): { ok: true; json: unknown } | Extract<WebhookParsed, { ok: false }> {
  if (rawBody.length > BODY_MAX)
    return { ok: false, status: 413, message: 'The body is larger than 256 KiB: send ids, not documents.' };
  const read = readJson(rawBody);
  return read.ok ? read : { ok: false, status: 400, message: read.message, offset: read.offset };
}

/** Reads the body of `POST /hooks/harness/:event` and checks it. Never throws; unknown keys are ignored. */
export function parseWebhook(rawBody: Buffer): WebhookParsed {
  const read = readWebhookBody(rawBody);
  return read.ok ? checkWebhook(read.json) : read;
}

/** Checks what the body of a webhook says. Never throws; unknown keys are ignored. */
export function checkWebhook(json: unknown): WebhookParsed {
  const parsed = Body.safeParse(json);
  if (!parsed.success) return refusal(parsed.error.issues);
  const { data } = parsed;
  return {
    ok: true,
    webhook: {
      execution: {
        account: data.accountIdentifier,
        org: data.orgIdentifier,
        project: data.projectIdentifier,
        pipeline: data.pipelineIdentifier,
        planExecutionId: data.planExecutionId,
        callbackId: data.callbackId ?? '',
      },
      executionUrl: data.executionUrl,
      triggeredByEmail: data.triggeredByEmail,
      message: data.message ?? '',
      approvalPolicy: data.approvalPolicy,
      inputs: data.approverInputs ?? null,
      facts: data.facts ?? [],
      links: data.links ?? [],
      disallowRequester: data.disallowRequester,
      expiry: expiryOf(data.expiresAt, data.expiresIn),
    },
  };
}

function expiryOf(at: number | null, afterMs: number | null): PipelineWebhook['expiry'] {
  if (at !== null) return { at };
  return afterMs === null ? null : { afterMs };
}

const PROBLEMS_SHOWN = 5;

function refusal(issues: readonly z.core.$ZodIssue[]): WebhookParsed {
  const problems = issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  const shown = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ field, message }) => `${field || 'The body'}${joined(message)}.`);
  const more = problems.length - shown.length;
  if (more > 0) shown.push(`${more} more ${more === 1 ? 'problem' : 'problems'}.`);
  const field = problems[0]?.field;
  return { ok: false, status: 400, message: shown.join(' '), ...(field ? { field } : {}) };
}

/** "callbackId: Harness did not resolve …" but "callbackId must …". */
function joined(message: string): string {
  return message.startsWith('Harness') ? `: ${message}` : ` ${message}`;
}

function httpsUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && url.protocol === 'https:' && !url.username && !url.password ? url : null;
}

/** R25: the run's address if it is on `host` (host[:port] of HARNESS_BASE_URL), else null. */
export function executionUrlOn(host: string, url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  const secure = parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopback(parsed.hostname));
  return secure && parsed.host === host && !parsed.username && !parsed.password ? parsed.href : null;
}
