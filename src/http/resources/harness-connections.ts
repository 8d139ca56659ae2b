import { z } from 'zod';
import { createConnection } from '../../usecases/connections/add-connection.ts';
import { HARNESS_CLOUD } from '../../usecases/connections/connection-fields.ts';
import {
  getConnection,
  listConnections,
  pauseConnection,
  removeConnection,
  resumeConnection,
  testConnection,
  updateConnection,
} from '../../usecases/connections/manage-connections.ts';
import type { Context } from '../../usecases/context.ts';
import type { HarnessConnection } from '../../usecases/harness-ports.ts';
import { textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { filtersBy, organizationOf, timeAttribute } from './shared-fields.ts';

const key = textInput(2_000).meta({ description: 'Written, and never read back.', writeOnly: true });
const changeInput = z
  .strictObject({
    name: textInput(200),
    base_url: textInput(500).meta({ description: 'A new address wants api_key with it.' }),
    path_prefix: textInput(200),
    api_key: key,
  })
  .partial();
const createInput = z.strictObject({
  name: textInput(200),
  account: textInput(200).optional().meta({ description: 'The one that the key names unless told.' }),
  base_url: textInput(500).optional(),
  path_prefix: textInput(200).optional(),
  api_key: key,
});

/** The Harness accounts an organization is connected to: admins only. */
export function harnessConnections(context: Context): AnyResource {
  return resource<HarnessConnection>({
    type: 'harness_connections',
    description:
      'A Harness account whose gates the bot decides. Its key is tried with Harness, kept encrypted and never shown. The one named “environment” is set by HARNESS_… and can be paused, but not changed.',
    id: (row) => row.id,
    attributes: {
      name: { schema: z.string(), read: (row) => row.name },
      source: { schema: z.enum(['environment', 'stored']), read: (row) => row.source },
      account: { schema: z.string(), read: (row) => row.account },
      base_url: { schema: z.string(), read: (row) => row.baseUrl },
      path_prefix: { schema: z.string(), read: (row) => row.pathPrefix },
      state: { schema: z.enum(['active', 'paused']), read: (row) => row.state },
      paused_because: { schema: z.string(), read: (row) => row.pausedBecause },
      unhealthy_because: {
        schema: z
          .string()
          .nullable()
          .meta({ description: 'Why it rests by itself until Harness takes it again.' }),
        read: (row) => row.unhealthyBecause,
      },
      unhealthy_at: timeAttribute((row) => row.unhealthyAt),
      checked_at: timeAttribute((row) => row.checkedAt),
      created_at: timeAttribute((row) => row.createdAt),
      updated_at: timeAttribute((row) => row.updatedAt),
    },
    relationships: { organization: organizationOf((row) => row.organizationId) },
    filters: filtersBy({ id: ['eq'] }, { id: 'id' }),
    sorts: ['id', 'name'],
    defaultSort: [{ field: 'name', descending: false }],
    list: (principal, query) => listConnections(context, principal, query),
    get: (principal, id) => getConnection(context, principal, { id: Number(id) }),
    create: writes(createInput, (principal, _id, input) =>
      createConnection(context, principal, {
        ...{ name: input.name, account: input.account ?? '', apiKey: input.apiKey },
        baseUrl: input.baseUrl ?? HARNESS_CLOUD.baseUrl,
        pathPrefix: input.pathPrefix ?? HARNESS_CLOUD.pathPrefix,
      }),
    ),
    update: writes(changeInput, (principal, id, input) =>
      updateConnection(context, principal, Number(id), input),
    ),
    remove: async (principal, id) => {
      const removed = await removeConnection(context, principal, Number(id));
      return removed.ok ? { ok: true, value: { warnings: removed.value.warnings } } : removed;
    },
    actions: {
      test: {
        summary: 'Asks Harness whether address and key are good',
        ...writes(z.strictObject({}), async (principal, id) => {
          const tested = await testConnection(context, principal, Number(id));
          return tested.ok ? { ok: true, value: tested.value.connection } : tested;
        }),
      },
      pause: {
        summary: 'Sends nothing through a connection: decisions wait',
        ...writes(z.strictObject({ why: textInput(1_000).optional() }), (principal, id, input) =>
          pauseConnection(context, principal, Number(id), input.why ?? ''),
        ),
      },
      resume: {
        summary: 'Lets a connection go on, whatever stopped it',
        ...writes(z.strictObject({}), (principal, id) => resumeConnection(context, principal, Number(id))),
      },
    },
  });
}
