import { matchEvents, matchPolicies } from '../usecases/people/match-names.ts';
import { openEditor } from '../usecases/workflows/edit-workflow.ts';
import { typed, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Argument, Command, CommandCall, CommandOutcome } from './command.ts';
import { findEvent } from './find-event.ts';

export const createCommand: Command = {
  name: 'create',
  usage: '[EVENT [POLICY]]',
  summary: 'make a workflow: who approves an event',
  who: 'admin',
  opensForm: true,
  run: create,
};

/** Opens the form; an event and a policy that are named are chosen in it. Local database only. */
async function create(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller, args } = call;
  if (args.length === 0) return openEditor(context, caller.principal, caller.account, null);
  const named = await eventAndPolicy(call, args);
  if (!named.ok) return named.outcome;
  const { eventId, policyId } = named;
  return openEditor(context, caller.principal, caller.account, null, { eventId, policyId });
}

type Named = { ok: true; eventId: number; policyId: number | null } | { ok: false; outcome: CommandOutcome };

/** Names hold blanks, so every way to part the words is tried: all of them an event first. */
async function eventAndPolicy(call: CommandCall, args: readonly Argument[]): Promise<Named> {
  const { context, caller } = call;
  for (let length = args.length; length > 0 && args.length - length <= MAX_POLICY_WORDS; length -= 1) {
    const events = await matchEvents(context, caller.principal, wordsOf(args.slice(0, length)));
    const [event] = events.kind === 'exact' || length === args.length ? only(events) : [];
    if (!event) continue;
    const rest = wordsOf(args.slice(length));
    if (rest === '') return { ok: true, eventId: event.id, policyId: null };
    const policies = await matchPolicies(context, caller.principal, rest);
    const [policy] = only(policies);
    if (policy) return { ok: true, eventId: event.id, policyId: policy.id };
    const meant =
      policies.kind === 'none' && policies.suggestion !== null
        ? ` Did you mean “${policies.suggestion}”?`
        : '';
    return {
      ok: false,
      outcome: wrong(
        `There is no approval policy “${rest.slice(0, 80)}”.${meant} “${typed('policies')}” shows those there are.`,
      ),
    };
  }
  const found = await findEvent(call, wordsOf(args));
  return found.ok ? { ok: true, eventId: found.event.id, policyId: null } : found;
}

const MAX_POLICY_WORDS = 6;

function only<T>(match: { kind: string; records?: readonly T[] }): readonly T[] {
  return match.records?.length === 1 ? match.records : [];
}
