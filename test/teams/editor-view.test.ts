import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkflowEditor } from '../../src/approval/workflow-editor.ts';
import { editorView } from '../../src/teams/editor-view.ts';
import { readEditor } from '../../src/teams/read-editor.ts';
import { rounds } from '../faults/rounds.ts';
import { actionsIn, type Json, nodesIn, wordsOf } from './check-card.ts';
import { drawn } from './drawn.ts';
import { anyLine, nasty, workflowEditor } from './samples.ts';

/** What a client sends when the button is pressed with everything left as it is. */
function sentBack(card: Json, button = 0): Json {
  const inputs = nodesIn(card).filter((one) => String(one.type).startsWith('Input.'));
  const entered = inputs.flatMap(({ id, value }) => (value === undefined ? [] : [[id, value]]));
  return { ...Object.fromEntries(entered), ...(actionsIn(card)[button]!.data as Json) };
}

const uuid = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const people = (count: number, from = 0) =>
  Array.from({ length: count }, (_one, index) => uuid(from + index));

describe('the workflow form', () => {
  it('asks in order: what, who decides, who is told, who would be asked', () => {
    const { title, card } = editorView(workflowEditor());
    expect(title).toBe('Workflow 14');
    expect(wordsOf(drawn(card, 'dialog'))).toMatchSnapshot();
  });

  it('chooses people from the tenant’s directory and names those chosen already', () => {
    const inputs = nodesIn(drawn(editorView(workflowEditor()).card, 'dialog'));
    expect(inputs.find(({ id }) => id === 'approvers')).toMatchObject({
      type: 'Input.ChoiceSet',
      isMultiSelect: true,
      value: 'aad-2,aad-3',
      choices: [
        { title: 'Ben Ito', value: 'aad-2' },
        { title: 'Mia Lund', value: 'aad-3' },
      ],
      'choices.data': { type: 'Data.Query', dataset: 'graph.microsoft.com/users' },
    });
  });

  it('comes back as it was, whichever button is pressed', () => {
    const editor = workflowEditor();
    const { card } = editorView(editor);
    const expected = { workflowId: 14, seenAt: editor.seenAt, keptPersonIds: [9], values: editor.values };
    expect(readEditor(sentBack(card))).toEqual(expected);
    expect(readEditor(sentBack(card, 1))).toEqual(expected);
    expect(sentBack(card)).toMatchObject({ do: 'save_workflow' });
    expect(sentBack(card, 1)).toMatchObject({ do: 'preview_workflow' });
  });

  it('says what is wrong right below its field', () => {
    const problems = { approvers: 'Name at least one approver.', eventId: 'Choose another event.' };
    const words = wordsOf(drawn(editorView(workflowEditor(), problems).card, 'dialog'));
    expect(words[0]).toBe('Not saved yet: please correct what is marked below.');
    expect(words.indexOf('Name at least one approver.')).toBe(words.indexOf('Approvers') + 1);
    expect(words.indexOf('Choose another event.')).toBe(words.indexOf('Event') + 1);
  });

  it('keeps the chosen event in a shortened menu, and says how many are not there', () => {
    const events = Array.from({ length: 100 }, (_one, index) => ({
      id: index + 1,
      name: `${index} ${'é'.repeat(90)}`,
    }));
    const editor = workflowEditor({
      events,
      leftOut: { events: 7, policies: 0 },
      values: { ...workflowEditor().values, eventId: 99 },
    });
    const view = drawn(editorView(editor).card, 'dialog');
    const menu = nodesIn(view).find(({ id }) => id === 'eventId')!;
    expect(menu.value).toBe('99');
    const missing = 107 - (menu.choices as Json[]).length;
    expect(wordsOf(view).join('\n')).toContain(`${missing} more events do not fit here`);
  });

  it('loses nobody of long lists: they are carried by their ids, or the form says it cannot', () => {
    const values = { ...workflowEditor().values, approvers: people(100), subscribers: people(100, 100) };
    const { card } = editorView(workflowEditor({ values }));
    expect(readEditor(sentBack(drawn(card, 'dialog'))).values).toMatchObject({
      approvers: values.approvers,
      subscribers: values.subscribers,
    });
    const tooLong = workflowEditor({
      values: { ...values, subscribers: people(200, 100), fallbackApprovers: people(200, 300) },
    });
    expect(wordsOf(drawn(editorView(tooLong).card, 'dialog'))).toEqual([
      'This workflow lists more people than a form in Teams can carry. Edit it with the management API.',
    ]);
    const hidden = workflowEditor({ kept: { ...workflowEditor().kept, personIds: Array(201).fill(1) } });
    expect(actionsIn(editorView(hidden).card)).toEqual([]);
  });

  it('any form is valid and within its budget', { timeout: 60_000 }, () => {
    const option = fc.record({ id: fc.nat(), name: nasty });
    const ids = fc.uniqueArray(fc.uuid(), { maxLength: 60 });
    const any: fc.Arbitrary<WorkflowEditor> = fc.record({
      workflowId: fc.option(fc.nat(), { nil: null }),
      seenAt: fc.option(fc.nat(), { nil: null }),
      title: nasty,
      submitLabel: fc.constant('Save'),
      events: fc.uniqueArray(option, { minLength: 1, maxLength: 100, selector: ({ id }) => id }),
      policies: fc.uniqueArray(option, { minLength: 1, maxLength: 100, selector: ({ id }) => id }),
      leftOut: fc.record({ events: fc.nat(), policies: fc.nat() }),
      values: fc.record({
        eventId: fc.option(fc.nat(), { nil: null }),
        policyId: fc.option(fc.nat(), { nil: null }),
        requirementId: fc.constantFrom(1, 2, 3, null),
        approvers: ids,
        managerApproves: fc.boolean(),
        fallbackApprovers: ids,
        subscribers: ids,
        managerSubscribes: fc.boolean(),
        channels: fc.array(nasty, { maxLength: 5 }),
        disallowRequester: fc.boolean(),
        checksFirst: fc.boolean(),
        previewFor: fc.option(fc.uuid(), { nil: null }),
      }),
      names: fc.constant(new Map()),
      kept: fc.record({
        approvers: fc.array(nasty),
        subscribers: fc.array(nasty),
        fallbackApprovers: fc.array(nasty),
        channels: fc.array(nasty),
        personIds: fc.array(fc.nat(), { maxLength: 220 }),
      }),
      preview: fc.array(anyLine, { maxLength: 20 }),
    });
    fc.assert(
      fc.property(any, nasty, (editor, words) => {
        drawn(editorView(editor, { approvers: words, channels: words }).card, 'dialog');
      }),
      { numRuns: rounds('STRINGS', 40, 2_000) },
    );
  });
});

