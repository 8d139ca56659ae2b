import { z } from 'zod';
import { OUR_TYPE } from '../approval/binding.ts';
import type { HarnessInstance } from '../approval/submission.ts';
import { isIdentifier } from './identifiers.ts';

const text = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .nullish()
  .transform((value) => value ?? '');
const flag = z
  .union([z.boolean(), z.stringbool()])
  .nullish()
  .catch(null)
  .transform((value) => value ?? false);
const texts = z
  .array(z.string())
  .nullish()
  .catch(null)
  .transform((value) => value ?? []);
const orNull = (value: string) => (value === '' ? null : value);

/** Harness writes a list as an array or as "a,b,c" (harness.md §3.1). */
const options = z
  .union([z.array(z.union([z.string(), z.number(), z.boolean()]).transform(String)), z.string()])
  .nullish()
  .catch(null)
  .transform((value) => {
    const list = typeof value === 'string' ? value.split(',') : (value ?? []);
    const given = [...new Set(list.map((option) => option.trim()).filter((option) => option !== ''))];
    return given.length > 0 ? given : null;
  });

const Input = z.object({
  name: z.string().min(1),
  defaultValue: text,
  required: flag,
  description: text.transform(orNull),
  regex: text.transform(orNull),
  allowedValues: options,
  selectOneFrom: options,
  selectManyFrom: options,
});

const Activity = z.object({
  user: z
    .object({ name: text, email: text })
    .nullish()
    .transform((user) => user ?? { name: '', email: '' }),
  action: z.enum(['APPROVE', 'REJECT']),
  comments: text,
  approvedAt: z
    .number()
    .nullish()
    .transform((at) => at ?? 0),
});

const Details = z.object({
  approvalMessage: text,
  approvers: z
    .object({
      minimumCount: z.coerce.number().int().min(1).catch(1),
      disallowPipelineExecutor: flag,
      disallowedUserEmails: texts,
      userGroups: texts,
      serviceAccounts: texts,
    })
    .nullish(),
  approvalActivities: z.array(Activity).nullish(),
  approverInputs: z.array(Input).nullish(),
  autoRejectEnabled: flag,
});

const time = z.number().nullish();

/** Both shapes: v1 says `created`, the older API `createdAt` (harness.md §1.3, §2.2). */
const Instance = z
  .object({
    id: z.string().refine((id) => isIdentifier('id', id)),
    type: z.string(),
    status: z.enum(['WAITING', 'APPROVED', 'REJECTED', 'EXPIRED', 'ABORTED', 'FAILED']),
    deadline: time,
    created: time,
    createdAt: time,
    details: Details.nullish(),
  })
  .transform(({ id, type, status, deadline, created, createdAt, details }): HarnessInstance => {
    const approvers = details?.approvers;
    return {
      id,
      type,
      status,
      deadline: deadline ?? null,
      createdAt: created ?? createdAt ?? 0,
      approvalMessage: details?.approvalMessage ?? '',
      minimumCount: approvers?.minimumCount ?? 1,
      disallowPipelineExecutor: approvers?.disallowPipelineExecutor ?? false,
      disallowedUserEmails: approvers?.disallowedUserEmails ?? [],
      userGroups: approvers?.userGroups ?? [],
      serviceAccounts: approvers?.serviceAccounts ?? [],
      autoRejectEnabled: details?.autoRejectEnabled ?? false,
      activities: (details?.approvalActivities ?? []).map(({ user, action, comments, approvedAt }) => ({
        user,
        action,
        comments,
        at: approvedAt,
      })),
      inputs: details?.approverInputs ?? [],
    };
  });

const Instances = z.array(Instance);
const AnyInstances = z.array(z.looseObject({ type: z.string() }));
const Enveloped = z.object({ data: z.looseObject({ id: z.string() }) });

/** One instance, bare or in the older API's envelope; null when the body is something else. */
export function readInstance(json: unknown): HarnessInstance | null {
  const enveloped = Enveloped.safeParse(json);
  const parsed = Instance.safeParse(enveloped.success ? enveloped.data.data : json);
  return parsed.success ? parsed.data : null;
}

/**
 * The approval instances of a list. Of steps of other types (Jira …) only who they are and how they stand is read, and
 * one that cannot be read is left out. null = not a list of instances.
 */
export function readInstances(json: unknown): HarnessInstance[] | null {
  const list = AnyInstances.safeParse(json);
  if (!list.success) return null;
  const [ours, others] = [true, false].map((isOurs) =>
    list.data.filter(({ type }) => (type === OUR_TYPE) === isOurs),
  );
  const read = Instances.safeParse(ours);
  if (!read.success) return null;
  return [...read.data, ...others!.flatMap(({ details: _, ...item }) => Instance.safeParse(item).data ?? [])];
}
