import type { App } from '../app.ts';
import { organizationById, organizationsByName } from '../store/organizations.ts';
import { CommandFailed } from './command-line.ts';

/** The organization that --organization names, by its id or its whole name; the first when it is left out. */
export async function findOrganization(
  { context, organizationId }: App,
  given: string | null,
): Promise<number> {
  if (given === null) return organizationId;
  const name = given.trim();
  const byId = /^[1-9][0-9]{0,14}$/.test(name) ? await organizationById(context.db, Number(name)) : null;
  if (byId) return byId.id;
  const [found, another] = await organizationsByName(context.db, name);
  if (found && !another) return found.id;
  const shown = `“${name.slice(0, 100)}”`;
  if (found) throw new CommandFailed(`Two organizations are called ${shown}: give the id.`);
  throw new CommandFailed(
    `There is no organization ${shown}. Add it with: npm run admin -- add-organization NAME --domains a.io --admins x@a.io`,
  );
}
