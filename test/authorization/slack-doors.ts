import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { Delivery } from '../../src/demo/doubles/slack/traffic.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { type Account, account, freshCapabilities, type } from '../faults/chat-world.ts';
import { Browser, type Consent, consent, linkFor, type TwoWorlds } from '../helpers/installs.ts';
import { personId } from '../helpers/principals.ts';
import { STAFF, until } from '../helpers/world.ts';
import type { Outcome } from './table.ts';

const WHO: Readonly<Record<string, Account>> = {
  stranger: account('U0STRANGER'),
  guest: account('U0GUEST'),
  deactivated: account('U0GONE'),
  member: account(STAFF.carol),
  approver: account(STAFF.alice),
  'former approver': account(STAFF.bob),
  requester: account(STAFF.dana),
  admin: account(STAFF.ada),
  'admin elsewhere': account('U0IVY', 'T0BETA'),
};

/** Where Alice's card of a request is. */
export async function placeOf(world: TwoWorlds, request: string, platform: 'slack' | 'teams') {
  const alice = await personId(world, 'alice');
  const cards = await cardsOf(world.app.context.db, request);
  const found = cards.find((card) => card.personId === alice && card.platform === platform);
  if (!found?.ref) throw new Error(`Alice has no card of ${request} in ${platform}`);
  return { channel: found.ref.channel, ts: found.ref.message };
}

/** The payload as this caller's client would send it, in the place of Alice's. */
function inTheNameOf(world: TwoWorlds, caller: string, payload: JsonObject): JsonObject {
  const who = WHO[caller]!;
  const { response_url, trigger_id } = freshCapabilities(world, who);
  return {
    ...payload,
    user: { ...(payload.user as JsonObject), id: who.user, team_id: who.team },
    team: { ...(payload.team as JsonObject), id: who.team },
    ...('response_url' in payload && { response_url }),
    trigger_id: trigger_id ?? null,
  };
}

type Answer = { delivery: Delivery; told: string };

/** Sends it, and waits for what the presser is told or shown, or for `changed`. */
async function told(
  world: TwoWorlds,
  send: () => Promise<Delivery>,
  changed: () => Promise<boolean>,
): Promise<Answer> {
  world.slack.calls.length = 0;
  const delivery = await send();
  const said = () =>
    world.slack.calls.filter(({ method }) =>
      /^(response_url|chat\.postEphemeral|views\.(open|push|update))$/.test(method),
    );
  if (delivery.status === 200 && delivery.responseBody === '')
    for (let looks = 0; looks < 400 && said().length === 0 && !(await changed()); looks += 1)
      await new Promise((done) => setTimeout(done, 5));
  return {
    delivery,
    told: said()
      .map(({ method, args }) => `${method} ${JSON.stringify(args)}`)
      .join('\n'),
  };
}

let events = 0;
function newEvent(): string {
  events += 1;
  return `EvMATRIX${events}`;
}

function eventOf(team: string, event: JsonObject): JsonObject {
  return { type: 'event_callback', team_id: team, api_app_id: 'A0DOUBLE', event_id: newEvent(), event };
}

export interface SlackDoors {
  [door: string]: (caller: string, request: string, changed: () => Promise<boolean>) => Promise<Outcome>;
}

