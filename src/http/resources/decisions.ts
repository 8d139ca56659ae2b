import { z } from 'zod';
import type { DecisionRecord } from '../../usecases/requests/list-requests.ts';
import { type AnyResource, resource } from '../json-api/resource.ts';
import { evidence, timeAttribute } from './shared-fields.ts';

/** Every vote of a request; comes with `include=decisions`, never alone. */
export function decisions(): AnyResource {
  return resource<DecisionRecord>({
    type: 'decisions',
    description: 'One vote ever cast, of any version of the content.',
    id: (row) => row.id,
    attributes: {
      action: { schema: z.enum(['APPROVE', 'REJECT']), read: (row) => row.action },
      note: { schema: z.string(), read: (row) => row.note },
      link: {
        schema: evidence
          .nullable()
          .meta({ description: 'An addition: what the vote rests on, where it named one.' }),
        read: (row) => row.link,
        hidden: (row) => row.link === null,
      },
      inputs: { schema: z.record(z.string(), z.string()), read: (row) => row.inputs },
      content_version: { schema: z.int(), read: (row) => row.contentVersion },
      via: { schema: z.string(), read: (row) => row.via },
      void_because: {
        schema: z.string().nullable().meta({ description: 'Why it does not count; null while it does.' }),
        read: (row) => row.voidBecause,
      },
      decided_at: timeAttribute((row) => row.at),
    },
    relationships: {
      person: { type: 'people', many: false, ids: (row) => [row.personId] },
      approval_request: { type: 'approval_requests', many: false, ids: (row) => [row.requestId] },
    },
    filters: {},
    sorts: [],
    load: async () => [],
  });
}
