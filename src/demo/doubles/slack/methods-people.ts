import type { JsonObject } from '../common/json.ts';
import type { ApiContext, ApiMethods } from './api-context.ts';
import { ApiError } from './api-error.ts';
import type { Args } from './args.ts';
import type { UserInput } from './setup.ts';

function profileJson(person: UserInput, { scopes }: ApiContext): JsonObject {
  const realName = person.realName ?? person.name;
  const showsEmail = scopes.includes('users:read.email') && person.email !== undefined && !person.isStranger;
  return {
    real_name: realName,
    real_name_normalized: realName,
    display_name: person.name,
    display_name_normalized: person.name,
    ...(showsEmail && { email: person.email }),
  };
}

function personJson(person: UserInput, context: ApiContext): JsonObject {
  const { workspace } = context;
  const identity = {
    id: person.id,
    team_id: person.teamId ?? workspace.teamId,
    name: person.name,
    deleted: person.deleted === true,
    profile: profileJson(person, context),
    is_bot: person.isBot === true,
    is_app_user: false,
    updated: workspace.seconds(),
    ...(person.isStranger && { is_stranger: true }),
  };
  // Slack leaves these out for people who are gone.
  if (person.deleted) return identity;
  return {
    ...identity,
    real_name: person.realName ?? person.name,
    tz: person.tz ?? 'Europe/Amsterdam',
    tz_label: person.tz ?? 'Europe/Amsterdam',
    is_admin: person.isAdmin === true,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: person.isRestricted === true || person.isUltraRestricted === true,
    is_ultra_restricted: person.isUltraRestricted === true,
  };
}

function known(id: string, context: ApiContext): UserInput {
  const person = context.workspace.people.get(id);
  if (!person) throw new ApiError('user_not_found');
  return person;
}

function list(args: Args, context: ApiContext): JsonObject {
  const people = [...context.workspace.people.values()];
  const from = args.number('cursor', 0);
  const limit = args.number('limit', people.length) || people.length;
  const end = from + limit;
  return {
    members: people.slice(from, end).map((person) => personJson(person, context)),
    cache_ts: context.workspace.seconds(),
    response_metadata: { next_cursor: end < people.length ? String(end) : '' },
  };
}

function lookupByEmail(args: Args, context: ApiContext): JsonObject {
  const wanted = args.need('email').toLowerCase();
  const person = [...context.workspace.people.values()].find(
    (candidate) => candidate.email?.toLowerCase() === wanted && !candidate.deleted && !candidate.isStranger,
  );
  if (!person) throw new ApiError('users_not_found');
  return { user: personJson(person, context) };
}

function profile(args: Args, context: ApiContext): JsonObject {
  const person = known(args.text('user') ?? context.workspace.botUserId, context);
  const entries = Object.entries(person.profileFields ?? {});
  const fields = Object.fromEntries(
    entries.map(([id, field]) => [id, { value: field.value, alt: field.alt ?? '' }]),
  );
  // An empty map arrives as an empty array: Slack's servers do not tell the two apart.
  return { profile: { ...profileJson(person, context), fields: entries.length > 0 ? fields : [] } };
}

function teamProfile(_args: Args, { workspace }: ApiContext): JsonObject {
  const fields = workspace.profileFields.map((field, ordering) => ({
    id: field.id,
    ordering,
    label: field.label,
    hint: field.hint ?? '',
    type: field.type,
    field_name: field.fieldName ?? null,
    possible_values: null,
    options: { is_scim: field.type === 'user', is_protected: field.type === 'user' },
    is_hidden: field.isHidden === true,
    is_inverse: field.isInverse === true,
    section_id: 'S0DOUBLE',
  }));
  const sections = [
    {
      id: 'S0DOUBLE',
      team_id: workspace.teamId,
      section_type: 'additional_fields',
      label: 'About',
      order: 0,
    },
  ];
  return { profile: { fields, sections } };
}

const READ = ['users:read'];
const PROFILE = ['users.profile:read'];

export const PEOPLE_METHODS: ApiMethods = {
  'users.info': {
    tier: 'tier4',
    scopes: READ,
    run: (args, context) => ({ user: personJson(known(args.need('user'), context), context) }),
  },
  'users.list': { tier: 'tier2', scopes: READ, run: list },
  'users.lookupByEmail': { tier: 'tier3', scopes: ['users:read.email'], run: lookupByEmail },
  'users.profile.get': { tier: 'tier4', scopes: PROFILE, run: profile },
  'team.profile.get': { tier: 'tier3', scopes: PROFILE, run: teamProfile },
};
