import { z } from 'zod';
import type { EditorValues } from '../approval/workflow-editor.ts';
import type { EditorState } from '../usecases/chat-commands.ts';
import { readActionData } from './action-data.ts';
import { COUNT } from './limits.ts';
import { clean } from './text.ts';

/**
 * What the workflow form brings back: texts by the fields' names beside what its button carried. An empty input is
 * absent, a tick "true", people are joined by commas, channels are ids or links one below the other. Never throws:
 * whatever is not understood counts as left empty. A list that is too long stays too long by one, so that it is
 * refused and nothing of it is lost unseen.
 */
export function readEditor(data: unknown): EditorState {
  const carried = readActionData(data);
  const isOurs = carried?.do === 'save_workflow' || carried?.do === 'preview_workflow';
  const entered = fields.safeParse(data).data ?? {};
  return {
    workflowId: isOurs ? carried.workflow : null,
    seenAt: isOurs ? carried.seenAt : null,
    keptPersonIds: isOurs ? carried.kept : [],
    values: valuesIn(entered),
  };
}

const text = z.string().max(20_000).optional().catch(undefined);
const flag = z.union([z.string(), z.boolean()]).optional().catch(undefined);

const fields = z.object({
  eventId: text,
  policyId: text,
  requirementId: text,
  approvers: text,
  managerApproves: flag,
  fallbackApprovers: text,
  subscribers: text,
  managerSubscribes: flag,
  channels: text,
  disallowRequester: flag,
  checksFirst: flag,
  previewFor: text,
});

function valuesIn(entered: z.infer<typeof fields>): EditorValues {
  return {
    eventId: number(entered.eventId),
    policyId: number(entered.policyId),
    requirementId: number(entered.requirementId),
    approvers: accounts(entered.approvers),
    managerApproves: isTicked(entered.managerApproves),
    fallbackApprovers: accounts(entered.fallbackApprovers),
    subscribers: accounts(entered.subscribers),
    managerSubscribes: isTicked(entered.managerSubscribes),
    channels: [...new Set(listed(entered.channels ?? '', /[\s,;]+/, COUNT.channels).map(channelId))],
    disallowRequester: isTicked(entered.disallowRequester),
    checksFirst: isTicked(entered.checksFirst),
    previewFor: accounts(entered.previewFor)[0] ?? null,
  };
}

function number(digits: string | undefined): number | null {
  return digits !== undefined && /^[1-9][0-9]{0,14}$/.test(digits) ? Number(digits) : null;
}

function isTicked(value: string | boolean | undefined): boolean {
  return value === true || value === 'true';
}

/** Longest id of an account or a channel; what is longer is none, and is refused in its shortened form. */
const ID_MAX = 200;

function accounts(joined: string | undefined): string[] {
  return listed(joined ?? '', ',', COUNT.people).map((one) => one.slice(0, ID_MAX));
}

function listed(joined: string, separator: string | RegExp, max: number): string[] {
  const parts = clean(joined)
    .split(separator)
    .map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))].slice(0, max + 1);
}

const TEAMS_HOSTS = new Set(['teams.microsoft.com', 'teams.cloud.microsoft', 'teams.live.com']);

/** The channel's id out of its link (https://teams.microsoft.com/l/channel/19%3A…/General?…); else what was typed. */
function channelId(typed: string): string {
  const url = URL.parse(typed.replace(/^<|>$/g, ''));
  const [, kind, what, id] = url?.pathname.split('/') ?? [];
  if (!url || !TEAMS_HOSTS.has(url.hostname) || kind !== 'l' || what !== 'channel' || !id)
    return typed.slice(0, ID_MAX);
  try {
    return decodeURIComponent(id).slice(0, ID_MAX);
  } catch {
    return typed.slice(0, ID_MAX);
  }
}
