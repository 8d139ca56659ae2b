import { baseUrl, type Environment, LOOPBACK, list } from './config-environment.ts';

/** The bot as it is registered in Azure, and where Microsoft's services are. */
export interface TeamsConfig {
  appId: string;
  tenantId: string;
  credential: TeamsCredential;
  /** Where a conversation begins that nobody has begun yet. */
  serviceUrl: string;
  /** Hosts that activities may name as their service, and that tokens are sent to. A leading dot: and all below it. */
  serviceHosts: readonly string[];
  openIdMetadataUrl: string;
  loginUrl: string;
  graphUrl: string;
}

/** How the bot proves who it is; `off`: neither side proves anything, for trying it on one machine. */
export type TeamsCredential =
  | { kind: 'secret'; secret: string }
  | { kind: 'certificate'; thumbprint: string; privateKey: string }
  | { kind: 'managed_identity' }
  | { kind: 'off' };

const NAMES = [
  'MicrosoftAppId',
  'MicrosoftAppPassword',
  'MicrosoftAppTenantId',
  'MicrosoftAppType',
  'CertificateThumbprint',
  'CertificatePrivateKey',
] as const;

/** Where Teams is, and what its service may be called. */
const TEAMS = {
  serviceUrl: 'https://smba.trafficmanager.net/teams/',
  hosts: ['smba.trafficmanager.net', '.botframework.com'],
};
/** The Agents Playground on this machine, where nobody proves anything. */
const PLAYGROUND = {
  serviceUrl: 'http://localhost:56150/_connector',
  hosts: ['localhost:*', '127.0.0.1:*'],
};
const ID = /^[0-9A-Za-z-]{1,64}$/;

/**
 * Teams, in the names that bots in Azure have; null when nothing is said of it. An empty app id would mean to
 * botbuilder that nobody proves anything: that is said aloud (TEAMS_AUTH=off), and only where nobody else can reach us.
 */
export function readTeams(environment: Environment, host: string): TeamsConfig | null {
  const { value, required, problems } = environment;
  if (value('TEAMS_AUTH') !== 'off' && NAMES.every((name) => value(name) === undefined)) return null;
  const url = (name: string, usual: string) => baseUrl(name, value(name) ?? usual, usual, problems);
  const credential = readCredential(environment, host);
  const ids =
    credential.kind === 'off'
      ? { appId: value('MicrosoftAppId') ?? '', tenantId: value('MicrosoftAppTenantId') ?? '' }
      : {
          appId: required('MicrosoftAppId', 'Copy the application (client) id of your bot from Azure.'),
          tenantId: required('MicrosoftAppTenantId', 'Copy the directory (tenant) id from Azure.'),
        };
  for (const [name, id] of [
    ['MicrosoftAppId', ids.appId],
    ['MicrosoftAppTenantId', ids.tenantId],
  ] as const)
    if (id !== '' && !ID.test(id)) problems.push(`${name} is not an id such as Azure shows it.`);
  const usual = credential.kind === 'off' ? PLAYGROUND : TEAMS;
  const serviceUrl = url('TEAMS_SERVICE_URL', usual.serviceUrl);
  const named = list(value('TEAMS_SERVICE_HOSTS')).map((name) => name.toLowerCase());
  for (const name of named)
    if (!/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/.test(name))
      problems.push('TEAMS_SERVICE_HOSTS holds something that is not a host. Separate hosts by commas.');
  const own = serviceUrl === '' ? [] : [new URL(serviceUrl).host];
  return {
    // As Microsoft writes them in tokens and activities.
    appId: ids.appId.toLowerCase(),
    tenantId: ids.tenantId.toLowerCase(),
    credential,
    serviceUrl,
    serviceHosts: [...new Set([...own, ...(named.length > 0 ? named : usual.hosts)])],
    openIdMetadataUrl: url(
      'TEAMS_OPENID_METADATA_URL',
      'https://login.botframework.com/v1/.well-known/openidconfiguration',
    ),
    loginUrl: url('TEAMS_LOGIN_URL', 'https://login.microsoftonline.com'),
    graphUrl: url('TEAMS_GRAPH_URL', 'https://graph.microsoft.com/v1.0'),
  };
}

function isOnThisMachine(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
}

function readCredential({ value, required, problems }: Environment, host: string): TeamsCredential {
  const auth = value('TEAMS_AUTH') ?? 'on';
  if (auth !== 'on' && auth !== 'off') problems.push('TEAMS_AUTH is on or off. Leave it out for on.');
  if (auth === 'off') {
    if (value('MicrosoftAppPassword') !== undefined)
      problems.push('TEAMS_AUTH=off goes without MicrosoftAppPassword: remove one or the other.');
    if (!LOOPBACK.test(host))
      problems.push(
        'TEAMS_AUTH=off lets anybody who reaches the bot decide. It is only for HOST=127.0.0.1: remove it.',
      );
    const publicUrl = value('PUBLIC_URL');
    if (publicUrl !== undefined && !isOnThisMachine(publicUrl))
      problems.push(
        'TEAMS_AUTH=off lets anybody who reaches the bot decide, and PUBLIC_URL says that others can: remove one or the other.',
      );
    return { kind: 'off' };
  }
  const type = (value('MicrosoftAppType') ?? 'SingleTenant').toLowerCase();
  if (type === 'userassignedmsi') {
    if (value('MicrosoftAppPassword') !== undefined)
      problems.push('MicrosoftAppPassword does not go with UserAssignedMSI, which has no secret: remove it.');
    return { kind: 'managed_identity' };
  }
  if (type !== 'singletenant')
    problems.push(
      'MicrosoftAppType is SingleTenant or UserAssignedMSI (Azure registers no new MultiTenant bots). Leave it out for SingleTenant.',
    );
  const thumbprint = value('CertificateThumbprint');
  if (thumbprint !== undefined) {
    if (!/^[0-9A-Fa-f]{40}$|^[0-9A-Fa-f]{64}$/.test(thumbprint))
      problems.push('CertificateThumbprint is not a thumbprint: 40 or 64 hexadecimal digits.');
    const privateKey = required('CertificatePrivateKey', 'Give the certificate’s private key in PEM form.');
    return { kind: 'certificate', thumbprint, privateKey: privateKey.replaceAll('\\n', '\n') };
  }
  return {
    kind: 'secret',
    secret: required(
      'MicrosoftAppPassword',
      'Make a client secret in Azure, or set CertificateThumbprint and CertificatePrivateKey, or MicrosoftAppType=UserAssignedMSI.',
    ),
  };
}
