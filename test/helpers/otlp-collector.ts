import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { all, bytes, fieldsOf, first, type Message, text, varint } from './protobuf.ts';

/** A span as the bot sent it. */
export interface TracedSpan {
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  traceId: string;
  spanId: string;
  /** '' = none. */
  parentSpanId: string;
  attributes: Record<string, string | number>;
}

/** A stand-in for an OpenTelemetry collector: takes OTLP over HTTP with protobuf. */
export interface Collector {
  url: string;
  spans: TracedSpan[];
  /** Of the last batch. */
  resource: Record<string, string | number>;
  headers: IncomingHttpHeaders;
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf') {
      response.writeHead(404).end();
      return;
    }
    collector.headers = request.headers;
    take(collector, body);
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: [],
    resource: {},
    headers: {},
    async close() {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
  return collector;
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Field numbers of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto. */
function take(collector: Collector, body: Buffer): void {
  for (const resourceSpans of all(fieldsOf(body), 1)) {
    const resource = first(resourceSpans, 1);
    collector.resource = resource ? attributesOf(resource, 1) : {};
    for (const scopeSpans of all(resourceSpans, 2))
      for (const span of all(scopeSpans, 2))
        collector.spans.push({
          name: text(span, 5),
          kind: KINDS[varint(span, 6)] ?? 'internal',
          traceId: bytes(span, 1).toString('hex'),
          spanId: bytes(span, 2).toString('hex'),
          parentSpanId: bytes(span, 4).toString('hex'),
          attributes: attributesOf(span, 9),
        });
  }
}

function attributesOf(message: Message, field: number): Record<string, string | number> {
  return Object.fromEntries(
    all(message, field).map((pair) => {
      const value = first(pair, 2);
      if (!value) return [text(pair, 1), ''];
      return [text(pair, 1), value.has(3) ? varint(value, 3) : text(value, 1)];
    }),
  );
}
