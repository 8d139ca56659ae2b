import type { JsonObject } from '../common/json.ts';
import type { Delivery, RawRequest } from './traffic.ts';

/** How what happens in a workspace reaches the bot: over HTTP or over a socket. */
export interface Carrier {
  /** An interaction: a click, a submitted or closed view. */
  payload(payload: JsonObject): Promise<Delivery>;
  command(form: Record<string, string>): Promise<Delivery>;
  event(body: JsonObject, retry?: { num: number; reason: string }): Promise<Delivery>;
  /** One request as a stranger would send it: altered, forged or repeated. */
  send(raw: RawRequest): Promise<Delivery>;
}

/** Writes a delivery down and tells the listeners. */
export type RecordDelivery = (delivery: Omit<Delivery, 'id'>) => Delivery;
