import type { JsonObject } from '../../src/demo/doubles/common/json.ts';
import type { Delivery } from '../../src/demo/doubles/teams/traffic.ts';
import type { TwoWorlds } from '../helpers/installs.ts';
import { ENTRA } from '../helpers/world.ts';
import { placeOf, type SlackDoors } from './slack-doors.ts';
import type { Outcome } from './table.ts';

export const GUEST = 'a0000000-0000-4000-8000-0000000000e1';
export const GONE = 'a0000000-0000-4000-8000-0000000000e2';
const ELSEWHERE = 'b2a1c3d4-0000-4000-8000-0000000bad01';

const WHO: Readonly<Record<string, string>> = {
  ...{ guest: GUEST, deactivated: GONE, member: ENTRA.carol, approver: ENTRA.alice },
  ...{ 'former approver': ENTRA.bob, requester: ENTRA.dana, admin: ENTRA.ada },
  // Somebody of another tenant, with the object id of one of ours.
  ...{ stranger: ENTRA.alice, 'admin elsewhere': ENTRA.ada },
};

export function teamsDoors(world: TwoWorlds): SlackDoors {
  const seen = async (request: string) => {
    const { channel, ts } = await placeOf(world, request, 'teams');
    return { conversation: channel, activityId: ts };
  };

  /** The activity with this caller in Alice's place. */
  function inTheNameOf(caller: string, activity: JsonObject): JsonObject {
    const { mri, name, aadObjectId } = world.teams.person(WHO[caller]!);
    const named = { ...activity, from: { ...(activity.from as JsonObject), id: mri, name, aadObjectId } };
    if (caller !== 'stranger' && caller !== 'admin elsewhere') return named;
    const conversation = { ...(activity.conversation as JsonObject), tenantId: ELSEWHERE };
    return { ...named, conversation, channelData: { tenant: { id: ELSEWHERE } } };
  }

  const sending =
    (activityOf: (request: string) => JsonObject | Promise<JsonObject>, sees: RegExp, isWaitedFor = false) =>
    async (caller: string, request: string, changed: () => Promise<boolean>): Promise<Outcome> => {
      const activity = await activityOf(request);
      if (caller === 'nobody') return shut(await world.teams.sendRaw({ activity, authorization: null }));
      const calls = world.teams.calls.length;
      const delivery = await world.teams.sendRaw({ activity: inTheNameOf(caller, activity) });
      if ([401, 403].includes(delivery.status ?? 0)) return 'shut';
      if (delivery.status !== 200) throw new Error(`a proved activity was answered ${delivery.status}`);
      if (isWaitedFor)
        for (
          let looks = 0;
          looks < 400 && world.teams.calls.length === calls && !(await changed());
          looks += 1
        )
          await new Promise((done) => setTimeout(done, 5));
      if (await changed()) return 'acts';
      return sees.test(delivery.responseBody) ? 'sees' : 'no';
    };

  /** What Teams tells when Alice takes the app from her chat, or brings it back. */
  function happened(action: 'add' | 'remove'): JsonObject {
    const { text: _, entities: __, ...typed } = world.teams.typeActivity(ENTRA.alice, 'help');
    return { ...typed, type: 'installationUpdate', action };
  }

  return {
    'Teams: press Approve': sending(
      async (request) =>
        world.teams.pressActivity(ENTRA.alice, { ...(await seen(request)), title: 'Approve' }),
      /^never$/,
    ),
    'Teams: press Reject (opens a dialog)': sending(
      async (request) =>
        world.teams.pressActivity(ENTRA.alice, { ...(await seen(request)), title: 'Reject' }),
      /Input\.Text/,
    ),
    'Teams: send that dialog': sending(async (request) => {
      await world.teams.press(ENTRA.alice, { ...(await seen(request)), title: 'Reject' });
      await world.teams.submitDialog(ENTRA.alice, { comment: '' }, { skipClientChecks: true });
      const sent = world.teams.deliveries.findLast(({ body }) => body.includes('task/submit'))!;
      const activity = JSON.parse(sent.body) as { value: { data: JsonObject } };
      return {
        ...activity,
        value: { ...activity.value, data: { ...activity.value.data, comment: 'no' } },
      } as JsonObject;
    }, /^never$/),
    'Teams: the card asks for itself (refresh)': sending(async (request) => {
      const at = await seen(request);
      const { refresh } = world.teams.message(at.conversation, at.activityId)!.card as {
        refresh: { action: { verb: string; data: JsonObject } };
      };
      const { verb, data } = refresh.action;
      return world.teams.pressActivity(ENTRA.alice, {
        ...at,
        forge: { type: 'Action.Execute', verb, data },
      });
    }, /Deploy to production/),
    'Teams: bring the app to Alice’s chat': sending(() => happened('add'), /^never$/),
    'Teams: take the app from Alice’s chat': sending(() => happened('remove'), /^never$/),
    'Teams: type cancel': (caller, request, changed) => {
      const who = ['nobody', 'stranger', 'deactivated', 'admin elsewhere'].includes(caller)
        ? ENTRA.alice
        : WHO[caller]!;
      return sending(() => world.teams.typeActivity(who, `cancel ${request} now`), /^never$/, true)(
        caller,
        request,
        changed,
      );
    },
  };
}

function shut({ status }: Delivery): Outcome {
  if (status !== 401) throw new Error(`an unproved activity was answered ${status}`);
  return 'shut';
}
