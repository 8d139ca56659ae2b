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
  container: z.object({ channel_id: id.nullish(), is_ephemeral: z.boolean().nullish() }).nullish(),
  view: z.object({ id, type: z.string() }).nullish(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().nullish() })).min(1),
});

/** What the pressed button stands on. */
export type Place =
  | { kind: 'message' }
  /** A message that only the presser sees, and that no API call can find again. */
  | { kind: 'ephemeral' }
  | { kind: 'home' }
  | { kind: 'modal'; viewId: string };

export interface PressedButton {
  /** What is asked for: the action id without the number that tells several such buttons apart. */
  verb: string;
  value: string;
  triggerId: string | null;
  responseUrl: string | null;
  channel: string | null;
  place: Place;
  /** The pressed message, when it can be a card: never a view, never an ephemeral message. */
  ref: Omit<CardRef, 'tenant'> | null;
}

/** Reads a block_actions payload; null when it is not one of a button. */
export function readButton(body: unknown): PressedButton | null {
  const payload = actionSchema.safeParse(body).data;
  if (!payload) return null;
  const channel = payload.channel?.id ?? payload.container?.channel_id ?? null;
  // Payloads of ephemeral messages do not hold the message: only one that is there can be a card.
  const message = payload.message?.ts ?? null;
  const place = placeOf(payload);
  return {
    verb: payload.actions[0]!.action_id.replace(/:\d{1,4}$/, ''),
    value: payload.actions[0]!.value ?? '',
    triggerId: payload.trigger_id ?? null,
    responseUrl: payload.response_url ?? null,
    channel,
    place,
    ref: place.kind === 'message' && channel && message ? { channel, message } : null,
  };
}

function placeOf({ view, container }: z.infer<typeof actionSchema>): Place {
  if (view) return view.type === 'home' ? { kind: 'home' } : { kind: 'modal', viewId: view.id };
  return { kind: container?.is_ephemeral ? 'ephemeral' : 'message' };
}

/** Reads a button's value (`cardId.contentVersion`); null when it is not one of ours. */
export function readButtonValue(value: string): { cardId: string; contentVersion: number } | null {
  const match = /^([A-Za-z0-9_-]{1,200})\.(\d{1,9})$/.exec(value);
  return match ? { cardId: match[1]!, contentVersion: Number(match[2]) } : null;
}

/** Reads the value of a button that turns a section of a Home (`section.page`); null when it is not one of ours. */
export function readTurnValue(value: string): { section: string; page: number } | null {
  const match = /^([A-Za-z][A-Za-z0-9_-]{0,99})\.([1-9]\d{0,5})$/.exec(value);
  return match ? { section: match[1]!, page: Number(match[2]) } : null;
}

const commandSchema = z.object({
  command: z.string().min(1).max(100),
  text: z.string().max(10_000).default(''),
  user_id: id,
  team_id: id,
  channel_id: id.nullish(),
  response_url: z.string().nullish(),
  trigger_id: z.string().nullish(),
});

export interface TypedCommand {
  /** With its slash. */
  command: string;
  text: string;
  presser: Presser;
  channel: string | null;
  responseUrl: string | null;
  triggerId: string | null;
}

/** Reads a slash command's payload; null when something that is needed is missing. */
export function readCommand(body: unknown): TypedCommand | null {
  const typed = commandSchema.safeParse(body).data;
  if (!typed) return null;
  return {
    command: typed.command,
    text: typed.text,
    presser: { tenant: typed.team_id, workspace: typed.team_id, externalId: typed.user_id },
    channel: typed.channel_id ?? null,
    responseUrl: typed.response_url ?? null,
    triggerId: typed.trigger_id ?? null,
  };
}

const homeOpened = z.object({ user: id, tab: z.string().nullish() });

/** Who opened their Home tab; null when it was another tab, or nobody is named. `workspace` is the event's. */
export function readHomeOpened(event: unknown, workspace: string | undefined): Presser | null {
  const opened = homeOpened.safeParse(event).data;
  if (!opened || !workspace || (opened.tab ?? 'home') !== 'home') return null;
  return { tenant: workspace, workspace, externalId: opened.user };
}

const submissionSchema = z.object({
  view: z.object({
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: z.unknown() }),
    previous_view_id: z.string().nullish(),
    blocks: z.array(z.object({ type: z.string(), block_id: z.string().nullish() })),
  }),
});

export interface SubmittedView {
  callbackId: string;
  privateMetadata: string;
  values: unknown;
  /** It stands on top of another modal. */
  pushed: boolean;
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
    pushed: Boolean(view.previous_view_id),
    inputs: new Set(
      view.blocks.flatMap((block) => (block.type === 'input' && block.block_id ? [block.block_id] : [])),
    ),
  };
}
