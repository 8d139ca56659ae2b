import Devour from 'devour-client';
import Kitsu from 'kitsu';
import { expect } from 'vitest';
import type { World } from '../helpers/world.ts';
import { API_TOKEN, JSON_API, requireJsonApi } from './api-client.ts';

/** What a client got, as it came. */
export interface Seen {
  status: number;
  document: { errors?: { status: string; detail: string }[] } | undefined;
}

interface Got {
  status: number;
  data: unknown;
  headers?: unknown;
}

/** Checks what came, and keeps it. */
function witness(seen: Seen[], { status, data, headers }: Got): void {
  if (data === '' || data === undefined) {
    seen.push({ status, document: undefined });
    return;
  }
  expect((headers as Record<string, string>)['content-type']).toBe(JSON_API);
  requireJsonApi(data);
  seen.push({ status, document: structuredClone(data) as NonNullable<Seen['document']> });
}

/** Kitsu 11, told what our names look like. */
export function kitsuOf(world: World): { api: Kitsu; seen: Seen[] } {
  const seen: Seen[] = [];
  const api = new Kitsu({
    baseURL: `${world.url}/api/v2`,
    ...{ camelCaseTypes: false, resourceCase: 'none' },
    headers: { 'X-Auth-Token': API_TOKEN, 'X-Organization-Id': String(world.app.organizationId) },
    axiosOptions: { proxy: false },
  });
  api.interceptors.response.use(
    (answer) => {
      witness(seen, answer);
      return answer;
    },
    (error: { response: Got }) => {
      witness(seen, error.response);
      throw error;
    },
  );
  return { api, seen };
}

/** Devour 3 with models of our resources. */
export function devourOf(world: World): { api: Devour; seen: Seen[] } {
  const seen: Seen[] = [];
  const api = new Devour({ apiUrl: `${world.url}/api/v2`, logger: false, errorBuilder: (error) => error });
  api.headers = { Authorization: `Bearer ${API_TOKEN}` };
  const { axios } = api;
  api.axios = async (request) => {
    try {
      const answer = await axios({ ...(request as object), proxy: false });
      witness(seen, answer);
      return answer;
    } catch (error) {
      witness(seen, (error as { response: Got }).response);
      throw error;
    }
  };
  const one = (type: string) => ({ jsonApi: 'hasOne', type });
  const many = (type: string) => ({ jsonApi: 'hasMany', type });
  const organization = one('organizations');
  const words = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '']));
  api.define('organization', words('name'));
  api.define('event', { ...words('name', 'slug', 'description'), organization });
  api.define('approval_policy', { ...words('name', 'slug'), organization });
  api.define('approval_policy_assignment', { ...words('target_type'), organization });
  api.define('person', {
    ...words('first_name', 'last_name', 'name', 'email', 'status'),
    ...{ organization, manager: one('people'), owner: one('people') },
    approval_policy_assignment: one('approval_policy_assignments'),
  });
  // Linkage is sent under the name of its type.
  api.define('people', {});
  api.define('approval_workflow', {
    ...words('approval_requirement_id', 'target_type_id', 'dynamic_approver_ids', 'disallow_requester'),
    ...{ organization, event: one('events'), approval_policy: one('approval_policies') },
    ...{ approvers: many('people'), subscribers: many('people') },
  });
  return { api, seen };
}