export async function slackDoors(world: TwoWorlds): Promise<SlackDoors> {
  const copied = await sentForm();
  // The first Home of an organization gives its chart an address.
  await world.slack.openHome(STAFF.carol);
  await world.settle();
  const browsers = { admin: new Browser(world), 'admin elsewhere': new Browser(world) };
  const ADA: Consent = { teamId: 'T0ACME', userId: STAFF.ada };
  const links = {
    admin: await linkFor(world, world.acme, 168),
    'admin elsewhere': await linkFor(world, world.beta, 168),
  };

  const press =
    (actionId: string) => async (caller: string, request: string, changed: () => Promise<boolean>) => {
      const { channel, ts } = await placeOf(world, request, 'slack');
      const payload = world.slack.clickPayload(STAFF.alice, { channel, ts, actionId });
      if (caller === 'nobody') return shut(await world.slack.sendRaw({ payload, signature: null }));
      const answer = await told(
        world,
        () => world.slack.sendRaw({ payload: inTheNameOf(world, caller, payload) }),
        changed,
      );
      return outcomeOf(answer, changed, /views\.open/);
    };

  /** A form as a real client sent it once, about another request. */
  async function sentForm(): Promise<JsonObject> {
    await world.ask('deploy-to-production', 'form-run');
    await world.reject('alice', 'a form to copy');
    const body = world.slack.deliveries.findLast(({ body }) => body.includes('view_submission'))!.body;
    const form = JSON.parse(new URLSearchParams(body).get('payload')!) as JsonObject;
    await world.settle();
    return form;
  }

  /** Slack tells that this account looks at its Home; what is then drawn for it. */
  async function opensHome(caller: string, request: string): Promise<Outcome> {
    const { team, user } = WHO[caller] ?? WHO.approver!;
    const event = { type: 'app_home_opened', user, channel: `D${user}`, tab: 'home', event_ts: '1.000001' };
    const json = eventOf(team, event);
    if (caller === 'nobody') return shut(await world.slack.sendRaw({ json, signature: null }));
    world.slack.calls.length = 0;
    const { status } = await world.slack.sendRaw({ json });
    if (status !== 200) throw new Error(`a signed event was answered ${status}`);
    await world.settle();
    const { execution_id } = await world.app.context.db
      .selectFrom('approval_requests')
      .select('execution_id')
      .where('id', '=', request)
      .executeTakeFirstOrThrow();
    const drawn = world.slack.calls.filter(
      ({ method, args }) => method === 'views.publish' && args.user_id === user,
    );
    if (drawn.length === 0) throw new Error(`no Home was drawn for ${caller}`);
    const cards = await cardsOf(world.app.context.db, request);
    const names = [`/executions/${execution_id}\\"`, ...cards.map(({ id }) => id)];
    return names.some((name) => JSON.stringify(drawn).includes(name)) ? 'sees' : 'no';
  }

  /** Slack tells that the caller's profile says what Alice's does, and more. */
  async function takesAddress(caller: string): Promise<Outcome> {
    const { team, user } = WHO[caller] ?? WHO.member!;
    const profile = { email: 'alice@acme.io', real_name: 'Alice', display_name: 'Alice' };
    // Who is a guest, or gone, is Slack's word, and stays so.
    const standing = { is_restricted: caller === 'guest', deleted: caller === 'deactivated', is_bot: false };
    const claimed = { ...standing, is_admin: true, is_owner: true };
    const json = eventOf(team, {
      type: 'user_change',
      user: { id: user, team_id: team, ...claimed, profile },
    });
    if (caller === 'nobody') return shut(await world.slack.sendRaw({ json, signature: null }));
    const { status } = await world.slack.sendRaw({ json });
    if (status !== 200) throw new Error(`a signed event was answered ${status}`);
    await world.settle();
    return 'no';
  }

  /**
   * Back from Slack with a code: by the link of one's own organization, or else in a browser of one's own with what an
   * admin's address bar shows. The admin elsewhere would have this workspace for theirs.
   */
  async function comesBack(caller: string): Promise<Outcome> {
    const own = caller as keyof typeof links;
    const address =
      caller === 'nobody'
        ? `${world.url}/slack/oauth_redirect?code=made-up&state=made-up`
        : await consent(world, browsers[own] ?? new Browser(world), links[own] ?? links.admin, ADA);
    const { status, html } = await (browsers[own] ?? new Browser(world)).open(address);
    if (status === 200) return 'acts';
    if (status === 409 && html.includes('This workspace is taken')) return 'no';
    if (status !== 400) throw new Error(`coming back from Slack was answered ${status}`);
    return 'shut';
  }

  return {
    'Slack: open the Home (event)': opensHome,
    'Slack: be given Alice’s address (event)': takesAddress,
    'Slack: install, OAuth’s way back': comesBack,
    'Slack: press Approve': press('approve'),
    'Slack: press Reject (opens a form)': press('reject'),
    async 'Slack: send that form'(caller, request, changed) {
      const { channel, ts } = await placeOf(world, request, 'slack');
      const before = world.slack.openViewOf(STAFF.alice)?.id;
      await world.slack.click(STAFF.alice, { channel, ts, actionId: 'reject' });
      const opened = await until(world.slack, () => {
        const now = world.slack.openViewOf(STAFF.alice);
        return now && now.id !== before ? now : undefined;
      });
      const { id, privateMetadata: private_metadata } = opened;
      const view = { ...(copied.view as JsonObject), id, private_metadata, root_view_id: id };
      const payload = { ...copied, view } as JsonObject;
      if (caller === 'nobody') return shut(await world.slack.sendRaw({ payload, signature: null }));
      const answer = await told(
        world,
        () => world.slack.sendRaw({ payload: inTheNameOf(world, caller, payload) }),
        changed,
      );
      return outcomeOf(answer, changed, /^never$/);
    },
    'Slack: /approvals request': typed((request) => `request ${request}`),
    'Slack: /approvals cancel': typed((request) => `cancel ${request} now`),
    'Slack: /approvals reassign': typed((request) => `reassign ${request} <@U0ALICE> <@U0SAM>`),
  };

  function typed(text: (request: string) => string) {
    return async (caller: string, request: string, changed: () => Promise<boolean>): Promise<Outcome> => {
      if (caller === 'nobody')
        return shut(
          await world.slack.sendRaw({
            form: { command: '/approvals', text: text(request) },
            signature: null,
          }),
        );
      const answer = await told(world, () => type(world, WHO[caller]!, text(request)), changed);
      return outcomeOf(answer, changed, /Deploy to production/);
    };
  }
}

function shut({ status }: Delivery): Outcome {
  if (status !== 401) throw new Error(`an unsigned payload was answered ${status}`);
  return 'shut';
}

async function outcomeOf(
  { delivery, told }: Answer,
  changed: () => Promise<boolean>,
  sees: RegExp,
): Promise<Outcome> {
  if (delivery.status !== 200) throw new Error(`a signed payload was answered ${delivery.status}`);
  if (await changed()) return 'acts';
  return sees.test(told) ? 'sees' : 'no';
}
