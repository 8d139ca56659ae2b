import { type JsonObject, stringOf } from '../common/json.ts';
import { ApiError } from './api-error.ts';
import { Args } from './args.ts';
import { LIFETIME } from './limits.ts';
import { readContent } from './message-content.ts';
import type { StoredMessage } from './shown.ts';
import type { Workspace } from './workspace.ts';

export interface ResponseTarget {
  userId: string;
  channel: string;
  /** The message that was clicked; absent for slash commands. */
  messageTs?: string;
}

interface Issued extends ResponseTarget {
  issuedAt: number;
  uses: number;
}

/** The URLs that let an app answer an interaction: five times, within half an hour. */
export class ResponseUrls {
  readonly #workspace: Workspace;
  readonly #issued = new Map<string, Issued>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The path of a new response URL. */
  issue(target: ResponseTarget): string {
    const kind = target.messageTs === undefined ? 'commands' : 'actions';
    const path = `/${kind}/${this.#workspace.teamId}/${900_000 + this.#issued.size}/${kind}secret`;
    this.#issued.set(path, { ...target, issuedAt: this.#workspace.now(), uses: 0 });
    return path;
  }

  /** The workspace a response URL belongs to. */
  static teamIdOf(path: string): string | undefined {
    return /^\/(?:actions|commands)\/([A-Z0-9]+)\//.exec(path)?.[1];
  }

  targetOf(path: string): ResponseTarget | undefined {
    return this.#issued.get(path);
  }

  /** Does what the app asks; throws the error Slack would name. */
  use(path: string, body: JsonObject): void {
    const issued = this.#issued.get(path);
    if (!issued) throw new ApiError('no_service');
    if (this.#workspace.now() - issued.issuedAt > LIFETIME.responseUrlMs) throw new ApiError('expired_url');
    if (issued.uses >= LIFETIME.responseUrlUses) throw new ApiError('used_url');
    respond(this.#workspace, issued, body);
    issued.uses += 1;
  }
}

/** Applies a message response, whether posted to a URL or given in the ack of a command. */
export function respond(
  workspace: Workspace,
  target: ResponseTarget,
  body: JsonObject,
): StoredMessage | undefined {
  const original = target.messageTs ? workspace.message(target.channel, target.messageTs) : undefined;
  if (body.delete_original === true) {
    if (original) workspace.remove(original);
    return undefined;
  }
  const { warnings: _warnings, ...content } = readContent(new Args(body));
  if (body.replace_original === true && original) {
    workspace.edit(original, content);
    return original;
  }
  const inChannel = body.response_type === 'in_channel';
  // Said in the channel even when the click was in a thread, unless the app names the thread.
  const threadTs = stringOf(body.thread_ts);
  return workspace.post({
    channel: target.channel,
    ...content,
    ...(threadTs !== undefined && { threadTs }),
    ...(!inChannel && { visibleTo: target.userId }),
  });
}
