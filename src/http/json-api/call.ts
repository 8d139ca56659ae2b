import type { Principal } from '../../usecases/managing/managing.ts';
import type { Registry } from './resource.ts';

/** One request that was let in: who asks, where, and with which body. */
export interface Call {
  principal: Principal;
  /** Path and query as sent. */
  url: string;
  id: string;
  body: Buffer;
}

/** What is answered: a document, or nothing with 204. */
export interface Answer {
  status: number;
  document?: object;
  headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Promise<Answer>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What one address offers; HEAD follows GET, OPTIONS and 405 tell the rest. */
export type Endpoint = Readonly<Partial<Record<Method, Handler>>>;

/** What every operation needs to know of its surroundings. */
export interface Surroundings {
  registry: Registry;
  /** Absolute, without a slash at the end: `https://approvals.acme.io/api/v2`. */
  base: string;
}
