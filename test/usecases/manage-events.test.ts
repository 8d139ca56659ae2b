import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/usecases/context.ts';
import type { Principal } from '../../src/usecases/managing/managing.ts';
import {
  archiveEvent,
  createEvent,
  deleteEvent,
  getEvent,
  listEvents,
  loadEvents,
  restoreEvent,
  updateEvent,
} from '../../src/usecases/workflows/manage-events.ts';
import { createWorkflow, deleteWorkflow } from '../../src/usecases/workflows/manage-workflows.ts';
import {
  accepted,
  adminOf,
  auditLines,
  foreignOrganization,
  problemsOf,
  snapshot,
} from '../helpers/management.ts';
import { ACME, startWorld, type World } from '../helpers/world.ts';

let world: World;
let context: Context;
let admin: Principal;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  context = world.app.context;
  admin = adminOf(world);
});
afterEach(() => world.close());

const PIPELINE = {
  account: 'acme',
  org: 'default',
  project: 'payments',
  pipeline: 'deploy_payments',
  step: '',
};
const make = async (name: string, more = {}) =>
  accepted(await createEvent(context, admin, { name, ...more }));

test.each([
  ['Roll back', 'roll-back'],
  ['Ćevapčići & more!', 'cevapcici-more'],
  ['2nd release', 'event-2nd-release'],
  ['承認', 'event'],
  ['Notifications', 'notifications-2'],
  ['Deploy to production', 'deploy-to-production-2'],
  ['x'.repeat(200), 'x'.repeat(90)],
])('the slug comes from the name (R27): %s', async (name, slug) => {
  expect((await make(name)).slug).toBe(slug);
});

test('slugs are numbered on clash, archived ones included, and stay when the name changes', async () => {
  const first = await make('Hotfix');
  accepted(await archiveEvent(context, admin, first.id));
  const second = await make('Hotfix');
  expect([second.slug, (await make('Hotfix')).slug]).toEqual(['hotfix-2', 'hotfix-3']);
  expect(accepted(await updateEvent(context, admin, second.id, { name: ' Fix ' }))).toMatchObject({
    name: 'Fix',
    slug: 'hotfix-2',
  });
});

test('a slug that is given must be free, well-formed and not reserved; the webhook follows it at once', async () => {
  const event = await make('Hotfix');
  const change = async (slug: string) => problemsOf(await updateEvent(context, admin, event.id, { slug }));
  expect(await change('rollback')).toEqual(['slug: has already been taken']);
  expect(await change('notifications')).toEqual(['slug: is reserved']);
  for (const slug of ['', 'Hot', '2nd', 'a_b', `a${'b'.repeat(100)}`])
    expect(await change(slug)).toEqual([expect.stringContaining('slug: must start with a letter')]);
  accepted(await updateEvent(context, admin, event.id, { slug: 'quick' }));
  const { body } = await world.post('quick', world.webhook('run1'));
  expect(JSON.stringify(body)).toContain('no workflow for the event');
});

test('Productive’s attributes have their defaults, and remote work is unpaid', async () => {
  expect(await make('Plain')).toMatchObject({
    description: null,
    colorId: null,
    iconId: null,
    eventTypeId: 1,
    limitationTypeId: 4,
    halfDayBookings: false,
    syncPersonalIntegrations: false,
    absenceType: 'time_off',
    archivedAt: null,
    pipelines: [],
  });
  expect(await make('Remote', { absenceType: 'remote_work' })).toMatchObject({ eventTypeId: 2 });
  const paid = { name: 'Paid', absenceType: 'remote_work', eventTypeId: 1 };
  expect(problemsOf(await createEvent(context, admin, paid))).toEqual([
    'event_type_id: must be 2 (unpaid) for remote_work',
  ]);
});

