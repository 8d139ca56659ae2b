import { z } from 'zod';

/**
 * The parts of Harness's pipeline YAML that docs/harness.md relies on (harness.md §3). Written by us: stricter than
 * Harness's own schema where a mistake costs a run that waits for nobody.
 */

const Identifier = z.string().regex(/^[a-zA-Z_][0-9a-zA-Z_$]{0,127}$/);
const Name = z.string().regex(/^[a-zA-Z_0-9-.][-0-9a-zA-Z_\s.]{0,127}$/);
const Duration = z.string().regex(/^(\d+[wdhms]|\d+ms)(\s?(\d+[wdhms]|\d+ms))*$/);
const EXPRESSION = /^<\+[^ ]+>$/;

const Header = z.strictObject({ key: z.string().min(1), value: z.string().min(1) });
const Output = z.strictObject({
  name: z.string().min(1),
  type: z.literal('String'),
  value: z.string().min(1),
});

const FAILURES = [
  'AllErrors',
  'Authentication',
  'Connectivity',
  'Timeout',
  'ApprovalRejection',
  'Unknown',
] as const;
const OnFailure = z.strictObject({
  onFailure: z.strictObject({
    errors: z.array(z.enum(FAILURES)).min(1),
    action: z.discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['Abort', 'Ignore', 'MarkAsFailure', 'StageRollback']) }),
      z.strictObject({
        type: z.literal('Retry'),
        spec: z.strictObject({
          retryCount: z.int().min(1),
          retryIntervals: z.array(Duration).min(1),
          onRetryFailure: z.strictObject({ action: z.strictObject({ type: z.literal('MarkAsFailure') }) }),
        }),
      }),
    ]),
  }),
});

const step = <Type extends string, Spec extends z.ZodType>(type: Type, spec: Spec) =>
  z.strictObject({
    type: z.literal(type),
    name: Name,
    identifier: Identifier,
    timeout: Duration,
    spec,
    failureStrategies: z.array(OnFailure).min(1).optional(),
  });

const ShellScript = step(
  'ShellScript',
  z.strictObject({
    shell: z.enum(['Bash', 'PowerShell']),
    onDelegate: z.boolean(),
    source: z.strictObject({
      type: z.literal('Inline'),
      spec: z.strictObject({ script: z.string().min(1) }),
    }),
    environmentVariables: z.array(Output),
    outputVariables: z.array(Output),
  }),
);

/** What the HTTP step posts to us must be JSON once expressions stand in it, and name the gate. */
const RequestBody = z.string().refine((text) => {
  try {
    const body: unknown = JSON.parse(text);
    return z.looseObject({ planExecutionId: z.string(), callbackId: z.string() }).safeParse(body).success;
  } catch {
    return false;
  }
}, 'must be JSON with planExecutionId and callbackId');

const Http = step(
  'Http',
  z.strictObject({
    url: z.url({ protocol: /^https$/ }),
    method: z.literal('POST'),
    headers: z
      .array(Header)
      .refine((all) => all.some(({ key }) => key === 'Authorization'), 'must carry the token')
      .refine((all) => all.some(({ key }) => key === 'Content-Type'), 'must say what the body is'),
    requestBody: RequestBody,
    // Without one, any HTTP status is a success (harness.md §3.2).
    assertion: z.string().includes('<+httpResponseCode> == 202').includes('<+httpResponseCode> == 200'),
    inputVariables: z.array(Output).optional(),
    outputVariables: z.array(Output).optional(),
  }),
);

const CONSTRAINTS = ['regex', 'allowedValues', 'selectOneFrom', 'selectManyFrom'] as const;
const ApproverInput = z
  .strictObject({
    name: z.string().min(1),
    defaultValue: z.string().optional(),
    required: z.boolean().optional(),
    description: z.string().optional(),
    regex: z.string().min(1).optional(),
    allowedValues: z.string().min(1).optional(),
    selectOneFrom: z.string().min(1).optional(),
    selectManyFrom: z.string().min(1).optional(),
  })
  .refine(
    (input) => CONSTRAINTS.filter((key) => input[key] !== undefined).length <= 1,
    'at most one constraint',
  );

const SCOPED = /^(account\.|org\.)?[a-zA-Z_][0-9a-zA-Z_]{0,127}$/;
const Approvers = z
  .strictObject({
    userGroups: z.array(z.string().regex(SCOPED)),
    serviceAccounts: z.array(z.string().regex(SCOPED)).optional(),
    minimumCount: z.int().min(1),
    disallowPipelineExecutor: z.boolean(),
  })
  .refine(
    ({ userGroups, serviceAccounts = [] }) => userGroups.length + serviceAccounts.length > 0,
    'somebody must be able to approve',
  );

const HarnessApproval = step(
  'HarnessApproval',
  z.strictObject({
    callbackId: z.string().regex(/^[a-zA-Z0-9_-]*(<\+[^ ]+>)?[a-zA-Z0-9_.()-]*$/),
    approvalMessage: z.string().min(1),
    includePipelineExecutionHistory: z.union([z.boolean(), z.string().regex(EXPRESSION)]),
    approvers: Approvers,
    approverInputs: z.array(ApproverInput),
    isAutoRejectEnabled: z.boolean(),
  }),
);

/** The steps block of a stage. */
export const Steps = z.array(
  z.strictObject({ step: z.discriminatedUnion('type', [ShellScript, Http, HarnessApproval]) }),
);

const ApprovalStage = z.strictObject({
  name: Name,
  identifier: Identifier,
  description: z.string().optional(),
  type: z.literal('Approval'),
  spec: z.strictObject({ execution: z.strictObject({ steps: Steps }) }),
  failureStrategies: z.array(OnFailure).min(1),
  tags: z.record(z.string(), z.string()).optional(),
});

/** There is no event for an approval alone, and none for an abort (harness.md §3.3). */
const EVENTS = [
  'AllEvents',
  'PipelineStart',
  'PipelineSuccess',
  'PipelineFailed',
  'PipelineEnd',
  'PipelinePaused',
  'PipelineResumed',
  'StageSuccess',
  'StageFailed',
  'StageStart',
  'StepFailed',
  'TriggerFailed',
  'WaitingForUserAction',
] as const;
const NotificationRule = z.strictObject({
  name: Name,
  identifier: Identifier,
  pipelineEvents: z.array(z.strictObject({ type: z.enum(EVENTS) })).min(1),
  notificationMethod: z.strictObject({
    type: z.literal('Webhook'),
    spec: z.strictObject({
      webhookUrl: z.url({ protocol: /^https$/ }),
      headers: z.record(z.string(), z.string()),
    }),
  }),
  enabled: z.boolean(),
});

export const PipelineFile = z.strictObject({
  pipeline: z.strictObject({
    name: Name,
    identifier: Identifier,
    projectIdentifier: Identifier,
    orgIdentifier: Identifier,
    tags: z.record(z.string(), z.string()),
    stages: z.array(z.strictObject({ stage: ApprovalStage })).min(1),
    notificationRules: z.array(NotificationRule).optional(),
  }),
});

export const StepsFile = z.strictObject({ steps: Steps });
