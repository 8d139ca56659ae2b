import { describe, expect, test } from 'vitest';
import {
  APPROVAL_REQUIREMENT_IDS,
  approvalRequirementFromId,
  workflowProblems,
} from '../../src/approval/workflow.ts';

const FINE = {
  eventId: 1,
  approvalPolicyId: 1,
  requirement: 'any',
  targetTypeId: 1,
  approverIds: [2],
  dynamicApproverIds: [],
} as const;

describe('a workflow that cannot be saved', () => {
  test('has the seed’s two errors, event before approver list', () => {
    expect(workflowProblems({ ...FINE, eventId: null, approverIds: [] })).toEqual([
      { field: 'event', detail: "can't be blank" },
      { field: 'approver_ids', detail: "approver list can't be empty" },
    ]);
  });

  test('says everything at once', () => {
    const problems = workflowProblems({
      eventId: null,
      approvalPolicyId: null,
      requirement: null,
      targetTypeId: 1,
      approverIds: [],
      dynamicApproverIds: [],
    });
    expect(problems.map((problem) => problem.field)).toEqual([
      'event',
      'approval_policy',
      'approval_requirement_id',
    ]);
    expect(workflowProblems({ ...FINE, targetTypeId: 4 })).toEqual([
      { field: 'target_type_id', detail: 'must be 1, 2 or 3' },
    ]);
  });

  test.each(['any', 'all'] as const)('under %s: nobody to ask', (requirement) => {
    expect(workflowProblems({ ...FINE, requirement, approverIds: [] })).toHaveLength(1);
  });
});

describe('a workflow that can be saved', () => {
  test.each([
    ['any of the listed', FINE],
    ['all of the listed', { ...FINE, requirement: 'all' }],
    ['the manager alone', { ...FINE, approverIds: [], dynamicApproverIds: [1] }],
    ['nobody, where nothing is required', { ...FINE, requirement: 'none', approverIds: [] }],
    ['no event, for a target type that never matches a webhook', { ...FINE, eventId: null, targetTypeId: 2 }],
  ] as const)('asks %s', (_, draft) => {
    expect(workflowProblems(draft)).toEqual([]);
  });
});

test('Productive’s numbers: 1 none, 2 any, 3 all, and no other', () => {
  expect(APPROVAL_REQUIREMENT_IDS).toEqual({ none: 1, any: 2, all: 3 });
  expect([0, 1, 2, 3, 4, 2.5, Number.NaN].map(approvalRequirementFromId)).toEqual([
    undefined,
    'none',
    'any',
    'all',
    undefined,
    undefined,
    undefined,
  ]);
});
