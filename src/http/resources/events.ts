import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import {
  archiveEvent,
  createEvent,
  deleteEvent,
  EVENT_LIST,
  type EventRecord,
  getEvent,
  listEvents,
  loadEvents,
  restoreEvent,
  updateEvent,
} from '../../usecases/workflows/manage-events.ts';
import { choiceInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { filtersOf, organizationOf, timeAttribute } from './shared-fields.ts';

const part = textInput(200).default('');
const pipeline = z.strictObject({ account: part, org: part, project: part, pipeline: part, step: part });
const tag = z
  .union([z.string().max(100), z.int().min(0).max(1_000_000)])
  .transform(String)
  .nullable();

const changeInput = z
  .strictObject({
    name: textInput(1_000).nullable(),
    slug: textInput(200),
    description: textInput(10_000).nullable(),
    color_id: tag,
    icon_id: tag,
    event_type_id: choiceInput,
    limitation_type_id: choiceInput,
    half_day_bookings: z.boolean(),
    sync_personal_integrations: z.boolean(),
    absence_type: textInput(50),
    pipelines: z.array(pipeline).max(500),
  })
  .partial();
const createInput = changeInput.meta({ required: ['name'] });

/** What needs approval (contract §1.5, R27). */
export function events(context: Context): AnyResource {
  return resource<EventRecord>({
    type: 'events',
    description:
      'The kind of thing that needs approval, such as a deployment. Webhooks name it by its slug: POST /hooks/harness/SLUG.',
    id: (row) => row.id,
    attributes: {
      name: { schema: z.string(), read: (row) => row.name },
      slug: { schema: z.string(), read: (row) => row.slug },
      description: { schema: z.string().nullable(), read: (row) => row.description },
      color_id: { schema: z.string().nullable(), read: (row) => row.colorId },
      icon_id: { schema: z.string().nullable(), read: (row) => row.iconId },
      event_type_id: {
        schema: z.int().meta({ description: '1 paid, 2 unpaid' }),
        read: (row) => row.eventTypeId,
      },
      limitation_type_id: {
        schema: z.int().meta({ description: '2 days, 3 hours, 4 unlimited' }),
        read: (row) => row.limitationTypeId,
      },
      half_day_bookings: { schema: z.boolean(), read: (row) => row.halfDayBookings },
      sync_personal_integrations: { schema: z.boolean(), read: (row) => row.syncPersonalIntegrations },
      absence_type: { schema: z.enum(['time_off', 'remote_work']), read: (row) => row.absenceType },
      pipelines: {
        schema: z.array(pipeline).meta({
          description: 'The pipelines whose gates this event may approve; an empty part means any (R1).',
        }),
        read: (row) => row.pipelines,
      },
      archived_at: timeAttribute((row) => row.archivedAt),
    },
    relationships: { organization: organizationOf((row) => row.organizationId) },
    filters: filtersOf(EVENT_LIST.filters, { slug: 'word' }),
    sorts: EVENT_LIST.sorts,
    list: (principal, query) => listEvents(context, principal, query),
    get: (principal, id) => getEvent(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadEvents(context, principal, ids.map(Number))).values()];
    },
    create: writes(createInput, (principal, _id, input) =>
      createEvent(context, principal, { ...input, name: input.name ?? null }),
    ),
    update: writes(changeInput, (principal, id, input) => updateEvent(context, principal, Number(id), input)),
    remove: (principal, id) => deleteEvent(context, principal, Number(id)),
    actions: {
      archive: {
        summary: 'Archives an event',
        ...writes(z.strictObject({}), (principal, id) => archiveEvent(context, principal, Number(id))),
      },
      restore: {
        summary: 'Restores an archived event',
        ...writes(z.strictObject({}), (principal, id) => restoreEvent(context, principal, Number(id))),
      },
    },
  });
}
