import type { Observer, StoryIds } from '../usecases/observer.ts';
import type { Log } from '../usecases/ports.ts';
import type { Metrics } from './metrics.ts';
import { currentScope, type LiveSpan, within } from './scope.ts';
import type { Tracer } from './tracing.ts';

/** Counts in `metrics`, traces where there is a tracer. */
export function createObserver({
  metrics,
  tracer,
  log,
}: {
  metrics: Metrics;
  tracer: Tracer | null;
  log: Log;
}): Observer {
  return {
    async during(work, run) {
      const outer = currentScope();
      const parent = work.parent === undefined ? (outer?.span?.traceparent ?? null) : work.parent;
      const span = (work.traced ?? true) ? (tracer?.start(work.name, work.kind, parent) ?? null) : null;
      span?.set({ ...work.attributes, ...idAttributes(work) });
      const ids = { ...outer, ...idsOf(work) };
      return ended(span, () => within({ ...ids, span }, run), work.describe);
    },
    about(ids) {
      const scope = currentScope();
      if (!scope) return;
      Object.assign(scope, idsOf(ids));
      scope.span?.set(idAttributes(ids));
    },
    traceparent: () => currentScope()?.span?.traceparent ?? null,
    async call(call, send, read) {
      const around = currentScope()?.span ?? null;
      const span =
        around && tracer
          ? tracer.start(`${call.platform} ${call.method}`, 'client', around.traceparent)
          : null;
      span?.set({ 'peer.service': call.platform, 'rpc.method': call.method });
      const began = performance.now();
      return ended(span, async () => {
        const answer = await send();
        const { outcome, facts } = read(answer);
        const ms = performance.now() - began;
        metrics.calls.inc({ ...call, outcome });
        metrics.callDuration.observe({ platform: call.platform }, ms / 1000);
        if (outcome !== 'ok') span?.set({ 'error.type': outcome });
        log.debug({ ...call, ...facts, outcome, ms: Math.round(ms) }, 'a platform was called');
        return answer;
      });
    },
    acknowledged: (kind, ms) => metrics.acks.observe({ kind }, ms / 1000),
    webhook: (status) => metrics.webhooks.inc({ code: String(status) }),
    firstCard: (ms) => metrics.firstCard.observe(ms / 1000),
    decided: (action, how, ms) => metrics.decisions.observe({ action, how }, ms / 1000),
    submission: (outcome) => metrics.submissions.inc({ outcome }),
  };
}

async function ended<T>(
  span: LiveSpan | null,
  run: () => Promise<T>,
  describe?: (result: T) => Readonly<Record<string, string | number>>,
): Promise<T> {
  if (!span) return run();
  try {
    const result = await run();
    if (describe) span.set(describe(result));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

function idsOf({ request, execution }: StoryIds): StoryIds {
  return { ...(request !== undefined && { request }), ...(execution !== undefined && { execution }) };
}

/** The run has a name in the semantic conventions, the request is ours. */
function idAttributes({ request, execution }: StoryIds): Record<string, string> {
  return {
    ...(request !== undefined && { 'countersign.request.id': request }),
    ...(execution !== undefined && { 'cicd.pipeline.run.id': execution }),
  };
}
