import { oweHomesOfAdmins } from '../../store/homes.ts';
import { type Context, commit } from '../context.ts';
import type { HarnessConnection } from '../harness-ports.ts';
import { type Finding, ok, problem, warning } from '../managing/finding.ts';
import { refused } from '../managing/managed-refusal.ts';
import type { Managed, Principal } from '../managing/managing.ts';
import { PLATFORM_NAMES } from '../people/platform-names.ts';
import { noteUnhealthy, noteWell } from './connection-health.ts';
import { lookAtConnection, readInUse } from './look-at-connection.ts';

const MOST_AT_ONCE = 10;

/**
 * Whether Harness and the chat platforms answer and let us do our work, each look in plain words with its remedy.
 * `name` = that connection to Harness alone. Admins only. Calls them, so never before an ack.
 */
export async function checkConnections(
  context: Context,
  principal: Principal,
  name: string | null = null,
): Promise<Managed<readonly Finding[]>> {
  if (principal.role !== 'admin')
    return refused({ kind: 'forbidden', why: 'Only an admin can test the connections.' });
  const { organizationId } = principal;
  const all = await context.harness.ofOrganization(organizationId);
  const chosen = name === null ? all : all.filter((connection) => connection.name === name);
  if (name !== null && chosen.length === 0) return refused({ kind: 'not_found' });
  const [harness, platforms] = await Promise.all([
    checkHarness(context, chosen, all.length === 1),
    name === null ? checkPlatforms(context, organizationId) : [],
  ]);
  // What was found out stands on their Homes, too.
  await commit(context, (trx) => oweHomesOfAdmins(trx, organizationId, context.clock.now()));
  return { ok: true, value: [...harness, ...platforms] };
}

async function checkHarness(
  context: Context,
  connections: readonly HarnessConnection[],
  isOnly: boolean,
): Promise<Finding[]> {
  if (connections.length === 0)
    return [
      problem('Harness', 'is not connected, so no pipeline can ask', 'Connect it: /approvals connection add'),
    ];
  const findings = await Promise.all(
    connections
      .slice(0, MOST_AT_ONCE)
      .map((connection) => look(context, connection, isOnly ? 'Harness' : `Harness “${connection.name}”`)),
  );
  const rest = connections.length - MOST_AT_ONCE;
  return [
    ...findings.flat(),
    ...(rest > 0
      ? [warning('Harness', `${rest} more were not looked at`, 'Test one: /approvals connection test NAME')]
      : []),
  ];
}

/** Looks at one, and keeps what it came to: a key that is good again lets go on what waited for it. */
async function look(context: Context, connection: HarnessConnection, subject: string): Promise<Finding[]> {
  const use = await readInUse(context.db, connection);
  const { health, findings } = await lookAtConnection(
    context.harness.probe(connection.id),
    connection,
    use,
    subject,
  );
  if (health.kind === 'ok') await noteWell(context, connection);
  if (health.kind === 'permanent' && health.unhealthy)
    await noteUnhealthy(context, connection, health.message);
  return findings;
}

async function checkPlatforms(context: Context, organizationId: number): Promise<Finding[]> {
  const findings = [...context.platforms].map(async ([name, platform]): Promise<Finding> => {
    const health = await platform.checkHealth(organizationId);
    if (health.ok) return ok(PLATFORM_NAMES[name], 'answers, and the bot has every right it needs.');
    return problem(PLATFORM_NAMES[name], health.detail.replace(/^(Slack|(Microsoft )?Teams): /, ''));
  });
  return Promise.all(findings);
}
