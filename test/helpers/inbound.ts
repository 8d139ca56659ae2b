import { token } from './principals.ts';
import { email, type StaffName, type World } from './world.ts';

/** What Harness's own path says of the world's runs. */
export const EXECUTION_PATH = '/v1/orgs/default/projects/payments/approvals/execution';
export const GATEWAY = '/gateway/pipeline/api';

export interface InboundAnswer {
  status: number;
  headers: Headers;
  /** The parsed body; the text where it is no JSON. */
  body: Record<string, unknown> & { message?: string };
}

export interface InboundCall {
  method?: 'POST' | 'GET';
  prefix?: string;
  /** `?callback_id=…` and the like. */
  query?: string;
  headers?: Record<string, string>;
  path?: string;
}

/** Calls the approval API in Harness's form as an external process does. */
export async function call(
  world: World,
  key: string | null,
  run: string,
  body: unknown,
  { method = 'POST', prefix = GATEWAY, query = '', headers = {}, path = EXECUTION_PATH }: InboundCall = {},
): Promise<InboundAnswer> {
  const answer = await fetch(`${world.url}${prefix}${path}/${run}${query}`, {
    method,
    headers: {
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...(key !== null && { 'x-api-key': key }),
      ...headers,
    },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as InboundAnswer['body'] };
}

/** A machine with a token of its own, and who answers for it. */
export function machine(world: World, name: string, owner: StaffName) {
  return token(world, { machine: name, ownerEmail: email(owner) }, 'member');
}

/** Smoke tests and licences answer to ada and carol; deploys may wait for them. */
export function checked(more: {
  requirement?: 'any' | 'all';
  approvers?: string;
  checksFirst?: boolean;
  disallowRequester?: boolean;
}): string {
  const {
    requirement = 'any',
    approvers = '[{ machine: Smoke tests }, alice@acme.io, bob@acme.io]',
    checksFirst = true,
    disallowRequester = false,
  } = more;
  return `
people: [{ email: ada@acme.io, name: Ada }, { email: carol@acme.io }, { email: alice@acme.io }, { email: bob@acme.io }, { email: sam@acme.io }, { email: dana@acme.io }]
machines:
  - { name: Smoke tests, owner: ada@acme.io }
  - { name: Licences, owner: carol@acme.io }
  - { name: Danabot, owner: dana@acme.io }
events: [{ slug: deploy-to-production, name: Deploy to production }]
policies: [{ slug: standard, name: Standard, default: true }]
workflows:
  - { policy: standard, event: deploy-to-production, requirement: ${requirement}, approvers: ${approvers}, subscribers: [sam@acme.io], checks_first: ${checksFirst}, disallow_requester: ${disallowRequester} }
`;
}
