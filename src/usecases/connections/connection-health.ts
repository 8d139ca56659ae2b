import { type CardLine, strong, text } from '../../approval/card.ts';
import type { Page, PageAction } from '../../approval/page.ts';
import { clip } from '../../approval/plain-text.ts';
import { writeAudit } from '../../store/audit.ts';
import { waitingThere, wakeWaiting } from '../../store/connection-debts.ts';
import type { Trx } from '../../store/database.ts';
import { markUnhealthy, markWell, type StoredConnection } from '../../store/harness-connections.ts';
import { oweHomesOfAdmins } from '../../store/homes.ts';
import { identitiesOf } from '../../store/identities.ts';
import { oweNotice } from '../../store/notices.ts';
import { owe } from '../../store/outbox.ts';
import { admins } from '../../store/people.ts';
import { type Context, commit } from '../context.ts';
import { keyRemedy } from './connection-words.ts';

export type HealthContext = Pick<Context, 'db' | 'clock' | 'log' | 'newId' | 'wake' | 'platforms'>;
type Known = Pick<StoredConnection, 'id' | 'organizationId' | 'name' | 'account' | 'source' | 'revision'>;

const FIRST_PROBE_MS = 60_000;
const MOST_WORDS = 500;

/**
 * Harness refuses everything that goes through this connection: it rests from now on, the organization's admins are
 * told once, and somebody looks now and then whether it is well again. false = that was known, or it is another
 * connection by now.
 */
export function noteUnhealthy(context: HealthContext, connection: Known, because: string): Promise<boolean> {
  const why = clip(because, MOST_WORDS);
  return commit(context, async (trx) => {
    const now = context.clock.now();
    if (!(await markUnhealthy(trx, connection, why, now))) return false;
    await auditHealth(trx, connection, 'became_unhealthy', { because: why }, now);
    await oweProbe(trx, connection, now + FIRST_PROBE_MS, now);
    await tellUnhealthy(context, trx, connection, { because: why, since: now });
    return true;
  });
}

/** Tells every admin whose account is known by now that the connection rests; those who were told are not told again. */
export async function tellUnhealthy(
  context: HealthContext,
  trx: Trx,
  connection: Known,
  { because, since }: { because: string; since: number },
): Promise<void> {
  const { decisions, requests } = await waitingThere(trx, placeOf(connection));
  await tell(context, trx, connection, `unhealthy:${since}`, context.clock.now(), {
    title: `Harness connection “${connection.name}” is paused`,
    intro: [
      [text(because)],
      [
        text(
          `Until it works again nothing is sent to the Harness account ${connection.account}. ${waitingWords(decisions, requests)} Nothing is lost, and it goes on by itself.`,
        ),
      ],
      [strong('What to do: '), text(keyRemedy(connection))],
    ],
    actions: [{ label: 'Test the connection', kind: 'command', command: 'connection test' }],
  });
}

/** The connection works again: everything that waited for it is tried at once. false = it was well before. */
export function noteWell(context: HealthContext, connection: Known): Promise<boolean> {
  return commit(context, async (trx) => {
    const now = context.clock.now();
    if (!(await markWell(trx, connection, now))) return false;
    await goOn(context, trx, connection, 'recovered', now);
    return true;
  });
}

/** In the transaction that ended a connection's trouble: what waited goes on, and admins are told. */
export async function goOn(
  context: HealthContext,
  trx: Trx,
  connection: Known,
  how: 'recovered' | 'key_changed',
  now: number,
): Promise<void> {
  await auditHealth(trx, connection, 'recovered', { how }, now);
  await wakeWaiting(trx, placeOf(connection), now);
  await tell(context, trx, connection, `well:${now}`, now, {
    title: `Harness connection “${connection.name}” works again`,
    intro: [[text('What waited for it is sent now.')]],
    actions: [],
  });
}

/** Has it looked at whether the connection works. */
export function oweProbe(
  trx: Trx,
  { id, organizationId }: Pick<Known, 'id' | 'organizationId'>,
  runAt: number,
  now: number,
): Promise<void> {
  return owe(
    trx,
    { kind: 'check_connection', subjectId: String(id), organizationId, runAt, exactly: true },
    now,
  );
}

function placeOf({ organizationId, account }: Known) {
  return { organizationId, account };
}

function waitingWords(decisions: number, requests: number): string {
  if (requests === 0) return 'No request waits for it just now.';
  const open = requests === 1 ? '1 open request is there' : `${requests} open requests are there`;
  if (decisions === 0) return `${open}.`;
  return `${open}, ${decisions === 1 ? '1 decision waits' : `${decisions} decisions wait`} to be sent.`;
}

function auditHealth(
  trx: Trx,
  { id, organizationId, name }: Known,
  action: string,
  detail: Record<string, unknown>,
  now: number,
): Promise<void> {
  return writeAudit(trx, organizationId, {
    at: now,
    actor: { personId: null, via: 'timer' },
    action,
    subjectType: 'harness_connection',
    subjectId: String(id),
    detail: { name, ...detail },
  });
}

/** A notice to every account of the organization's admins, and their Homes. */
async function tell(
  context: HealthContext,
  trx: Trx,
  { id, organizationId }: Known,
  what: string,
  now: number,
  said: { title: string; intro: readonly CardLine[]; actions: readonly PageAction[] },
): Promise<void> {
  const { title, intro, actions } = said;
  const section = { title: null, items: [], empty: '', actions };
  const page: Page = {
    ...{ title, intro, picture: null, notes: [] },
    sections: actions.length > 0 ? [section] : [],
  };
  const people = await admins(trx, organizationId);
  const ids = people.map((person) => person.id);
  if (ids.length === 0)
    context.log.error({ connection: id }, 'an admin is needed and there is none: set ADMIN_EMAILS');
  const about = `harness_connection:${id}:${what}`;
  for (const platform of context.platforms.keys())
    for (const row of (await identitiesOf(trx, ids, platform)).values()) {
      const account = { platform, tenant: row.tenant, externalId: row.external_id };
      await oweNotice(trx, { newId: context.newId('ntc_'), organizationId, about, account, page }, now);
    }
  await oweHomesOfAdmins(trx, organizationId, now);
}
