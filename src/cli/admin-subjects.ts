import type { App } from '../app.ts';
import type { Person } from '../approval/person.ts';
import { requestById } from '../store/approval-requests.ts';
import { personByEmail } from '../store/people.ts';
import { requestIdsBeginningWith } from '../store/request-ids.ts';
import { CommandFailed } from './command-line.ts';

/** The id that is meant: given whole, or its beginning where only one request begins so. Throws CommandFailed. */
export async function findRequestId({ context, organizationId }: App, given: string): Promise<string> {
  const { db } = context;
  const whole = await requestById(db, given);
  if (whole?.organizationId === organizationId) return whole.id;
  if (!/^apr_[A-Za-z0-9_-]{1,40}$/.test(given))
    throw new CommandFailed(
      `“${given.slice(0, 60)}” is no request’s id. Ids begin with apr_: npm run admin -- requests`,
    );
  const found = await requestIdsBeginningWith(db, organizationId, given, 6);
  if (found.length === 1) return found[0]!;
  if (found.length === 0)
    throw new CommandFailed(`There is no request ${given}. See them with: npm run admin -- requests`);
  const listed = found.slice(0, 5).map((id) => `  ${id}`);
  throw new CommandFailed(
    `More than one request begins with ${given}; give more of the id:\n${listed.join('\n')}${found.length > 5 ? '\n  …' : ''}`,
  );
}

/** The person with this e-mail address. Throws CommandFailed when there is none. */
export async function findPerson({ context, organizationId }: App, email: string): Promise<Person> {
  const person = await personByEmail(context.db, organizationId, email);
  if (person) return person;
  throw new CommandFailed(
    `Nobody here has the e-mail address ${email.slice(0, 254)}. Add them to your seed file and load it: npm run seed -- FILE.yml`,
  );
}