describe('what the form brings back', () => {
  const read = (entered: Json) =>
    readEditor({ do: 'save_workflow', workflow: null, seenAt: null, kept: [], ...entered }).values;

  it('reads a channel’s id out of its link, and takes ids as they are', () => {
    const link = 'https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/General?groupId=g&tenantId=t';
    expect(read({ channels: `${link}\n<${link}>, 19:def@thread.tacv2` }).channels).toEqual([
      '19:abc@thread.tacv2',
      '19:def@thread.tacv2',
    ]);
    expect(read({ channels: 'https://evil.example/l/channel/19%3Aabc/x #general' }).channels).toEqual([
      'https://evil.example/l/channel/19%3Aabc/x',
      '#general',
    ]);
    expect(read({ channels: 'https://teams.microsoft.com/l/channel/%E0%A4%A/x' }).channels).toHaveLength(1);
  });

  it('takes an absent field for an empty one', () => {
    expect(read({})).toEqual({
      eventId: null,
      policyId: null,
      requirementId: null,
      approvers: [],
      managerApproves: false,
      fallbackApprovers: [],
      subscribers: [],
      managerSubscribes: false,
      channels: [],
      disallowRequester: false,
      checksFirst: false,
      previewFor: null,
    });
  });

  it('holds one more than a list may, so that too long a list is refused', () => {
    expect(read({ approvers: people(5000).join(',').slice(0, 19_000) }).approvers).toHaveLength(101);
    expect(read({ channels: people(80).join(' ') }).channels).toHaveLength(51);
  });

  it('never throws, whatever comes', () => {
    const keys = [
      'do',
      'workflow',
      'seenAt',
      'kept',
      'eventId',
      'approvers',
      'channels',
      'managerApproves',
      'previewFor',
    ];
    const value = fc.oneof(
      fc.anything(),
      nasty,
      fc.constantFrom('save_workflow', 'true', '1', '-1', '1e9', ',,,'),
    );
    const any = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...keys), value));
    fc.assert(
      fc.property(any, (data) => {
        const state = readEditor(data);
        expect(state.values.approvers.length).toBeLessThanOrEqual(101);
        expect(state.values.channels.length).toBeLessThanOrEqual(51);
        for (const id of [...state.values.approvers, ...state.values.channels])
          expect(id).not.toMatch(/[\u0000]/);
      }),
      { numRuns: 2000 },
    );
  });
});
