import { INELIGIBLE_WORDS, type Person } from '../approval/person.ts';
import type { Database } from '../store/database.ts';
import { countPeople, managersKnown, type WorkflowReadiness, workflowsInUse } from '../store/inventory.ts';
import { defaultOrganization, type Organization } from '../store/organizations.ts';
import { admins } from '../store/people.ts';
import { type Finding, ok, warning } from './check.ts';

/**
 * Whether the first webhook could be answered: an organization, people, and workflows somebody can approve by.
 * `namesManagers`: a chat directory knows who manages whom.
 */
export async function checkReadiness(db: Database, namesManagers: boolean): Promise<Finding[]> {
  const organization = await defaultOrganization(db);
  if (!organization) return [warning('Organization', 'there is none yet', 'The first npm start makes it.')];
  const { id, name, domains } = organization;
  const findings: Finding[] = [
    domains.length > 0
      ? ok('Organization', `${name}, with the e-mail domains ${domains.join(', ')}.`)
      : warning(
          'Organization',
          `${name} has no e-mail domains, so nobody is found in chat`,
          'Name them under organization in your seed file, then npm run seed -- FILE.yml.',
        ),
  ];
  const people = await countPeople(db, id);
  const workflows = await workflowsInUse(db, id, (person) => whyNot(organization, person));
  const hasAdmin = (await admins(db, id)).length > 0;
  if (!hasAdmin) findings.push(warning('People', 'no active admin', 'Set ADMIN_EMAILS and start the bot.'));
  if (workflows.length === 0)
    return [
      ...findings,
      warning(
        'Workflows',
        'there are none, so every webhook is refused (404 or 422)',
        'Load yours with npm run seed -- FILE.yml.',
      ),
    ];
  const managers = namesManagers || (await managersKnown(db, id));
  const stuck = workflows.flatMap((workflow) => readinessOf(workflow, managers));
  findings.push(ok('People', `${people} known.`));
  return [
    ...findings,
    ...(stuck.length > 0 ? stuck : [ok('Workflows', `${workflows.length}, each with somebody to decide.`)]),
  ];
}

function whyNot({ domains }: Organization, person: Pick<Person, 'email' | 'standing'>): string | null {
  if (person.standing !== 'member') return INELIGIBLE_WORDS[person.standing];
  const domain = person.email?.slice(person.email.lastIndexOf('@') + 1);
  if (domain && !domains.includes(domain))
    return `has an e-mail address outside the organization's domains (${domain})`;
  return null;
}

/** R7: what would leave a request by this workflow without anybody, or with a place nobody can fill. */
function readinessOf(workflow: WorkflowReadiness, managers: boolean): Finding[] {
  const { requirement, listed, lost, fallbacks } = workflow;
  const asksManager = workflow.asksManager && managers;
  const name = `“${workflow.event}” by the ${workflow.policy} policy`;
  const noManager =
    workflow.asksManager && !managers
      ? ['nobody’s manager is on record and SLACK_MANAGER_FIELD_ID is not set']
      : [];
  const who = [...lost.map((one) => `${one.who} ${one.why}`), ...noManager].join('; ');
  const remedy = 'Change its approvers in your seed file and load it again.';
  if (requirement === 'none')
    return workflow.listsPipelines
      ? []
      : [
          warning(
            'Workflows',
            `${name} needs no approval, but its event lists no pipelines, so it is refused`,
            'List the pipelines it is for under the event in your seed file.',
          ),
        ];
  if (lost.length === listed && fallbacks === 0) {
    if (!asksManager) return [warning('Workflows', `nobody can approve ${name}: ${who}`, remedy)];
    return listed === 0
      ? []
      : [warning('Workflows', `only the requester’s manager can approve ${name}: ${who}`, remedy)];
  }
  if (requirement === 'all' && lost.length + noManager.length > 0 && fallbacks === 0)
    return [warning('Workflows', `${name} would stop at a place nobody holds: ${who}`, remedy)];
  return [];
}
