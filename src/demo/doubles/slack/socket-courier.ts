import { randomUUID } from 'node:crypto';
import { type JsonObject, parseJson } from '../common/json.ts';
import type { Carrier, RecordDelivery } from './carrier.ts';
import type { Sockets } from './sockets.ts';
import type { Delivery, RawRequest } from './traffic.ts';

/** What may be answered in the ack itself. */
const ANSWERABLE = new Set(['view_submission', 'block_suggestion']);

/** Carries envelopes to the bot over its socket; what strangers send still goes over HTTP. */
export class SocketCourier implements Carrier {
  readonly #sockets: Sockets;
  readonly #http: Carrier;
  readonly #record: RecordDelivery;
  readonly #now: () => number;

  constructor(parts: { sockets: Sockets; http: Carrier; record: RecordDelivery; now: () => number }) {
    this.#sockets = parts.sockets;
    this.#http = parts.http;
    this.#record = parts.record;
    this.#now = parts.now;
  }

  payload(payload: JsonObject): Promise<Delivery> {
    return this.#envelope('interactive', payload, ANSWERABLE.has(String(payload.type)));
  }

  command(form: Record<string, string>): Promise<Delivery> {
    return this.#envelope('slash_commands', form, true);
  }

  event(body: JsonObject, retry?: { num: number; reason: string }): Promise<Delivery> {
    const attempt = { retry_attempt: retry?.num ?? 0, retry_reason: retry?.reason ?? '' };
    return this.#envelope('events_api', body, false, attempt);
  }

  send(raw: RawRequest): Promise<Delivery> {
    const again = raw.replayOf;
    return again?.url.startsWith('ws:') ? this.#deliver(again.body) : this.#http.send(raw);
  }

  #envelope(
    type: string,
    payload: JsonObject,
    answerable: boolean,
    more: JsonObject = {},
  ): Promise<Delivery> {
    const envelope = {
      envelope_id: randomUUID(),
      payload,
      type,
      accepts_response_payload: answerable,
      ...more,
    };
    return this.#deliver(JSON.stringify(envelope));
  }

  async #deliver(body: string): Promise<Delivery> {
    const at = this.#now();
    const outcome = await this.#sockets.exchange(body, parseJson(body) as JsonObject);
    return this.#record({ headers: {}, body, at, ...outcome });
  }
}
