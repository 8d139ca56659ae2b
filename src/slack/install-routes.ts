import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock, Installed, Installing, Log } from '../usecases/ports.ts';
import { failureSentence } from './failures.ts';
import { type InstallPage, PAGE, PAGE_HEADERS, renderPage } from './install-pages.ts';
import { createInstallStates, STATE_AGE_MS } from './install-state.ts';
import type { SlackOAuth } from './oauth-client.ts';
import { REQUIRED_SCOPES } from './scopes.ts';

export const INSTALL_PATH = '/slack/install';
export const REDIRECT_PATH = '/slack/oauth_redirect';
const COOKIE = 'countersign_install';

export interface InstallRoutes {
  installing: Installing;
  oauth: SlackOAuth;
  clientId: string;
  stateSecret: string;
  /** Where Slack's Web API is; its page for installing is beside it. */
  apiUrl: string;
  /** The bot's own address, without a slash at its end. */
  publicUrl: string;
  clock: Clock;
  log: Log;
}

const linkQuery = z.object({ link: z.string().max(200) });
const redirectQuery = z.object({
  code: z.string().min(1).max(1_000).optional(),
  state: z.string().max(1_000).optional(),
  error: z.string().max(1_000).optional(),
});

/**
 * GET /slack/install?link=… shows what will happen and changes nothing, so a link preview uses nothing up.
 * GET /slack/oauth_redirect is where Slack sends the browser back: state and cookie are checked, the code exchanged,
 * and link and installation committed together. Slack's own InstallProvider is not used: it stores what was exchanged
 * before anybody could refuse it, answers on the raw socket, past this server's headers, and lives by its own clock.
 */
export function createInstallRoutes(parts: InstallRoutes): FastifyPluginAsync {
  const { installing, oauth, clock, log } = parts;
  const states = createInstallStates(parts.stateSecret);
  const redirectUri = parts.publicUrl + REDIRECT_PATH;
  const { pathname, protocol } = new URL(redirectUri);
  const cookieAttributes = `Path=${pathname}; HttpOnly; SameSite=Lax${protocol === 'https:' ? '; Secure' : ''}`;

  async function begin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const secret = linkQuery.safeParse(request.query).data?.link;
    const link = secret === undefined ? 'unknown' : await installing.openLink({ secret });
    if (typeof link === 'string') return show(reply, PAGE[link]);
    const { state, cookie } = states.begin(link.id, clock.now());
    reply.header('set-cookie', `${COOKIE}=${cookie}; Max-Age=${STATE_AGE_MS / 1000}; ${cookieAttributes}`);
    return show(reply, PAGE.begin(link.organizationName, authorizeUrl(state)));
  }

  function authorizeUrl(state: string): string {
    const url = new URL('../oauth/v2/authorize', parts.apiUrl);
    url.search = new URLSearchParams({
      client_id: parts.clientId,
      scope: REQUIRED_SCOPES.join(','),
      redirect_uri: redirectUri,
      state,
    }).toString();
    return url.href;
  }

  async function finish(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.header('set-cookie', `${COOKIE}=; Max-Age=0; ${cookieAttributes}`);
    const query = redirectQuery.safeParse(request.query).data;
    if (query?.error === 'access_denied') return show(reply, PAGE.cancelled);
    const linkId = states.finish(query?.state ?? '', cookieIn(request), clock.now());
    if (linkId === null) return show(reply, PAGE.notThisBrowser);
    if (query?.code === undefined) return show(reply, PAGE.refusedBySlack);
    const link = await installing.openLink({ id: linkId });
    if (typeof link === 'string') return show(reply, PAGE[link]);
    return show(reply, await exchange(linkId, query.code));
  }

  async function exchange(linkId: number, code: string): Promise<InstallPage> {
    const answer = await oauth.exchange(code, redirectUri);
    if (!answer.ok) {
      log.warn({ linkId, problem: failureSentence(answer.failure) }, 'Slack did not exchange a code');
      return PAGE.refusedBySlack;
    }
    const granted = answer.value;
    if (granted.kind === 'not_a_bot') return PAGE.refusedBySlack;
    if (granted.kind === 'enterprise_wide') {
      if (granted.botToken !== null) await oauth.revoke(granted.botToken);
      return PAGE.enterpriseWide;
    }
    const { installation } = granted;
    const missing = REQUIRED_SCOPES.filter((scope) => !installation.scopes.includes(scope));
    // Not revoked: where the app is installed already, Slack gives the token that is in use.
    if (missing.length > 0) return PAGE.missingScopes(missing);
    const installed = await installing.install(linkId, installation);
    const { teamId } = installation;
    if (installed.kind === 'installed')
      return PAGE.installed(installed.organizationName, installation.teamName);
    log.warn({ linkId, teamId, why: installed.why }, 'an install was refused');
    await takeBack(installed, installation.botToken);
    return PAGE[installed.why];
  }

  /** Nobody keeps a token that was refused, unless it may be the very one a live installation works with. */
  async function takeBack(refused: Installed & { kind: 'refused' }, botToken: string): Promise<void> {
    if (!refused.inUse) await oauth.revoke(botToken);
  }

  return async (fastify) => {
    fastify.setErrorHandler((error, request, reply) => {
      log.error({ err: error, route: request.routeOptions.url }, 'a page for installing failed');
      return show(reply, PAGE.failed);
    });
    fastify.get(INSTALL_PATH, begin);
    fastify.get(REDIRECT_PATH, { exposeHeadRoute: false }, finish);
  };
}

function show(reply: FastifyReply, page: InstallPage): FastifyReply {
  return reply
    .status(page.status)
    .headers(PAGE_HEADERS)
    .header('cache-control', 'no-store')
    .send(renderPage(page));
}

function cookieIn(request: FastifyRequest): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.split('=', 2);
    if (name?.trim() === COOKIE) return value?.trim() ?? null;
  }
  return null;
}
