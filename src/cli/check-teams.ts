import type { TeamsConfig } from '../config-teams.ts';
import type { Database } from '../store/database.ts';
import { peopleWithoutAccount, someAccount } from '../store/inventory.ts';
import { defaultOrganization } from '../store/organizations.ts';
import { type BotTokens, createBotTokens } from '../teams/bot-tokens.ts';
import { createConnector } from '../teams/connector.ts';
import { createGraph, type Graph } from '../teams/graph.ts';
import { createHttp, type Http, parsedJson } from '../teams/http.ts';
import { type Finding, ok, problem, warning } from './check.ts';

const SUBJECT = 'Teams';
const NAMED = 5;

/**
 * Whether Microsoft gives the bot its tokens, publishes the keys that Teams signs with, takes what the bot posts and
 * lets it read people and their managers; and who has no account in Teams yet.
 */
export async function checkTeams(config: TeamsConfig, db: Database | null): Promise<Finding[]> {
  const clock = { now: () => Date.now() };
  const http = createHttp();
  try {
    if (config.credential.kind === 'off')
      return [
        warning(
          SUBJECT,
          'TEAMS_AUTH is off: neither side proves who it is, and Microsoft Graph is not asked',
          'Leave it out for anything but a trial on this machine.',
        ),
        ...(await checkPeople(db)),
      ];
    const tokens = createBotTokens({ ...config, http, clock });
    const graph = createGraph({ ...config, tokens, http, clock });
    const connector = createConnector({ ...config, tokens, http, clock });
    const token = await checkToken(tokens);
    const findings = [token, await checkKeys(http, config.openIdMetadataUrl)];
    if (token.level === 'ok')
      findings.push(await checkConnector(connector, config.serviceUrl), ...(await checkGraph(graph, db)));
    return [...findings, ...(await checkPeople(db))];
  } finally {
    await http.close();
  }
}

async function checkToken(tokens: BotTokens): Promise<Finding> {
  const answer = await tokens.get('connector');
  if (answer.kind === 'token') return ok(SUBJECT, 'Microsoft’s login gives the bot a token.');
  return problem(
    SUBJECT,
    answer.detail,
    answer.kind === 'unavailable' ? 'Check TEAMS_LOGIN_URL and the network.' : undefined,
  );
}

/** Without the keys nobody's press can be told from a forged one: all of them are refused then. */
async function checkKeys(http: Http, openIdMetadataUrl: string): Promise<Finding> {
  const answer = await http.send({
    ...{ service: 'The address of Teams’ keys', method: 'GET', url: new URL(openIdMetadataUrl) },
    headers: { accept: 'application/json' },
  });
  const remedy = 'Check TEAMS_OPENID_METADATA_URL and the network: without the keys every press is refused.';
  if (answer.kind !== 'answer') return problem(SUBJECT, answer.detail, remedy);
  const body = parsedJson(answer.body);
  if (answer.status !== 200 || typeof body !== 'object' || body === null || !('jwks_uri' in body))
    return problem(SUBJECT, `${openIdMetadataUrl} does not say where Teams’ keys are`, remedy);
  return ok(SUBJECT, 'the keys that Teams signs with can be read.');
}

async function checkConnector(
  connector: ReturnType<typeof createConnector>,
  serviceUrl: string,
): Promise<Finding> {
  const sent = await connector.check(serviceUrl);
  if (sent.kind === 'sent') return ok(SUBJECT, `${serviceUrl} answers, and takes the bot’s token.`);
  const detail = 'detail' in sent && sent.detail ? sent.detail : 'Teams asks to wait.';
  const isSilent = sent.kind === 'unknown' || sent.kind === 'throttled';
  return problem(SUBJECT, detail, isSilent ? 'Check TEAMS_SERVICE_URL and the network.' : undefined);
}

async function checkGraph(graph: Graph, db: Database | null): Promise<Finding[]> {
  const people = await graph.check();
  if (people.kind === 'unavailable')
    return [problem(SUBJECT, people.detail, 'Check TEAMS_GRAPH_URL and the network.')];
  if (people.kind === 'refused')
    return [problem(SUBJECT, `nobody can be found by e-mail address, and no manager. ${people.detail}`)];
  return [ok(SUBJECT, 'Microsoft Graph lets the bot read people.'), await checkManagers(graph, db)];
}

async function checkManagers(graph: Graph, db: Database | null): Promise<Finding> {
  const organization = db && (await defaultOrganization(db));
  const somebody = db && organization && (await someAccount(db, organization.id, 'teams'));
  if (!somebody)
    return warning(
      SUBJECT,
      'whether managers can be read is not known: nobody here has an account in Teams yet.',
    );
  const answer = await graph.managerOf(somebody.externalId);
  if (answer.kind === 'found' || answer.kind === 'missing') return ok(SUBJECT, 'managers can be read.');
  if (answer.kind === 'unavailable')
    return warning(SUBJECT, `managers could not be read now: ${answer.detail}`);
  return problem(
    SUBJECT,
    `managers cannot be read, people can. ${answer.detail}`,
    'Or enter managers in your seed file, which come first.',
  );
}

async function checkPeople(db: Database | null): Promise<Finding[]> {
  const organization = db && (await defaultOrganization(db));
  if (!db || !organization) return [];
  const { total, names } = await peopleWithoutAccount(db, organization.id, 'teams', NAMED);
  if (total === 0) return [];
  const more = total > names.length ? ` and ${total - names.length} more` : '';
  return [
    warning(
      SUBJECT,
      `no account in Teams is known of ${names.join(', ')}${more}`,
      'They are joined by their e-mail address when a request first asks them.',
    ),
  ];
}
