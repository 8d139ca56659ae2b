import type { App, ReceiverEvent } from '@slack/bolt';
import { type Acknowledged, type Observer, UNOBSERVED } from '../usecases/observer.ts';
import type { Log } from '../usecases/ports.ts';
import { SENTENCE } from './guard.ts';
import { noticeView } from './modal.ts';

/** What was received and is still being worked on, whichever way it came. */
export interface Acknowledging {
  /** The app with one promise added: a payload that nobody acked, for whatever reason, is acked in the end. */
  over(app: App): App;
  /** Resolves once everything that was received is acked. */
  acked(): Promise<void>;
  /** Resolves once nothing that was received is still being worked on. */
  idle(): Promise<void>;
}

export function createAcknowledging(log: Log, observe: Observer = UNOBSERVED): Acknowledging {
  const unacked = new Set<Promise<void>>();
  const working = new Set<Promise<void>>();

  async function processEvent(app: App, event: ReceiverEvent, noteAck: () => void): Promise<void> {
    let acked = false;
    const ack: ReceiverEvent['ack'] = async (response) => {
      acked = true;
      try {
        await event.ack(response);
      } catch (error) {
        // Bolt gave up, or the socket is gone: what follows must still reach the presser.
        log.error({ err: error }, 'an ack to Slack failed');
      } finally {
        noteAck();
      }
    };
    try {
      await app.processEvent({ ...event, ack });
    } catch (error) {
      log.error({ err: error }, 'a payload from Slack could not be handled');
    }
    if (acked) return;
    const submission = event.body.type === 'view_submission';
    await ack(submission ? { response_action: 'update', view: noticeView(SENTENCE.failed) } : undefined);
  }

  function take(app: App, event: ReceiverEvent): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    unacked.add(promise);
    const began = performance.now();
    const noteAck = () => {
      observe.acknowledged(kindOf(event.body), performance.now() - began);
      unacked.delete(promise);
      resolve();
    };
    const work = processEvent(app, event, noteAck).finally(() => working.delete(work));
    working.add(work);
    return work;
  }

  return {
    over: (app) =>
      Object.create(app, { processEvent: { value: (event: ReceiverEvent) => take(app, event) } }),
    async acked() {
      while (unacked.size > 0) await Promise.all(unacked);
    },
    async idle() {
      while (working.size > 0) await Promise.allSettled(working);
    },
  };
}

function kindOf({ type, command }: ReceiverEvent['body']): Acknowledged {
  if (type === 'block_actions') return 'slack_action';
  if (type === 'view_submission' || type === 'view_closed') return 'slack_view';
  if (type === 'event_callback') return 'slack_event';
  return typeof command === 'string' ? 'slack_command' : 'slack_other';
}
