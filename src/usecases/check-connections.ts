import { listRequests } from '../store/approval-requests.ts';
import { scopesOfEvents } from '../store/events.ts';
import { oweHomesOfAdmins } from '../store/homes.ts';
import { checkAuthorization, harnessTrouble } from './check-authorization.ts';
import { type Context, commit } from './context.ts';
import { type Finding, ok, problem } from './finding.ts';
import { refused } from './managed-refusal.ts';
import type { Managed, Principal } from './managing.ts';
import { PLATFORM_NAMES } from './platform-names.ts';

const RECENT = 50;
const MOST_PROJECTS = 5;

/**
 * Whether Harness and the chat platforms answer and let us do our work, each look in plain words with its remedy.
 * Admins only. Calls them, so never before an ack.
 */
export async function checkConnections(
  context: Context,
  principal: Principal,
): Promise<Managed<readonly Finding[]>> {
  if (principal.role !== 'admin')
    return refused({ kind: 'forbidden', why: 'Only an admin can test the connections.' });
  const [harness, ...platforms] = await Promise.all([
    checkHarnessConnection(context, principal.organizationId),
    ...[...context.platforms].map(async ([name, platform]): Promise<Finding[]> => {
      const health = await platform.checkHealth(principal.organizationId);
      if (health.ok) return [ok(PLATFORM_NAMES[name], 'answers, and the bot has every right it needs.')];
      return [problem(PLATFORM_NAMES[name], health.detail.replace(/^(Slack|(Microsoft )?Teams): /, ''))];
    }),
  ]);
  // What was found out stands on their Homes, too.
  await commit(context, (trx) => oweHomesOfAdmins(trx, principal.organizationId, context.clock.now()));
  return { ok: true, value: [...harness, ...platforms.flat()] };
}

async function checkHarnessConnection(context: Context, organizationId: number): Promise<Finding[]> {
  const { db } = context;
  const [connection] = await context.harness.ofOrganization(organizationId);
  if (!connection) return [problem('Harness', 'is not connected')];
  const approvalApi = context.harness.probe(connection.id);
  const health = await approvalApi.checkHealth();
  if (health.kind !== 'ok') return [harnessTrouble(health, 'cannot be used')];
  const recent = await listRequests(db, organizationId, { limit: RECENT });
  const findings = [ok('Harness', 'answers, and takes the bot’s token.')];
  const used = recent.map(({ content }) => content.execution);
  const listed = await scopesOfEvents(db, organizationId, MOST_PROJECTS);
  const projects = new Map(
    [...used, ...listed].map(({ org, project }) => [`${org} / ${project}`, { org, project }]),
  );
  for (const [name, scope] of [...projects].slice(0, MOST_PROJECTS)) {
    const answer = await approvalApi.checkHealth(scope);
    if (answer.kind === 'ok') findings.push(ok('Project', `${name}: the token may look there.`));
    else findings.push({ ...harnessTrouble(answer, `${name} cannot be looked at`), subject: 'Project' });
  }
  return [...findings, ...(await checkAuthorization(approvalApi, recent))];
}
