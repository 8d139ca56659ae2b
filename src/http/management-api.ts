import type { FastifyInstance } from 'fastify';
import type { Context } from '../usecases/context.ts';
import type { Authenticate } from './json-api/authentication.ts';
import { docsRoutes } from './json-api/docs-page.ts';
import { openApiDocument } from './json-api/openapi.ts';
import type { AnyResource } from './json-api/resource.ts';
import { jsonApiRoutes, PREFIX } from './json-api/routes.ts';
import { apiTokens } from './resources/api-tokens.ts';
import { approvalPolicies } from './resources/approval-policies.ts';
import { approvalPolicyAssignments } from './resources/approval-policy-assignments.ts';
import { approvalRequests } from './resources/approval-requests.ts';
import { approvalStatuses } from './resources/approval-statuses.ts';
import { approvalWorkflows } from './resources/approval-workflows.ts';
import { auditEvents } from './resources/audit-events.ts';
import { decisions } from './resources/decisions.ts';
import { events } from './resources/events.ts';
import { harnessConnections } from './resources/harness-connections.ts';
import { organizations } from './resources/organizations.ts';
import { people } from './resources/people.ts';
import { pipelineEvents } from './resources/pipeline-events.ts';

export interface ManagementApiOptions {
  context: Context;
  /** Who asks; also where requests are counted (401, 403, 429). */
  authenticate: Authenticate;
  publicUrl: string;
  /** Of the product, for the OpenAPI document. */
  version: string;
}

/** Everything under /api: the resources as JSON:API at /api/v2, /api/openapi.json and /api/docs. */
export function managementApi(server: FastifyInstance, options: ManagementApiOptions): void {
  const { context, authenticate, publicUrl, version } = options;
  const resources = managedResources(context);
  jsonApiRoutes(server, { resources, authenticate, publicUrl, log: context.log });
  const document = openApiDocument(resources, {
    title: 'Countersign management API',
    version,
    description:
      'JSON:API 1.1 in the shape of Productive’s approval workflows. Send a token as X-Auth-Token, or as Authorization: Bearer.',
    server: publicUrl.replace(/\/+$/, '') + PREFIX,
  });
  docsRoutes(server, document, 'Countersign API');
}

/** Every resource of the API; decisions and organizations come only by include. */
export function managedResources(context: Context): readonly AnyResource[] {
  return [
    approvalWorkflows(context),
    approvalPolicies(context),
    approvalPolicyAssignments(context),
    events(context),
    pipelineEvents(context),
    people(context),
    approvalRequests(context),
    approvalStatuses(context),
    decisions(),
    auditEvents(context),
    apiTokens(context),
    harnessConnections(context),
    organizations(context),
  ];
}
