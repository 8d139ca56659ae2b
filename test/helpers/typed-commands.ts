import type { StaffName } from './world.ts';

/**
 * Who types what, and words the answer holds, as Slack has them: commands after `/approvals `, people as `@name`, the
 * platform as {chat}; the last member where a row is of one platform alone. In this order: some change what the next
 * ones see. DEPLOY and MIGRATE stand for the ids of a waiting deployment and of a waiting migration.
 */
const TYPED: readonly (readonly [StaffName, string, readonly string[], ('slack' | 'teams')?])[] = [
  ['alice', '', ['For everyone', '/approvals pending']],
  ['ada', 'help', ['For everyone', 'For admins', '/approvals reassign ID']],
  ['alice', 'help pending', ['/approvals pending [@person] [page]: what waits']],
  ['ada', 'help aprovers', ['Did you mean “/approvals help approvers”?', 'Usage:']],
  ['ada', 'LIST', ['#3 Rollback', '#1 Deploy to production', '[Show] [Edit]']],
  ['ada', 'list policy standard', ['Approval workflows: Standard']],
  ['ada', 'list deplyo', ['Did you mean “deploy-to-production”?', 'Usage: /approvals list']],
  ['ada', 'list 7', ['There is only one page.', 'Usage:']],
  ['ada', 'show #1', ['any of: @alice, @bob', '@sam', '[Edit] [Why] [Delete]']],
  ['ada', 'show 99', ['no approval workflow 99; “/approvals list”', 'Usage: /approvals show ID']],
  ['ada', 'create rolback', ['Did you mean “rollback”?', 'Usage: /approvals create']],
  ['ada', 'create deploy', ['New workflow', '[Open the form]'], 'teams'],
  ['ada', 'edit 1', ['Workflow 1', '[Open the form]'], 'teams'],
  ['ada', 'edit 99', ['There is no approval workflow 99; “/approvals list” shows']],
  ['ada', 'edit', ['Which workflow?', 'Usage: /approvals edit ID']],
  ['ada', 'delete', ['Which workflow?', 'Usage: /approvals delete ID']],
  ['ada', 'delete 3 please', ['Nothing was deleted.', 'Usage:']],
  ['ada', 'approvers add @carol and @eve to 2', ['Added: @carol, @U0EVE', 'It counts for new requests.']],
  ['ada', 'approvers add @nobody 2', ['“@nobody” is only text', 'Usage: /approvals approvers add'], 'slack'],
  [
    'ada',
    'approvers add @nobody 2',
    ['Nobody here has the address nobody@acme.io. Nothing was changed.', 'Usage: approvers add'],
    'teams',
  ],
  [
    'ada',
    'approvers add carol 2',
    ['“carol” is not a person: mention somebody, give an e-mail address', 'Usage: approvers add'],
    'teams',
  ],
  ['ada', 'approvers add @carol', ['Which workflow?', 'Usage:']],
  [
    'ada',
    'approvers ad @carol 2',
    ['no command “approvers ad”', 'Did you mean “/approvals approvers add”?'],
    'slack',
  ],
  ['ada', 'approvers ad @carol 2', ['no command “approvers ad”'], 'teams'],
  ['ada', 'approvers remove @eve 2', ['Removed: @U0EVE', 'lose them at once']],
  ['ada', 'approvers remove @alice, @bob 1', ['can’t be empty', 'Usage:']],
  ['ada', 'subscribers add @carol 1', ['Added: @carol']],
  ['ada', 'subscribers remove @carol 1', ['Removed: @carol']],
  ['ada', 'subscribers remove 1', ['Whom? Mention at least one person.', 'Usage:']],
  ['ada', 'events', ['Rollback · rollback · 1 workflow · 1 pipeline', '[Workflows]']],
  ['ada', 'events 9', ['There is only one page.', 'Usage: /approvals events']],
  ['ada', 'policies', ['Standard · standard · 3 workflows · default']],
  ['ada', 'policies x', ['“x” is not a page’s number.', 'Usage:']],
  ['ada', 'assign @dana standard', ['@dana has the approval policy Standard.']],
  ['ada', 'assign @dana standrd', ['Did you mean “standard”?', 'Usage: /approvals assign']],
  ['ada', 'assign @dana clear', ['@dana no longer has the approval policy “Standard”']],
  ['ada', 'manager @dana', ['The manager of @dana is @maria, set here.']],
  ['ada', 'manager @alice @maria', ['The manager of @alice is @maria']],
  ['ada', 'manager @alice @alice', ['can’t be the person themselves', 'Usage: /approvals manager']],
  ['ada', 'manager @carol', ['The manager of @carol is not set, neither here nor']],
  ['bob', 'pending', ['Waiting for you', 'Asked by @dana', '[Review] [Open pipeline] [Show]']],
  ['carol', 'pending', ['Nothing waits for your decision.']],
  ['ada', 'pending @bob', ['Waiting for Bob', 'Database migration']],
  ['alice', 'pending @bob', ['Only an admin sees what waits for somebody else.']],
  ['alice', 'pending soon', ['Usage: /approvals pending']],
  ['dana', 'history waiting since 7d', ['Only: waiting, since 7d', 'Database migration · payments']],
  ['dana', 'history all', ['Only an admin sees everybody’s requests.']],
  ['dana', 'history aproved', ['“aproved” is neither a status', 'Usage: /approvals history']],
  ['ada', 'history all', ['All requests', 'Deploy to production']],
  ['alice', 'request DEPLOY', ['#1 Deploy to production', '@bob', 'Nobody has decided yet.']],
  ['carol', 'request DEPLOY', ['This request does not exist, or it is not yours to see.']],
  ['ada', 'request', ['Which request?', 'Usage: /approvals request ID']],
  ['ada', 'retry 1', ['There is nothing to send: the request is not decided.']],
  ['ada', 'retry', ['Which request?', 'Usage: /approvals retry ID']],
  ['alice', 'cancel DEPLOY', ['Only an admin, or whoever asked for it, can cancel a request.']],
  ['dana', 'cancel DEPLOY wrong branch', ['Cancel this request?', 'Reason: wrong branch']],
  ['ada', 'reassign MIGRATE from @bob to @eve', ['Eve can have no place in this request: they were removed']],
  ['ada', 'reassign MIGRATE @dana @carol', ['Dana holds no place in this request.']],
  ['ada', 'reassign MIGRATE from @bob to @carol', ['Bob’s place in “Database migration”', 'is Carol’s now']],
  ['ada', 'reassign MIGRATE @bob', ['who is to have it', 'Usage: /approvals reassign']],
  ['dana', 'why deploy', ['When @dana asks, any one of these decides: @alice (listed), @bob (listed).']],
  ['dana', 'why migraton', ['Did you mean “database-migration”?', 'There are: database-migration, deploy']],
  ['dana', 'why', ['Which event?', 'Usage: /approvals why']],
  ['ada', 'admins list', ['@ada · ada@acme.io']],
  [
    'ada',
    'connections',
    ['One Harness account is connected.', 'environment · in use', 'set by the environment'],
  ],
  ['ada', 'connection add', ['ENCRYPTION_KEY is not set']],
  [
    'ada',
    'connection add sat.acme.token.secret',
    ['never type a key here', 'Usage: /approvals connection add'],
  ],
  ['ada', 'connection pause environment moving house', ['paused by an admin', 'Because: moving house']],
  ['ada', 'connection resume environment', ['“environment” goes on', 'environment · in use']],
  ['ada', 'connection remove environment', ['This connection is set by the environment']],
  ['ada', 'admins add @carol', ['@carol is now an admin.']],
  ['carol', 'admins list', ['@carol · carol@acme.io'], 'slack'],
  ['ada', 'admins remove @carol', ['@carol is no longer an admin.']],
  ['ada', 'admins remove me', ['This is the last active admin.', 'Usage: /approvals admins remove']],
  ['ada', 'gates', ['Nobody but the bot can approve it in Harness.', 'Confirmed by Harness']],
  ['ada', 'gates rolback', ['Did you mean “rollback”?', 'Usage: /approvals gates']],
  ['ada', 'connection test', ['All that was looked at is in order.', '✅ {chat}']],
  ['ada', 'connection', ['“connection” wants a word more.', 'Usage: /approvals connection test']],
  ['ada', 'audit 2', ['@ada changed @carol: role · {chat}', 'The newest 2 of']],
  ['ada', 'audit everything', ['How many lines?', 'Usage: /approvals audit']],
  ['ada', 'lsit', ['Did you mean “/approvals list”?', 'Usage: /approvals list']],
  ['ada', 'frobnicate', ['“/approvals help” lists what you can do.']],
];

type Typed = [name: StaffName, text: string, expected: string[]];

export const TYPED_IN_SLACK = typedOn('slack', (words) => words.replaceAll('{chat}', 'Slack'));

/** In a chat with the bot commands have no prefix, and people are named by their names. */
export const TYPED_IN_TEAMS = typedOn('teams', (words) =>
  words
    .replaceAll('/approvals ', '')
    .replaceAll('{chat}', 'Microsoft Teams')
    .replace(/(?<!\w)@(?:U0)?(alice|bob|carol|dana|maria|sam|ada|EVE)\b/g, (_, name: string) =>
      capital(name.toLowerCase()),
    ),
);

function typedOn(platform: 'slack' | 'teams', words: (expected: string) => string): Typed[] {
  return TYPED.filter(([, , , only]) => only === undefined || only === platform).map(
    ([name, text, expected]) => [name, text, expected.map(words)],
  );
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
