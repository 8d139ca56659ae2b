import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import {
  createPipelineEvent,
  deletePipelineEvent,
  getPipelineEvent,
  listPipelineEvents,
  loadPipelineEvents,
  PIPELINE_EVENT_LIST,
  type PipelineEventDraft,
  type PipelineEventRecord,
  putPipelineEvent,
  updatePipelineEvent,
} from '../../usecases/gates/manage-pipeline-events.ts';
import { idInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, upserts, writes } from '../json-api/resource.ts';
import { filtersOf, organizationOf, timeAttribute } from './shared-fields.ts';

const changeInput = z
  .strictObject({
    account_identifier: textInput(200),
    org_identifier: textInput(200),
    project_identifier: textInput(200),
    pipeline_identifier: textInput(200),
    event_id: idInput.nullable(),
  })
  .partial();
const createInput = changeInput.meta({
  required: ['org_identifier', 'project_identifier', 'pipeline_identifier', 'event_id'],
});

function draftOf(input: Partial<PipelineEventDraft>): PipelineEventDraft {
  return {
    accountIdentifier: input.accountIdentifier ?? '',
    orgIdentifier: input.orgIdentifier ?? '',
    projectIdentifier: input.projectIdentifier ?? '',
    pipelineIdentifier: input.pipelineIdentifier ?? '',
    eventId: input.eventId ?? null,
  };
}

/** Which event a pipeline's gates are, where Harness's own notifications tell of them. */
export function pipelineEvents(context: Context): AnyResource {
  return resource<PipelineEventRecord>({
    type: 'pipeline_events',
    description:
      'Which event the gates of a pipeline are: a notification of Harness (POST /hooks/harness/notifications) opens a request for it. One per pipeline.',
    id: (row) => row.id,
    attributes: {
      account_identifier: {
        schema: z.string().meta({ description: 'Empty = the pipeline in any account.' }),
        read: (row) => row.account,
      },
      org_identifier: { schema: z.string(), read: (row) => row.org },
      project_identifier: { schema: z.string(), read: (row) => row.project },
      pipeline_identifier: { schema: z.string(), read: (row) => row.pipeline },
      created_at: timeAttribute((row) => row.createdAt),
      updated_at: timeAttribute((row) => row.updatedAt),
    },
    relationships: {
      organization: organizationOf((row) => row.organizationId),
      event: { type: 'events', many: false, attribute: 'event_id', ids: (row) => [row.eventId] },
    },
    filters: filtersOf(PIPELINE_EVENT_LIST.filters),
    sorts: PIPELINE_EVENT_LIST.sorts,
    list: (principal, query) => listPipelineEvents(context, principal, query),
    get: (principal, id) => getPipelineEvent(context, principal, Number(id)),
    async load(principal, ids) {
      return [...(await loadPipelineEvents(context, principal, ids.map(Number))).values()];
    },
    create: writes(createInput, (principal, _id, input) =>
      createPipelineEvent(context, principal, draftOf(input)),
    ),
    upsert: upserts(
      createInput,
      'Maps a pipeline, known by its four identifiers, to an event: made where it is new',
      (principal, input) => putPipelineEvent(context, principal, draftOf(input)),
    ),
    update: writes(changeInput, (principal, id, input) =>
      updatePipelineEvent(context, principal, Number(id), input),
    ),
    remove: (principal, id) => deletePipelineEvent(context, principal, Number(id)),
  });
}
