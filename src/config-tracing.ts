import type { Environment } from './config-environment.ts';

/** Where traces go, by OpenTelemetry's own variables. */
export interface TracingConfig {
  /** Of OTLP over HTTP with protobuf, whole. */
  url: string;
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  resource: Readonly<Record<string, string>>;
  sampler: { root: 'on' | 'off' | { ratio: number }; followsParent: boolean };
}

const PROTOCOL = 'http/protobuf';

/** Traces where somebody said where to; null = none. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
export function readTracing({ value, problems }: Environment): TracingConfig | null {
  if (value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return null;
  const exporter = value('OTEL_TRACES_EXPORTER');
  const base = value('OTEL_EXPORTER_OTLP_ENDPOINT');
  const whole = value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  if (exporter === 'none' || (exporter === undefined && !base && !whole)) return null;
  if (exporter !== undefined && exporter !== 'otlp')
    problems.push('OTEL_TRACES_EXPORTER is otlp or none here.');
  const protocol =
    value('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? value('OTEL_EXPORTER_OTLP_PROTOCOL') ?? PROTOCOL;
  if (protocol !== PROTOCOL)
    problems.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${PROTOCOL} here: leave it out, and give the collector’s HTTP port, 4318 as a rule.`,
    );
  const url = whole ?? `${(base ?? 'http://localhost:4318').replace(/\/+$/, '')}/v1/traces`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    problems.push('OTEL_EXPORTER_OTLP_ENDPOINT is not a URL. Example: http://localhost:4318');
  const pairs = (name: string) => {
    const read = readPairs(value(name) ?? '');
    if (read === null) problems.push(`${name} is not a list such as key=value,other=value.`);
    return read ?? {};
  };
  const resource = pairs('OTEL_RESOURCE_ATTRIBUTES');
  return {
    url,
    headers: { ...pairs('OTEL_EXPORTER_OTLP_HEADERS'), ...pairs('OTEL_EXPORTER_OTLP_TRACES_HEADERS') },
    serviceName: value('OTEL_SERVICE_NAME') ?? resource['service.name'] ?? 'countersign',
    resource,
    sampler: readSampler(value('OTEL_TRACES_SAMPLER'), value('OTEL_TRACES_SAMPLER_ARG'), problems),
  };
}

function readSampler(
  name = 'parentbased_always_on',
  arg: string | undefined,
  problems: string[],
): TracingConfig['sampler'] {
  const [, parentBased, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(name) ?? [];
  const followsParent = parentBased !== undefined;
  if (kind === 'always_on') return { root: 'on', followsParent };
  if (kind === 'always_off') return { root: 'off', followsParent };
  const ratio = Number(arg ?? '1');
  if (kind === undefined) problems.push('OTEL_TRACES_SAMPLER is unknown. Leave it out to trace everything.');
  else if (!(ratio >= 0 && ratio <= 1)) problems.push('OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1.');
  return { root: { ratio }, followsParent };
}

/** `key=value,other=value`, values percent-encoded; null = it is none. */
function readPairs(text: string): Record<string, string> | null {
  const entries: [string, string][] = [];
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, key = '', coded = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    if (key === '') return null;
    try {
      entries.push([key, decodeURIComponent(coded)]);
    } catch {
      return null;
    }
  }
  return Object.fromEntries(entries);
}
