import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { isChannel } from '../usecases/cards/subscriber-channels.ts';
import type { WantedConfiguration } from '../usecases/workflows/load-configuration.ts';

const Email = z.email('is not an e-mail address').max(254);
const Slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,99}$/, 'must start with a letter and hold only a–z, 0–9 and -')
  .refine((slug) => slug !== 'notifications', '“notifications” is reserved');
const Name = z.string().trim().min(1, 'must not be empty').max(200);
const Approver = z.union([Email, z.strictObject({ machine: z.string().trim().min(1).max(100) })], {
  error: 'must be an e-mail address, or { machine: NAME }',
});
const Part = z.string().max(128).default('');

const channelIn = (platform: 'slack' | 'teams', otherwise: string) =>
  z.string().refine((channelId) => isChannel({ platform, channelId }), otherwise);

const SeedFile = z.strictObject({
  organization: z
    .strictObject({
      name: Name,
      domains: z
        .array(
          z
            .string()
            .toLowerCase()
            .regex(/^[a-z0-9.-]+\.[a-z]{2,}$/, 'is not a domain, such as example.com'),
        )
        .min(1),
    })
    .optional(),
  people: z
    .array(
      z.strictObject({
        email: Email,
        name: Name.optional(),
        manager: Email.nullable().optional(),
        role: z.enum(['member', 'admin']).optional(),
        deactivated: z.boolean().optional(),
      }),
    )
    .default([]),
  machines: z
    .array(z.strictObject({ name: z.string().trim().min(1, 'must not be empty').max(100), owner: Email }))
    .default([]),
  events: z
    .array(
      z.strictObject({
        slug: Slug,
        name: Name,
        pipelines: z
          .array(z.strictObject({ account: Part, org: Part, project: Part, pipeline: Part, step: Part }))
          .default([]),
      }),
    )
    .default([]),
  pipeline_events: z
    .array(z.strictObject({ account: Part, org: Part, project: Part, pipeline: Part, event: Slug }))
    .default([]),
  policies: z
    .array(
      z.strictObject({
        slug: Slug,
        name: Name,
        default: z.boolean().default(false),
        people: z.array(Email).default([]),
      }),
    )
    .default([]),
  workflows: z
    .array(
      z.strictObject({
        policy: Slug,
        event: Slug,
        requirement: z.enum(['none', 'any', 'all'], 'must be none, any or all'),
        approvers: z.array(Approver).default([]),
        manager_approves: z.boolean().default(false),
        subscribers: z.array(Email).default([]),
        manager_subscribes: z.boolean().default(false),
        fallback_approvers: z.array(Approver).default([]),
        channels: z
          .array(
            z
              .strictObject({
                slack: channelIn('slack', 'is not a Slack channel id, such as C0123456789').optional(),
                teams: channelIn('teams', 'is not a Teams channel id, such as 19:…@thread.tacv2').optional(),
              })
              .refine(
                ({ slack, teams }) => (slack === undefined) !== (teams === undefined),
                'must name one channel, under slack or teams',
              ),
          )
          .default([]),
        disallow_requester: z.boolean().default(false),
        checks_first: z.boolean().default(false),
        on_expiry: z.enum(['expire', 'reject']).default('expire'),
      }),
    )
    .default([]),
});

/** Reads a seed file's text: the configuration, or every problem with its place. */
export function parseSeedFile(
  text: string,
): { ok: true; wanted: WantedConfiguration } | { ok: false; problems: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    return {
      ok: false,
      problems: document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return `line ${line}, column ${col}: ${error.message.split('\n')[0]}`;
      }),
    };
  const parsed = SeedFile.safeParse(document.toJS() ?? {});
  if (!parsed.success)
    return {
      ok: false,
      problems: parsed.error.issues.map((issue) => {
        const node: unknown = document.getIn(issue.path, true);
        const range =
          node && typeof node === 'object' && 'range' in node ? (node.range as [number] | null) : null;
        const place = range ? `line ${lines.linePos(range[0]).line}, ` : '';
        return `${place}${issue.path.join('.') || 'the file'}: ${issue.message}`;
      }),
    };
  const { organization, people, machines, events } = parsed.data;
  const { pipeline_events: pipelineEvents, policies, workflows } = parsed.data;
  return {
    ok: true,
    wanted: {
      ...(organization && { organization }),
      people,
      machines,
      events,
      pipelineEvents,
      policies: policies.map(({ default: isDefault, ...policy }) => ({ ...policy, isDefault })),
      workflows: workflows.map((workflow) => ({
        policy: workflow.policy,
        event: workflow.event,
        requirement: workflow.requirement,
        approvers: workflow.approvers,
        subscribers: workflow.subscribers,
        fallbackApprovers: workflow.fallback_approvers,
        managerApproves: workflow.manager_approves,
        managerSubscribes: workflow.manager_subscribes,
        channels: workflow.channels.map((channel) =>
          channel.teams === undefined
            ? { platform: 'slack', channelId: channel.slack! }
            : { platform: 'teams', channelId: channel.teams },
        ),
        disallowRequester: workflow.disallow_requester,
        checksFirst: workflow.checks_first,
        onExpiry: workflow.on_expiry,
      })),
    },
  };
}
