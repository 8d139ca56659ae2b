import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import {
  AUDIT_FILTERS,
  AUDIT_SORTS,
  type AuditEvent,
  listAudit,
} from '../../usecases/requests/list-audit.ts';
import { type AnyResource, resource } from '../json-api/resource.ts';
import { filtersBy, oneOrNone, organizationOf, timeAttribute } from './shared-fields.ts';

/** Append-only: who did what, from where, when. */
export function auditEvents(context: Context): AnyResource {
  return resource<AuditEvent>({
    type: 'audit_events',
    description: 'Every change of configuration and every decision or refusal, newest first.',
    id: (row) => row.id,
    attributes: {
      at: timeAttribute((row) => row.at),
      via: { schema: z.string(), read: (row) => row.via },
      action: { schema: z.string(), read: (row) => row.action },
      subject_type: { schema: z.string(), read: (row) => row.subjectType },
      subject_id: { schema: z.string(), read: (row) => row.subjectId },
      detail: {
        schema: z
          .record(z.string(), z.unknown())
          .meta({ description: 'For a change of configuration: before and after.' }),
        read: (row) => row.detail,
      },
    },
    relationships: {
      organization: organizationOf((row) => row.organizationId),
      person: { type: 'people', many: false, ids: (row) => oneOrNone(row.personId) },
    },
    filters: filtersBy(AUDIT_FILTERS, {
      id: 'id',
      at: 'time',
      action: 'word',
      subject_type: 'word',
      subject_id: 'word',
      person_id: 'id',
      via: 'word',
    }),
    sorts: AUDIT_SORTS,
    list: (principal, query) => listAudit(context, principal, query),
  });
}
