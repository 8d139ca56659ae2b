import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WantedConnection } from '../../usecases/connections/add-connection.ts';
import { HARNESS_CLOUD } from '../../usecases/connections/connection-fields.ts';
import {
  CONNECT_PATH,
  type OpenedLink,
  openConnectionLink,
  spendLink,
} from '../../usecases/connections/connection-links.ts';
import type { Context } from '../../usecases/context.ts';
import type { FieldProblem } from '../../usecases/managing/managing.ts';
import { sendTooMany } from '../errors.ts';
import { type BadTokens, createRateLimit } from '../rate-limit.ts';
import { formPage, type Typed, wordsPage } from './page.ts';
import { PAGE_HEADERS } from './style.ts';

type Asked = FastifyRequest<{ Params: { secret: string } }>;
type Open = Extract<OpenedLink, { kind: 'open' }>;

const FORM_LIMIT = 16 * 1024;
/** Each try is a call to an address that somebody typed: an admin may mistype a few times, by whatever links. */
const TRIES = { requests: 10, perMs: 10 * 60_000 };
const FIELDS = ['name', 'account', 'base_url', 'path_prefix', 'api_key'] as const;

/**
 * GET /connect/harness/:secret shows the form and changes nothing, so a link preview uses nothing up. POST there tries
 * the key with Harness and keeps it; a refusal shows the form again, without the key. The secret is the only proof, so
 * it is in no log, and no other site's page may post here.
 */
export function connectRoutes(
  server: FastifyInstance,
  { context, badTokens }: { context: Context; badTokens: BadTokens },
): void {
  const { log } = context;
  const tries = createRateLimit(context.clock, TRIES);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_LIMIT },
      (_request, body, done) => done(null, new URLSearchParams(body as string)),
    );
    scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 400 && status < 500)
        return show(
          reply,
          status,
          wordsPage('This form could not be read', 'Open the link again and fill it in anew.'),
        );
      log.error({ err: error, route: request.routeOptions.url }, 'a page for connecting failed');
      return show(
        reply,
        500,
        wordsPage(
          'Something went wrong here',
          'Open the link again in a moment: it says whether it was used.',
        ),
      );
    });
    const path = `${CONNECT_PATH}/:secret`;

    scope.get(path, async (request: Asked, reply) => {
      const opened = await openConnectionLink(context, request.params.secret);
      if (opened.kind !== 'open') return refuse(request, reply, opened.kind);
      return show(reply, 200, form(opened, usual(opened)));
    });

    scope.post(path, async (request: Asked, reply) => {
      const from = request.headers['sec-fetch-site'];
      if (from !== undefined && from !== 'same-origin')
        return show(
          reply,
          403,
          wordsPage('This did not come from here', 'Another page sent this form. Nothing was kept.'),
        );
      const { secret } = request.params;
      const opened = await openConnectionLink(context, secret);
      if (opened.kind !== 'open') return refuse(request, reply, opened.kind);
      const wanted = wantedOf(request.body);
      const waitSeconds = tries.take(String(opened.personId));
      if (waitSeconds !== null) {
        reply.header('retry-after', String(waitSeconds));
        return show(reply, 429, form(opened, wanted, [], tooOften(waitSeconds)));
      }
      const used = await spendLink(context, secret, wanted);
      if ('kind' in used) return refuse(request, reply, used.kind);
      if (used.ok) {
        const { name, account } = used.value;
        return show(reply, 200, donePage(opened, name, account));
      }
      const { refusal } = used;
      if (refusal.kind === 'invalid') return show(reply, 422, form(opened, wanted, refusal.problems));
      const alert = refusal.kind === 'not_found' ? 'This connection was removed meanwhile.' : refusal.why;
      return show(reply, 409, form(opened, wanted, [], alert));
    });
  });

  function refuse(request: Asked, reply: FastifyReply, kind: keyof typeof REFUSED): FastifyReply {
    if (kind === 'unknown') {
      const waitSeconds = badTokens.note(request.ip);
      if (waitSeconds !== null) return sendTooMany(reply, waitSeconds);
    }
    const { status, page } = REFUSED[kind];
    return show(reply, status, page);
  }
}

const NEW_LINK = 'Type /approvals connection add, or /approvals connection key and its name, for a new one.';
const REFUSED = {
  unknown: {
    status: 404,
    page: wordsPage('This link is not known here', 'It may have been cut short on its way.', NEW_LINK),
  },
  used: { status: 410, page: wordsPage('This link was used before', 'Each link works once.', NEW_LINK) },
  expired: {
    status: 410,
    page: wordsPage(
      'This link has expired',
      'It was good for ten minutes, or until the next one was asked for.',
      NEW_LINK,
    ),
  },
  not_admin: {
    status: 403,
    page: wordsPage(
      'This link is good no more',
      'Whoever asked for it is no admin any more. Nothing was changed.',
    ),
  },
} as const;

function form(
  opened: Open,
  typed: Typed,
  problems: readonly FieldProblem[] = [],
  alert: string | null = null,
): string {
  const shown = new Set<string>(opened.connection ? ['api_key', 'base_url', 'path_prefix'] : FIELDS);
  const wrong = new Map(problems.map(({ field, detail }) => [field, sentence(field, detail)]));
  const others = [...wrong].filter(([field]) => !shown.has(field)).map(([, words]) => words);
  const all = alert ?? (others.length > 0 ? others.join(' ') : null);
  return formPage({ ...opened, typed, wrong, alert: all });
}

const LABELS: Readonly<Record<string, string>> = {
  name: 'The name',
  account: 'The account',
  base_url: 'The address',
  path_prefix: 'The path prefix',
  api_key: 'The key',
};

function sentence(field: string, detail: string): string {
  return `${LABELS[field] ?? field} ${detail.replaceAll("'", '’')}.`;
}

function tooOften(waitSeconds: number): string {
  const minutes = Math.ceil(waitSeconds / 60);
  return `That was tried too often. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}

function usual({ connection }: Open): Typed {
  const { baseUrl, pathPrefix } = connection ?? HARNESS_CLOUD;
  return { name: '', account: '', baseUrl, pathPrefix };
}

function wantedOf(body: unknown): WantedConnection {
  const said = body instanceof URLSearchParams ? body : new URLSearchParams();
  const [name, account, baseUrl, pathPrefix, apiKey] = FIELDS.map((field) =>
    (said.get(field) ?? '').slice(0, 2_500),
  );
  return { name: name!, account: account!, baseUrl: baseUrl!, pathPrefix: pathPrefix!, apiKey: apiKey! };
}

function donePage({ connection, organizationName }: Open, name: string, account: string): string {
  return connection
    ? wordsPage(
        `“${name}” has its new key`,
        `Harness accepted it. Whatever waited for the account ${account} is sent now.`,
        'You can close this page.',
      )
    : wordsPage(
        `“${name}” is connected`,
        `Harness accepted the key. Pipelines in the account ${account} can ask for approval in ${organizationName} from now on.`,
        'You can close this page.',
      );
}

function show(reply: FastifyReply, status: number, page: string): FastifyReply {
  return reply.status(status).headers(PAGE_HEADERS).send(page);
}
