import { personByEmail } from '../../src/store/people.ts';
import type { ListQuery, Managed, Principal } from '../../src/usecases/managing/managing.ts';
import { createToken, type WantedToken } from '../../src/usecases/tokens/manage-tokens.ts';
import { principalOfSecret } from '../../src/usecases/tokens/principal-of.ts';
import { email, type StaffName, type World } from './world.ts';

/** The bootstrap API_TOKEN: an admin, nobody in particular. */
export function operator(world: World): Principal {
  return {
    organizationId: world.app.organizationId,
    role: 'admin',
    personId: null,
    tokenId: 'bootstrap',
    via: 'api',
  };
}

export async function personId(world: World, name: StaffName): Promise<number> {
  const person = await personByEmail(world.app.context.db, world.app.organizationId, email(name));
  if (!person) throw new Error(`${name} is nobody here`);
  return person.id;
}

/** Somebody of the staff, as their own token makes them. */
export async function as(
  world: World,
  name: StaffName,
  role: 'admin' | 'member' = 'member',
): Promise<Principal> {
  const { organizationId } = world.app;
  return { organizationId, role, personId: await personId(world, name), tokenId: `of-${name}`, via: 'api' };
}

/** Makes a token as whoever runs the bot. */
export async function token(
  world: World,
  holder: WantedToken['holder'],
  role: WantedToken['role'],
  scope: Partial<NonNullable<WantedToken['scope']>> | null = null,
): Promise<{ id: number; name: string; secret: string; principal: Principal }> {
  const made = ok(
    await createToken(world.app.context, operator(world), {
      holder,
      role,
      name: null,
      scope: scope && { events: null, pipelines: null, mayChoosePolicy: false, ...scope },
    }),
  );
  const principal = await principalOfSecret(world.app.context, made.secret);
  if (!principal) throw new Error('the new token is not valid');
  return { id: made.token.id, name: made.token.name, secret: made.secret, principal };
}

/** The value; throws where there is a refusal. */
export function ok<T>(managed: Managed<T>): T {
  if (managed.ok) return managed.value;
  throw new Error(`refused: ${JSON.stringify(managed.refusal)}`);
}

/** A list's query: `{ status: 'WAITING', 'created_at gt': '2026-…' }`. */
export function query(
  filters: Readonly<Record<string, string | readonly string[]>> = {},
  page: Partial<ListQuery['page']> = {},
  sort: ListQuery['sort'] = [],
): ListQuery {
  return {
    filters: Object.entries(filters).map(([key, value]) => {
      const [field = '', op = 'eq'] = key.split(' ');
      return {
        field,
        op: op as ListQuery['filters'][number]['op'],
        values: typeof value === 'string' ? [value] : value,
      };
    }),
    sort,
    page: { number: 1, size: 30, ...page },
  };
}
