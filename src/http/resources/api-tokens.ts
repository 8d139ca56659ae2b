import { z } from 'zod';
import type { Context } from '../../usecases/context.ts';
import type { Managed } from '../../usecases/managing/managing.ts';
import {
  type ApiToken,
  createToken,
  getToken,
  listTokens,
  revokeToken,
  TOKEN_FILTERS,
} from '../../usecases/tokens/manage-tokens.ts';
import { idInput, textInput } from '../json-api/input-fields.ts';
import { type AnyResource, resource, writes } from '../json-api/resource.ts';
import { filtersBy, organizationOf, timeAttribute } from './shared-fields.ts';

type TokenRow = ApiToken & { secret?: string };

const part = z.string().max(200);
const pattern = z.strictObject({ account: part, org: part, project: part, pipeline: part });

const createInput = z.strictObject({
  role: z.enum(['admin', 'member', 'pipeline']),
  name: textInput(1_000).nullable().optional(),
  person_id: idInput.optional().meta({ description: 'Whose token it is: this, or email, or machine.' }),
  email: textInput(320).optional(),
  machine: textInput(200).optional().meta({ description: 'The name of a machine; made when new.' }),
  owner_email: textInput(320).optional().meta({ description: 'Who answers for a new machine.' }),
  events: z
    .array(z.union([idInput.transform(String), textInput(200)]))
    .max(200)
    .nullable()
    .optional()
    .meta({ description: 'Pipeline tokens: events by id or slug; null for any (R1).' }),
  pipelines: z.array(pattern).max(200).nullable().optional(),
  may_choose_policy: z.boolean().optional(),
});

/** Who may call this API and open requests (R1, R26). The secret shows once, in the answer to POST. */
export function apiTokens(context: Context): AnyResource {
  return resource<TokenRow>({
    type: 'api_tokens',
    description:
      'A token of a person or a machine. Its secret shows once, when it is made. DELETE, or PATCH …/revoke, ends it at once.',
    id: (row) => row.id,
    attributes: {
      name: { schema: z.string(), read: (row) => row.name },
      role: { schema: z.enum(['admin', 'member', 'pipeline']), read: (row) => row.role },
      scope: {
        schema: z
          .record(z.string(), z.unknown())
          .nullable()
          .meta({ description: 'Of pipeline tokens (R1).' }),
        read: ({ scope }) =>
          scope && {
            event_ids: scope.eventIds?.map(String) ?? null,
            pipelines: scope.pipelines,
            may_choose_policy: scope.mayChoosePolicy,
          },
      },
      secret: {
        schema: z.string().nullable().meta({ description: 'In the answer to POST alone.' }),
        read: (row) => row.secret ?? null,
        hidden: (row) => row.secret === undefined,
      },
      created_at: timeAttribute((row) => row.createdAt),
      last_used_at: timeAttribute((row) => row.lastUsedAt),
      revoked_at: timeAttribute((row) => row.revokedAt),
    },
    relationships: {
      organization: organizationOf((row) => row.organizationId),
      person: { type: 'people', many: false, attribute: 'person_id', ids: (row) => [row.personId] },
    },
    filters: filtersBy(TOKEN_FILTERS, { id: 'id', person_id: 'id', role: 'word' }),
    sorts: ['id'],
    list: (principal, query) => listTokens(context, principal, query),
    get: (principal, id) => getToken(context, principal, Number(id)),
    create: writes(createInput, async (principal, _id, input): Promise<Managed<TokenRow>> => {
      const holder = holderOf(input);
      if (!holder) {
        const detail = 'name one holder: person_id, email or machine';
        return { ok: false, refusal: { kind: 'invalid', problems: [{ field: 'person', detail }] } };
      }
      const { role, name = null, events = null, pipelines = null, mayChoosePolicy = false } = input;
      const isScoped = events !== null || pipelines !== null || mayChoosePolicy;
      const scope = role === 'pipeline' || isScoped ? { events, pipelines, mayChoosePolicy } : null;
      const made = await createToken(context, principal, { holder, role, name, scope });
      return made.ok ? { ok: true, value: { ...made.value.token, secret: made.value.secret } } : made;
    }),
    remove: async (principal, id) => {
      const revoked = await revokeToken(context, principal, Number(id));
      return revoked.ok ? { ok: true, value: null } : revoked;
    },
    actions: {
      revoke: {
        summary: 'Ends a token at once',
        ...writes(z.strictObject({}), (principal, id) => revokeToken(context, principal, Number(id))),
      },
    },
  });
}

type Holder = Parameters<typeof createToken>[2]['holder'];

function holderOf(given: {
  personId?: number;
  email?: string;
  machine?: string;
  ownerEmail?: string;
}): Holder | null {
  const holders: Holder[] = [];
  if (given.personId !== undefined) holders.push({ personId: given.personId });
  if (given.email !== undefined) holders.push({ email: given.email });
  if (given.machine !== undefined)
    holders.push({ machine: given.machine, ownerEmail: given.ownerEmail ?? null });
  return holders.length === 1 ? holders[0]! : null;
}
