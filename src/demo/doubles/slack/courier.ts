import { createHmac } from 'node:crypto';
import type { JsonObject } from '../common/json.ts';
import { post } from '../common/post.ts';
import type { Carrier, RecordDelivery } from './carrier.ts';
import type { Delivery, RawRequest } from './traffic.ts';
import type { Workspace } from './workspace.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** The v0 request signature. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function signature(secret: string, timestamp: number | string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

export interface CourierOptions {
  workspace: Workspace;
  signingSecret: string;
  ackTimeoutMs: number;
  record: RecordDelivery;
  requestUrl: () => string | undefined;
}

/** Carries signed requests to the bot over HTTP and times its acks. */
export class Courier implements Carrier {
  readonly #options: CourierOptions;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  payload(payload: JsonObject): Promise<Delivery> {
    return this.send({ payload });
  }

  command(form: Record<string, string>): Promise<Delivery> {
    return this.send({ form });
  }

  event(json: JsonObject, retry?: { num: number; reason: string }): Promise<Delivery> {
    const headers = retry && {
      'x-slack-retry-num': String(retry.num),
      'x-slack-retry-reason': retry.reason,
    };
    return this.send({ json, ...(headers && { headers }) });
  }

  /** Sends one request, altered or repeated as asked. */
  async send(raw: RawRequest): Promise<Delivery> {
    const { workspace, signingSecret, record, requestUrl, ackTimeoutMs } = this.#options;
    const { body, type } = bodyOf(raw);
    const timestamp = raw.timestamp ?? workspace.seconds();
    const signed =
      raw.signature === undefined ? signature(raw.secret ?? signingSecret, timestamp, body) : raw.signature;
    const headers: Record<string, string> = raw.replayOf
      ? { ...raw.replayOf.headers, ...raw.headers }
      : {
          'content-type': type,
          'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
          'x-slack-request-timestamp': String(timestamp),
          ...(signed !== null && { 'x-slack-signature': signed }),
          ...raw.headers,
        };
    const at = workspace.now();
    const { ms: ackMs, ...outcome } = await post(requestUrl(), body, headers, ackTimeoutMs);
    return record({ headers, body, at, ackMs, ...outcome });
  }
}

function bodyOf(raw: RawRequest): { body: string; type: string } {
  if (raw.replayOf) return { body: raw.replayOf.body, type: '' };
  if (raw.body !== undefined) return { body: raw.body, type: FORM };
  if (raw.json !== undefined) return { body: JSON.stringify(raw.json), type: JSON_TYPE };
  const form = raw.form ?? { payload: JSON.stringify(raw.payload ?? {}) };
  return { body: new URLSearchParams(form).toString(), type: FORM };
}
