import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config-tracing.ts';
import type { LiveSpan } from './scope.ts';

export interface Tracer {
  /** `parent`: a traceparent; null, or none that is valid: a new trace. */
  start(name: string, kind: 'server' | 'consumer' | 'client', parent: string | null): LiveSpan;
  /** Sends what is left, and no more after that; takes `CLOSE_MS` at most. */
  close(): Promise<void>;
}

const KIND = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT } as const;
const CLOSE_MS = 2_000;

/**
 * Spans by OpenTelemetry's SDK, sent in batches; nothing global is touched. While nobody takes them they are dropped,
 * 2,048 kept at most. Import it only where traces are on.
 */
export function createTracing(config: TracingConfig, version: string): Tracer {
  const { url, headers, serviceName, resource } = config;
  const provider = new TracerProvider({
    sampler: samplerOf(config.sampler),
    resource: defaultResource().merge(
      resourceFromAttributes({ ...resource, 'service.name': serviceName, 'service.version': version }),
    ),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url, headers: { ...headers } }) }),
    ],
  });
  const tracer = provider.getTracer('countersign', version);
  return {
    start(name, kind, parent) {
      const from = parent === null ? null : readTraceparent(parent);
      const context = from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
      return liveSpan(tracer.startSpan(name, { kind: KIND[kind] }, context));
    },
    async close() {
      const closed = provider.shutdown().catch(() => {});
      await Promise.race([closed, new Promise((done) => setTimeout(done, CLOSE_MS).unref())]);
    },
  };
}

function liveSpan(span: Span): LiveSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceId,
    traceparent: `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`,
    set: (attributes) => void span.setAttributes(attributes),
    end(error) {
      if (error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
      }
      span.end();
    },
  };
}

/** https://www.w3.org/TR/trace-context/#traceparent-header; null = none that is valid. */
function readTraceparent(header: string) {
  const [, version, traceId = '', spanId = '', flags = '', rest] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header.trim()) ?? [];
  const isKnown = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined);
  if (!isKnown || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}

function samplerOf({ root, followsParent }: TracingConfig['sampler']) {
  const own =
    root === 'on'
      ? new AlwaysOnSampler()
      : root === 'off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(root.ratio);
  return followsParent ? new ParentBasedSampler({ root: own }) : own;
}
