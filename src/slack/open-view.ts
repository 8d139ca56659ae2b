import type { ModalView } from '@slack/types';
import type { Log } from '../usecases/ports.ts';
import type { SlackCalls } from './client.ts';
import { failureSentence } from './failures.ts';
import { SENTENCE } from './guard.ts';
import type { Place } from './payloads.ts';

export type Opened = { ok: true; viewId: string } | { ok: false; sentence: string };

/**
 * Opens a modal for a press, on top of the modal it was pressed in. Not ok when Slack would not, with a sentence.
 * A trigger id lives 3 s, Slack's own delays included, and opens one view.
 */
export async function openView(
  { calls, log }: { calls: SlackCalls | null; log: Log },
  from: { triggerId: string | null; place: Place },
  view: ModalView,
): Promise<Opened> {
  const { triggerId } = from;
  if (!triggerId || !calls) return { ok: false, sentence: SENTENCE.formFailed };
  const method = from.place.kind === 'modal' ? 'views.push' : 'views.open';
  const opened = await calls.call(method, null, (client) =>
    method === 'views.push'
      ? client.views.push({ trigger_id: triggerId, view })
      : client.views.open({ trigger_id: triggerId, view }),
  );
  if (opened.ok) return { ok: true, viewId: opened.value.view?.id ?? '' };
  const { failure } = opened;
  log.warn({ problem: failureSentence(failure) }, 'a modal could not be opened');
  const late = failure.kind === 'error' && /trigger/.test(failure.error);
  return { ok: false, sentence: late ? SENTENCE.slow : SENTENCE.formFailed };
}

/** Puts other content into an open modal; what failed, or null. Somebody who closed it needs no answer. */
export async function updateView(
  { calls, log }: { calls: SlackCalls | null; log: Log },
  viewId: string,
  view: ModalView,
): Promise<'lost' | 'refused' | null> {
  if (!calls) return 'refused';
  const updated = await calls.call('views.update', null, (client) =>
    client.views.update({ view_id: viewId, view }),
  );
  if (updated.ok || (updated.failure.kind === 'error' && updated.failure.error === 'not_found')) return null;
  log.warn({ problem: failureSentence(updated.failure) }, 'a modal could not be updated');
  return updated.failure.kind === 'error' ? 'refused' : 'lost';
}
