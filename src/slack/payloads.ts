import { z } from 'zod';
import type { CardRef } from '../usecases/ports.ts';

/** Who acted, by ids alone: names can be edited by anybody. */
export interface Presser {
  /** The presser's own workspace. */
  tenant: string;
  /** The workspace in which it happened, where the app is installed. */
  workspace: string;
  externalId: string;
}

const id = z.string().min(1).max(100);
const team = z.object({ id }).nullish();

const whoSchema = z.object({
  user: z.object({ id, team_id: id.nullish() }),
  team,
  view: z.object({ app_installed_team_id: id.nullish() }).nullish(),
});

/** Reads who acted from an action's or a view's payload; null when it does not say. */
export function readPresser(body: unknown): Presser | null {
  const who = whoSchema.safeParse(body).data;
  if (!who) return null;
  const tenant = who.user.team_id ?? who.team?.id;
  const workspace = who.view?.app_installed_team_id ?? who.team?.id ?? who.user.team_id;
  return tenant && workspace ? { tenant, workspace, externalId: who.user.id } : null;
}

const actionSchema = z.object({
  trigger_id: z.string().nullish(),
  response_url: z.string().nullish(),
  channel: z.object({ id }).nullish(),
  message: z.object({ ts: id }).nullish(),
  container: z.object({ channel_id: id.nullish(), message_ts: id.nullish() }).nullish(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().nullish() })).min(1),
});

export interface PressedButton {
  actionId: string;
  value: string;
  triggerId: string | null;
  responseUrl: string | null;
  channel: string | null;
  /** Where the pressed message is, within the workspace. */
  ref: Omit<CardRef, 'tenant'> | null;
}

/** Reads a block_actions payload; null when it is not one of a button. */
export function readButton(body: unknown): PressedButton | null {
  const payload = actionSchema.safeParse(body).data;
  if (!payload) return null;
  const channel = payload.channel?.id ?? payload.container?.channel_id ?? null;
  const message = payload.message?.ts ?? payload.container?.message_ts ?? null;
  return {
    actionId: payload.actions[0]!.action_id,
    value: payload.actions[0]!.value ?? '',
    triggerId: payload.trigger_id ?? null,
    responseUrl: payload.response_url ?? null,
    channel,
    ref: channel && message ? { channel, message } : null,
  };
}

/** Reads a button's value (`cardId.contentVersion`); null when it is not one of ours. */
export function readButtonValue(value: string): { cardId: string; contentVersion: number } | null {
  const match = /^([A-Za-z0-9_-]{1,200})\.(\d{1,9})$/.exec(value);
  return match ? { cardId: match[1]!, contentVersion: Number(match[2]) } : null;
}

const submissionSchema = z.object({
  view: z.object({
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: z.unknown() }),
    blocks: z.array(z.object({ type: z.string(), block_id: z.string().nullish() })),
  }),
});

export interface SubmittedView {
  callbackId: string;
  privateMetadata: string;
  values: unknown;
  /** The block ids of the inputs that were shown: errors may name only these. */
  inputs: ReadonlySet<string>;
}

/** Reads a view_submission payload; null when it is none. */
export function readSubmission(body: unknown): SubmittedView | null {
  const view = submissionSchema.safeParse(body).data?.view;
  if (!view) return null;
  return {
    callbackId: view.callback_id,
    privateMetadata: view.private_metadata,
    values: view.state.values,
    inputs: new Set(
      view.blocks.flatMap((block) => (block.type === 'input' && block.block_id ? [block.block_id] : [])),
    ),
  };
}
