import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { chartRoutes } from './http/charts/routes.ts';
import { connectRoutes } from './http/connect/routes.ts';
import { harnessApprovalRoutes } from './http/harness-approvals.ts';
import { healthRoutes } from './http/health.ts';
import { tokenAccess } from './http/json-api/token-access.ts';
import { managementApi } from './http/management-api.ts';
import { metricsRoute } from './http/metrics.ts';
import { createBadTokens, createRateLimit } from './http/rate-limit.ts';
import { webhookRoutes } from './http/webhooks.ts';
import { type createMetrics, createMetricsPage } from './observing/metrics.ts';
import type { Context } from './usecases/context.ts';
import { takeNotification } from './usecases/gates/take-notification.ts';
import { openRequest } from './usecases/opening/open-request.ts';
import { BOOTSTRAP } from './usecases/opening/token-scope.ts';
import { openingTokenOfSecret, principalOfSecret } from './usecases/tokens/principal-of.ts';

/** Every way in that is not a chat's: health, charts, metrics, webhooks, the connect page, Harness's approval API, the management API. */
export function registerRoutes(
  server: FastifyInstance,
  parts: {
    config: Config;
    context: Context;
    /** Whom the configuration's own tokens speak for. */
    organizationId: number;
    /** What /readyz asks. */
    checks: Parameters<typeof healthRoutes>[1];
    metrics: ReturnType<typeof createMetrics>;
    version: string;
  },
): void {
  const { config, context, organizationId, checks, metrics, version } = parts;
  const { clock, log, observe, harness } = context;
  healthRoutes(server, checks, { log });
  chartRoutes(server, context);
  const badTokens = createBadTokens(clock);
  const page = createMetricsPage(metrics, context);
  metricsRoute(server, { token: config.metricsToken, badTokens, page });
  webhookRoutes(server, {
    secret: config.webhook,
    openingToken: async () => ({ id: null, name: BOOTSTRAP, organizationId, mayChoosePolicy: false }),
    findToken: (secret) => openingTokenOfSecret(context, secret),
    badTokens,
    rateLimit: createRateLimit(clock, config.webhookRateLimit),
    harness,
    open: (token, posted, message) => openRequest(context, token, posted, message),
    takeNotification: (token, notified, message) => takeNotification(context, token, notified, message),
    clock,
    log,
    observe,
  });
  connectRoutes(server, { context, badTokens });
  harnessApprovalRoutes(server, {
    context,
    apiToken: config.apiToken,
    webhookToken: config.webhook.token,
    organizationId,
    findPrincipal: (secret) => principalOfSecret(context, secret),
    badTokens,
    rateLimit: createRateLimit(clock, config.apiRateLimit),
  });
  managementApi(server, {
    context,
    publicUrl: config.publicUrl,
    version,
    authenticate: tokenAccess({
      apiToken: config.apiToken,
      organizationId,
      badTokens,
      findPrincipal: (secret) => principalOfSecret(context, secret),
      rateLimit: createRateLimit(clock, config.apiRateLimit),
    }),
  });
}