test('every problem at once, nothing written', async () => {
  const before = await snapshot(world, ['events', 'event_pipelines', 'counters', 'list_totals']);
  const wrong = {
    name: '  ',
    slug: '-',
    eventTypeId: 3,
    limitationTypeId: 1,
    absenceType: 'sick',
    pipelines: Array.from({ length: 201 }, () => PIPELINE),
  };
  expect(problemsOf(await createEvent(context, admin, wrong))).toEqual([
    "name: can't be blank",
    expect.stringContaining('slug: '),
    'event_type_id: must be 1 or 2',
    'limitation_type_id: must be 2, 3 or 4',
    'absence_type: must be time_off or remote_work',
    'pipelines: must be at most 200',
  ]);
  expect(await snapshot(world, ['events', 'event_pipelines', 'counters', 'list_totals'])).toBe(before);
});

test('the pipelines are the whole list, and bite at the next webhook (R1)', async () => {
  const event = await make('Hotfix', { pipelines: [PIPELINE, PIPELINE] });
  expect(event.pipelines).toEqual([PIPELINE]);
  const other = { ...PIPELINE, pipeline: 'other' };
  const after = accepted(await updateEvent(context, admin, event.id, { pipelines: [other] }));
  expect(after.pipelines).toEqual([other]);
  const { status } = await world.post('hotfix', world.webhook('run1'));
  expect(status).toBe(403);
  const again = accepted(await updateEvent(context, admin, event.id, { pipelines: [other] }));
  expect(again).toEqual(after);
  const lines = (await auditLines(world, 'event')).filter((line) => line.subjectId === event.id);
  expect(lines.map((line) => [line.action, line.detail.before])).toEqual([
    ['created', null],
    ['changed', { pipelines: [PIPELINE] }],
  ]);
});

test('an event that a workflow uses is not deleted; without one it is', async () => {
  const event = await make('Hotfix', { pipelines: [PIPELINE] });
  const workflow = accepted(
    await createWorkflow(context, admin, {
      eventId: event.id,
      approvalPolicyId: 1,
      approvalRequirementId: 1,
    }),
  );
  expect(problemsOf(await deleteEvent(context, admin, event.id))).toEqual(['conflict']);
  expect(accepted(await deleteWorkflow(context, admin, workflow.id)).warnings).toHaveLength(1);
  accepted(await deleteEvent(context, admin, event.id));
  expect(problemsOf(await getEvent(context, admin, event.id))).toEqual(['not_found']);
  expect((await auditLines(world, 'event')).at(-1)).toMatchObject({
    action: 'deleted',
    detail: { before: { name: 'Hotfix' }, after: null },
  });
});

test('archived: webhooks find no such event; restored: they do again', async () => {
  const [event] = accepted(
    await listEvents(context, admin, {
      filters: [{ field: 'slug', op: 'eq', values: ['deploy-to-production'] }],
      sort: [],
      page: { number: 1, size: 30 },
    }),
  ).rows;
  const archived = accepted(await archiveEvent(context, admin, event!.id));
  expect(accepted(await archiveEvent(context, admin, event!.id))).toEqual(archived);
  expect((await world.post('deploy-to-production', world.webhook('run1'))).status).toBe(404);
  expect(accepted(await restoreEvent(context, admin, event!.id)).archivedAt).toBeNull();
  expect((await world.post('deploy-to-production', world.webhook('run1'))).status).toBe(202);
});

test('members read and do not write; foreign ids are unknown', async () => {
  const event = await make('Hotfix');
  const member = adminOf(world, { role: 'member' });
  const foreign = await foreignOrganization(world);
  expect(accepted(await getEvent(context, member, event.id))).toEqual(event);
  expect(problemsOf(await createEvent(context, member, { name: 'X' }))).toEqual(['forbidden']);
  for (const verb of [archiveEvent, restoreEvent, deleteEvent]) {
    expect(problemsOf(await verb(context, member, event.id))).toEqual(['forbidden']);
    expect(problemsOf(await verb(context, foreign, event.id))).toEqual(['not_found']);
  }
  expect(problemsOf(await updateEvent(context, foreign, event.id, {}))).toEqual(['not_found']);
  expect((await loadEvents(context, foreign, [event.id])).size).toBe(0);
  expect(accepted(await createEvent(context, foreign, { name: 'Hotfix' })).slug).toBe('hotfix');
});
