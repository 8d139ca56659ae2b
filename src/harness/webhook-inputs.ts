import { z } from 'zod';
import type { ApproverInput } from '../approval/approver-input.ts';
import { INPUT_VALUE_MAX } from '../approval/approver-input.ts';
import { compilePattern, PATTERN_MAX } from './full-match.ts';
import { blank, flag, label, scalar, words } from './webhook-fields.ts';

const INPUTS_MAX = 50;
const OPTIONS_MAX = 100;
const CONSTRAINTS = ['regex', 'allowedValues', 'selectOneFrom', 'selectManyFrom'] as const;

const Options = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((option) => option.trim())
          .filter(Boolean)
      : value,
  z
    .array(scalar(1000, 1), { error: 'must be a list, or text with commas between the values' })
    .min(1, { error: 'must hold at least one value; leave it out for no constraint' })
    .max(OPTIONS_MAX, { error: `must hold at most ${OPTIONS_MAX} values` })
    .transform((options) => [...new Set(options)]),
);
/** Several may be chosen, and Harness joins them by commas. */
const OptionsWithoutCommas = Options.refine((options) => options.every((option) => !option.includes(',')), {
  error: 'must not hold values with a comma, since Harness joins the chosen ones by commas',
});

const Pattern = words(PATTERN_MAX).superRefine((source, context) => {
  const compiled = compilePattern(source);
  if (!compiled.ok)
    context.addIssue({
      code: 'custom',
      message: `${compiled.why}. Leave it out: Harness checks its own`,
    });
});

const optional = <T extends z.ZodType>(type: T) =>
  z.preprocess(blank, type.optional()).transform((value) => value ?? null);

const Input = z
  .object(
    {
      name: label(128),
      defaultValue: z.preprocess((value) => value ?? '', scalar(INPUT_VALUE_MAX)),
      required: flag,
      description: optional(words(500)),
      regex: optional(Pattern),
      allowedValues: optional(OptionsWithoutCommas),
      selectOneFrom: optional(Options),
      selectManyFrom: optional(OptionsWithoutCommas),
    },
    { error: 'must be an object with a name' },
  )
  .superRefine((input, context) => {
    const given = CONSTRAINTS.filter((constraint) => input[constraint] !== null);
    if (given.length > 1)
      context.addIssue({
        code: 'custom',
        message: `may have only one of ${CONSTRAINTS.join(', ')}, and has ${given.join(' and ')}`,
      });
  });

/** `approverInputs`, with `defaultValue` '' and constraints null where not given. */
export const Inputs = z
  .array(Input, { error: 'must be a list; [] for none' })
  .max(INPUTS_MAX, { error: `must hold at most ${INPUTS_MAX} inputs` })
  .superRefine((inputs, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of inputs.entries()) {
      if (seen.has(name))
        context.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'is used by an earlier input too',
        });
      seen.add(name);
    }
  })
  .transform((inputs): readonly ApproverInput[] => inputs);
