import { type Person, selfOf } from '../../approval/person.ts';
import type { Execution } from '../../approval/request.ts';
import type { StoredRequest } from '../../store/approval-requests.ts';
import type { Reader } from '../../store/database.ts';
import { personById } from '../../store/people.ts';
import { type ApiToken, type PipelinePattern, type TokenScope, tokenByName } from '../../store/tokens.ts';

/** The name under which requests of the bootstrap WEBHOOK_TOKEN are kept; no other token may have it. */
export const BOOTSTRAP = 'bootstrap';

/** Whether a text fits a pattern whose `*` stands for any run of characters; linear, whatever the pattern (R24). */
export function fitsPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  const last = rest.pop() ?? '';
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function fitsPipeline(pattern: PipelinePattern, execution: Execution): boolean {
  return (['account', 'org', 'project', 'pipeline'] as const).every((part) =>
    fitsPattern(pattern[part], execution[part]),
  );
}

const NOTHING: TokenScope = { eventIds: [], pipelines: [], mayChoosePolicy: false };

/** Why this token may not stand behind such a request now (R1, R14), as a sentence; null = it may. */
export function outsideScope(
  token: ApiToken,
  event: { id: number; name: string },
  execution: Execution,
): string | null {
  const { eventIds } = token.scope ?? NOTHING;
  const isOther = eventIds !== null && !eventIds.includes(event.id);
  return (
    notAPipelines(token) ??
    (isOther ? `The token “${token.name}” may not open requests for the event “${event.name}”.` : null) ??
    outsidePipelines(token, execution)
  );
}

/** Why this token may not even speak of this pipeline's runs, as a sentence; null = it may. */
export function outsidePipelines(token: ApiToken, execution: Execution): string | null {
  const refused = notAPipelines(token);
  const { pipelines } = token.scope ?? NOTHING;
  if (refused || !pipelines || pipelines.some((pattern) => fitsPipeline(pattern, execution))) return refused;
  return `The token “${token.name}” may not open requests for the pipeline ${execution.pipeline} of ${execution.org}/${execution.project}.`;
}

function notAPipelines(token: ApiToken): string | null {
  if (token.revokedAt !== null) return `The token “${token.name}” was revoked.`;
  if (token.role !== 'pipeline')
    return `The token “${token.name}” is not a pipeline’s: make one with --role pipeline.`;
  return null;
}

/** Why the token that opened a request no longer stands behind it; null = it does. Asked again before sending. */
export async function openerBarred(db: Reader, request: StoredRequest): Promise<string | null> {
  // An admin has looked at exactly this and let it pass.
  if (request.openedBy === BOOTSTRAP || request.released.includes('pipeline_not_listed')) return null;
  const token = await tokenByName(db, request.organizationId, request.openedBy);
  if (!token) return `The token “${request.openedBy}”, which opened this, is not known here.`;
  const holder = await personById(db, token.personId);
  if (holder?.standing === 'deactivated') return `${holder.name}, whose token opened this, is deactivated.`;
  return outsideScope(token, request.content.event, request.content.execution);
}

/** R16: nobody opens and decides the same request, nor does a machine what its owner, or a machine of theirs, opened. */
export async function isOpener(
  db: Reader,
  request: Pick<StoredRequest, 'organizationId' | 'openedBy'>,
  person: Person | null,
): Promise<boolean> {
  return person !== null && (await openersAmong(db, request, [person])).has(person.id);
}

/** Those of these people who opened it, as `isOpener` says it of each; by person id. */
export async function openersAmong(
  db: Reader,
  request: Pick<StoredRequest, 'organizationId' | 'openedBy'>,
  people: readonly Person[],
): Promise<Set<number>> {
  if (people.length === 0 || request.openedBy === BOOTSTRAP) return new Set();
  const token = await tokenByName(db, request.organizationId, request.openedBy);
  if (!token) return new Set();
  const isAnyMachine = people.some(({ kind }) => kind === 'machine');
  const opener = isAnyMachine ? await personById(db, token.personId) : null;
  const isOne = (person: Person) =>
    person.id === token.personId ||
    (person.kind === 'machine' && opener !== null && selfOf(opener) === selfOf(person));
  return new Set(people.filter(isOne).map(({ id }) => id));
}
