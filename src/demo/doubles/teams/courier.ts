import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import type { ActivityTokens } from './activity-tokens.ts';
import { readBody } from './http-body.ts';
import type { Delivery, RawActivity } from './types.ts';
import type { World } from './world.ts';

export interface CourierOptions {
  world: World;
  tokens: ActivityTokens;
  signs: boolean;
  answerTimeoutMs: number;
  deliveries: Delivery[];
  requestUrl: () => string | undefined;
}

/** Carries activities to the bot as the Connector does, and times its answers. */
export class Courier {
  readonly #options: CourierOptions;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Sends one request, altered or repeated as asked. */
  async send(raw: RawActivity): Promise<Delivery> {
    const { world, deliveries } = this.#options;
    const body = raw.replayOf?.body ?? raw.body ?? JSON.stringify(raw.activity ?? {});
    const headers = { ...(raw.replayOf?.headers ?? (await this.#headers(raw))), ...raw.headers };
    const at = world.now();
    const outcome = await this.#post(body, headers);
    const delivery: Delivery = { id: deliveries.length + 1, headers, body, at, ...outcome };
    deliveries.push(delivery);
    world.changed({ kind: 'delivery', delivery });
    return delivery;
  }

  async #headers({ authorization, token }: RawActivity): Promise<Record<string, string>> {
    const { signs, tokens } = this.#options;
    const usual = signs || token ? `Bearer ${await tokens.sign(token)}` : null;
    const sent = authorization === undefined ? usual : authorization;
    return {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)',
      ...(sent !== null && { authorization: sent }),
    };
  }

  async #post(
    body: string,
    headers: Record<string, string>,
  ): Promise<Omit<Delivery, 'id' | 'headers' | 'body' | 'at'>> {
    const url = this.#options.requestUrl();
    if (url === undefined) return { url: '', ms: 0, responseBody: '', failure: 'no request url' };
    const started = performance.now();
    const elapsed = () => performance.now() - started;
    const patience = AbortSignal.timeout(this.#options.answerTimeoutMs);
    try {
      const answer = await this.#exchange(url, body, headers, patience);
      return { url, ms: elapsed(), ...answer };
    } catch {
      const failure = patience.aborted ? 'timeout' : 'unreachable';
      return { url, ms: elapsed(), responseBody: '', failure };
    }
  }

  // node:http and not fetch: a library may replace the global dispatcher, and a witness must not follow redirects.
  #exchange(url: string, body: string, headers: Record<string, string>, signal: AbortSignal) {
    const start = url.startsWith('https:') ? httpsRequest : httpRequest;
    return new Promise<{ status: number; responseBody: string }>((resolve, reject) => {
      const outgoing = start(
        url,
        {
          method: 'POST',
          agent: false,
          signal,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        },
        (incoming) => {
          readBody(incoming).then(
            (responseBody) => resolve({ status: incoming.statusCode ?? 0, responseBody }),
            reject,
          );
        },
      );
      outgoing.on('error', reject).end(body);
    });
  }
}
