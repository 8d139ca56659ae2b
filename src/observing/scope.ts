import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attributes, StoryIds } from '../usecases/observer.ts';

/** A span under way. */
export interface LiveSpan {
  readonly traceId: string;
  /** As W3C Trace Context writes it. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** `error`: what was thrown. Of it only its name is told. */
  end(error?: unknown): void;
}

/** The work under way and what it is about. */
export interface Scope extends StoryIds {
  span: LiveSpan | null;
}

const scopes = new AsyncLocalStorage<Scope>();

export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

export function within<T>(scope: Scope, run: () => T): T {
  return scopes.run(scope, run);
}

/** What each log line says beside its own: `request`, `execution` and, where traces are on, `trace`. */
export function storyFields(): StoryIds & { trace?: string } {
  const scope = currentScope();
  if (!scope) return {};
  return {
    ...(scope.request !== undefined && { request: scope.request }),
    ...(scope.execution !== undefined && { execution: scope.execution }),
    ...(scope.span && { trace: scope.span.traceId }),
  };
}
