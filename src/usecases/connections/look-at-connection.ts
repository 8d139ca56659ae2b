import { listRequests, type StoredRequest } from '../../store/approval-requests.ts';
import type { Reader } from '../../store/database.ts';
import { scopesOfEvents } from '../../store/event-pipelines.ts';
import type { ApprovalApi, HarnessAnswer, HarnessConnection } from '../harness-ports.ts';
import { type Finding, ok, warning } from '../managing/finding.ts';
import { checkAuthorization, gatesOpenToOthers, harnessTrouble } from './check-authorization.ts';
import { keyRemedy } from './connection-words.ts';

const RECENT = 50;
const MOST_PROJECTS = 5;

type Named = Pick<
  HarnessConnection,
  'organizationId' | 'account' | 'name' | 'source' | 'state' | 'pausedBecause'
>;

/** What an organization does in one Harness account: what its connection is tested by. */
export interface InUse {
  requests: readonly StoredRequest[];
  /** Projects its requests and events name, five at most. */
  projects: readonly { org: string; project: string }[];
}

export async function readInUse(
  db: Reader,
  { organizationId, account }: Pick<Named, 'organizationId' | 'account'>,
): Promise<InUse> {
  const recent = await listRequests(db, organizationId, { limit: RECENT });
  const requests = recent.filter(({ content }) => content.execution.account === account);
  const listed = await scopesOfEvents(db, organizationId, account, MOST_PROJECTS);
  const projects = new Map(
    [...requests.map(({ content }) => content.execution), ...listed].map(({ org, project }) => [
      `${org} / ${project}`,
      { org, project },
    ]),
  );
  return { requests, projects: [...projects.values()].slice(0, MOST_PROJECTS) };
}

/**
 * Whether one connection works, in plain words with what to do: its address and key, the projects in use, the gates that
 * wait, and who else may decide them. Asks Harness, so never inside a transaction.
 */
export async function lookAtConnection(
  api: ApprovalApi,
  connection: Named,
  { requests, projects }: InUse,
  subject = 'Harness',
): Promise<{ health: HarnessAnswer<null>; findings: Finding[] }> {
  const findings = pausedFindings(connection, subject);
  const health = await api.checkHealth();
  if (health.kind !== 'ok')
    return { health, findings: [...findings, notUsable(connection, health, subject)] };
  findings.push(ok(subject, 'answers, and takes the bot’s token.'));
  for (const scope of projects) {
    const name = `${scope.org} / ${scope.project}`;
    const answer = await api.checkHealth(scope);
    if (answer.kind === 'ok') findings.push(ok('Project', `${name}: the token may look there.`));
    else findings.push(harnessTrouble(answer, `${name} cannot be looked at`, 'Project'));
  }
  findings.push(...(await checkAuthorization(api, requests)), ...gatesOpenToOthers(requests));
  return { health, findings };
}

function notUsable(
  connection: Named,
  health: Exclude<HarnessAnswer<null>, { kind: 'ok' }>,
  subject: string,
): Finding {
  const finding = harnessTrouble(health, 'cannot be used', subject);
  const isKey = health.kind === 'permanent' && health.unhealthy && connection.source === 'stored';
  return isKey ? { ...finding, remedy: keyRemedy(connection) } : finding;
}

function pausedFindings({ state, pausedBecause, name }: Named, subject: string): Finding[] {
  if (state !== 'paused') return [];
  const why = pausedBecause === '' ? '' : `: ${pausedBecause}`;
  return [
    warning(
      subject,
      `is paused by an admin${why}`,
      `Decisions wait until it goes on: /approvals connection resume ${name}`,
    ),
  ];
}
