import { post } from '../common/post.ts';
import type { ActivityTokens } from './activity-tokens.ts';
import type { Delivery, RawActivity } from './traffic.ts';
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
    const { world, deliveries, requestUrl, answerTimeoutMs } = this.#options;
    const body = raw.replayOf?.body ?? raw.body ?? JSON.stringify(raw.activity ?? {});
    const headers = { ...(raw.replayOf?.headers ?? (await this.#headers(raw))), ...raw.headers };
    const at = world.now();
    const outcome = await post(requestUrl(), body, headers, answerTimeoutMs);
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
}
