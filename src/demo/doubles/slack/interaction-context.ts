import type { JsonObject } from '../common/json.ts';
import type { Carrier } from './carrier.ts';
import { Refusal } from './refusal.ts';
import type { ResponseTarget, ResponseUrls } from './response-urls.ts';
import type { UserInput } from './setup.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';
import type { Workspace } from './workspace.ts';

/** What people's actions work on. */
export interface Interactions {
  workspace: Workspace;
  views: Views;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  carrier: Carrier;
  origin: () => string;
  /** Whether the app is installed in this workspace. */
  installed: boolean;
}

// Slack still sends the long deprecated verification token; nobody should look at it.
export const VERIFICATION_TOKEN = 'deprecatedverificationtoken';

/** A person who can act: known and (unless forged) still in the workspace. */
export function actor(interactions: Interactions, userId: string, forge = false): UserInput {
  const { workspace } = interactions;
  if (!interactions.installed && !forge)
    throw new Refusal(`the app is not installed in ${workspace.teamId}: nobody there can use it`);
  const person = workspace.people.get(userId);
  if (!person) throw new Refusal(`no person ${userId}`);
  if (person.deleted && !forge) throw new Refusal(`${userId} has left: they can do nothing in Slack`);
  return person;
}

/** The members every interaction payload has. */
export function envelope({ workspace }: Interactions, type: string, person: UserInput): JsonObject {
  return {
    type,
    user: {
      id: person.id,
      username: person.name,
      name: person.name,
      team_id: person.teamId ?? workspace.teamId,
    },
    api_app_id: workspace.appId,
    token: VERIFICATION_TOKEN,
    team: { id: workspace.teamId, domain: workspace.teamDomain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** A new response URL, whole. */
export function newResponseUrl({ responseUrls, origin }: Interactions, target: ResponseTarget): string {
  return `${origin()}${responseUrls.issue(target)}`;
}
