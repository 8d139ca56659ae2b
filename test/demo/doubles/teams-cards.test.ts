import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/demo/doubles/common/json.ts';
import { problemsOfCard } from '../../../src/demo/doubles/teams/check-card.ts';

const card = (change: JsonObject = {}): JsonObject => ({
  type: 'AdaptiveCard',
  version: '1.5',
  body: [{ type: 'TextBlock', text: 'Deploy?' }],
  ...change,
});
const withBody = (...body: JsonObject[]) => card({ body });
const withActions = (...actions: JsonObject[]) => card({ actions });
const execute = (change: JsonObject = {}) => ({ type: 'Action.Execute', title: 'Go', verb: 'go', ...change });
const submit = (change: JsonObject = {}) => ({ type: 'Action.Submit', title: 'Go', ...change });
const input = (type: string, change: JsonObject = {}) => ({
  type: `Input.${type}`,
  id: 'a',
  label: 'A',
  ...change,
});
const choices = [
  { title: 'One', value: '1' },
  { title: 'Two', value: '2' },
];
const mri = (index: number) => `29:1-abcdefghijkl${index}`;

describe('Teams draws', () => {
  const good: [string, JsonObject][] = [
    ['a plain card', card()],
    [
      'every element in its usual form',
      withBody(
        {
          type: 'RichTextBlock',
          inlines: [{ type: 'TextRun', text: 'x', weight: 'Bolder', color: 'good' }, 'y'],
        },
        { type: 'FactSet', facts: [{ title: 'a', value: 'b' }] },
        {
          type: 'ColumnSet',
          columns: [{ type: 'Column', width: 'stretch', items: [{ type: 'TextBlock', text: '' }] }],
        },
        { type: 'Container', style: 'warning', items: [], selectAction: execute(), minHeight: '40px' },
        { type: 'Image', url: 'data:image/png;base64,AAAA', altText: 'x', size: 'small' },
        { type: 'ImageSet', images: [{ type: 'Image', url: 'https://example.com/a.png' }] },
        { type: 'ActionSet', actions: [execute()] },
        {
          type: 'Table',
          columns: [{ width: 1 }],
          rows: [{ type: 'TableRow', cells: [{ type: 'TableCell', items: [] }] }],
        },
      ),
    ],
    [
      'every input',
      withBody(
        input('Text', {
          isMultiline: true,
          maxLength: 9,
          regex: '^a+$',
          isRequired: true,
          errorMessage: 'no',
        }),
        input('Number', { id: 'b', min: 1, max: 2, value: 1 }),
        input('Date', { id: 'c', value: '2026-11-22' }),
        input('Time', { id: 'd', min: '08:00' }),
        { type: 'Input.Toggle', id: 'e', title: 'Yes' },
        input('ChoiceSet', {
          id: 'g',
          choices: [],
          'choices.data': { type: 'Data.Query', dataset: 'graph.microsoft.com/users' },
          value: 'aad-alice',
        }),
        input('ChoiceSet', { id: 'f', choices, isMultiSelect: true, value: '1,2', style: 'filtered' }),
      ),
    ],
    [
      'every action',
      withActions(
        execute({ fallback: submit({ data: { a: 1 } }), style: 'positive', associatedInputs: 'auto' }),
        submit({ data: { msteams: { type: 'task/fetch' } } }),
        { type: 'Action.OpenUrl', title: 'See', url: 'https://example.com' },
        { type: 'Action.ShowCard', title: 'More', card: { type: 'AdaptiveCard', body: [] } },
      ),
    ],
    [
      '60 people’s refresh',
      card({ refresh: { action: execute(), userIds: Array.from({ length: 60 }, (_, i) => mri(i)) } }),
    ],
    ['full width', card({ msteams: { width: 'Full' } })],
    [
      'a toggled element',
      card({
        body: [{ type: 'TextBlock', id: 'more', text: 'x', isVisible: false }],
        actions: [{ type: 'Action.ToggleVisibility', title: 'More', targetElements: ['more'] }],
      }),
    ],
  ];
  test.each(good)('%s', (_what, value) => {
    expect(problemsOfCard(value, 'message')).toEqual([]);
  });
});

describe('Teams refuses', () => {
  const bad: [string, unknown, RegExp][] = [
    ['what is no object', 'card', /must be an object/],
    ['another type', card({ type: 'Card' }), /card.type/],
    ['no version', card({ version: undefined }), /version/],
    ['a newer version', card({ version: '1.6' }), /card.version/],
    ['an unknown member', card({ boddy: [] }), /no member "boddy"/],
    ['a member named like an object’s own', card({ constructor: 1 }), /no member "constructor"/],
    ['an empty card', card({ body: [] }), /body is empty/],
    ['an unknown element', withBody({ type: 'Carousel' }), /card.body\[0\]: "Carousel"/],
    ['an unknown action', withActions({ type: 'Action.Run', title: 'x' }), /"Action.Run"/],
    ['an unknown word', withBody({ type: 'TextBlock', text: 'x', size: 'huge' }), /size/],
    ['a text that is none', withBody({ type: 'TextBlock', text: 7 }), /text: must be a string/],
    ['a missing member', withBody({ type: 'FactSet' }), /lacks its member "facts"/],
    ['a fact without its value', withBody({ type: 'FactSet', facts: [{ title: 'a' }] }), /facts\[0\]/],
    [
      'something wrong deep inside',
      withBody({ type: 'Container', items: [{ type: 'ColumnSet', columns: [{ items: [{ type: 'X' }] }] }] }),
      /columns\[0\].items\[0\]/,
    ],
    ['rich text of nothing', withBody({ type: 'RichTextBlock', inlines: [] }), /at least 1/],
    ['a picture from nowhere', withBody({ type: 'Image', url: 'javascript:alert(1)' }), /http/],
    ['an SVG', withBody({ type: 'Image', url: 'data:image/svg+xml;base64,AAAA' }), /PNG/],
    [
      'more cells than columns',
      withBody({ type: 'Table', columns: [], rows: [{ cells: [{ items: [] }] }] }),
      /more cells/,
    ],
    ['7 actions', withActions(...Array.from({ length: 7 }, () => execute())), /at most 6/],
    [
      '7 actions in a set',
      withBody({ type: 'ActionSet', actions: Array.from({ length: 7 }, () => execute()) }),
      /at most 6/,
    ],
    ['a button without words', withActions({ type: 'Action.Execute', verb: 'go' }), /without words/],
    ['Action.Execute without verb', withActions({ type: 'Action.Execute', title: 'Go' }), /"verb"/],
    ['data that are a list', withActions(execute({ data: [] })), /data/],
    ['a dead button', withActions(execute({ isEnabled: false })), /isEnabled/],
    ['a wrong fallback', withActions(execute({ fallback: { type: 'X' } })), /fallback/],
    [
      'a link into a script',
      withActions({ type: 'Action.OpenUrl', title: 'x', url: 'javascript:alert(1)' }),
      /http/,
    ],
    ['a wrong msteams', withActions(submit({ data: { msteams: { type: 'open' } } })), /Teams knows/],
    [
      'a toggle of nothing',
      withActions({ type: 'Action.ToggleVisibility', title: 'x', targetElements: ['none'] }),
      /no element "none"/,
    ],
    ['an input without id', withBody({ type: 'Input.Text', label: 'A' }), /"id"/],
    ['an input without label', withBody({ type: 'Input.Text', id: 'a' }), /label/],
    ['the same id twice', withBody(input('Text'), input('Date')), /"a" is used twice/],
    [
      'the same id in a shown card',
      card({
        body: [input('Text')],
        actions: [
          { type: 'Action.ShowCard', title: 'x', card: { type: 'AdaptiveCard', body: [input('Text')] } },
        ],
      }),
      /used twice/,
    ],
    ['a regex that is none', withBody(input('Text', { regex: '(' })), /regular expression/],
    ['a value beyond maxLength', withBody(input('Text', { maxLength: 1, value: 'ab' })), /maxLength/],
    ['a number that is text', withBody(input('Number', { value: '1' })), /must be a number/],
    ['a date that is none', withBody(input('Date', { value: '22.11.2026' })), /YYYY/],
    ['choices of nothing', withBody(input('ChoiceSet', { choices: [] })), /at least 1/],
    [
      'a picker of nothing known',
      withBody(
        input('ChoiceSet', { choices: [], 'choices.data': { type: 'Data.Query', dataset: 'cities' } }),
      ),
      /graph.microsoft.com/,
    ],
    ['two choices alike', withBody(input('ChoiceSet', { choices: [choices[0], choices[0]] })), /same value/],
    [
      'a value that is no choice',
      withBody(input('ChoiceSet', { choices, value: '3' })),
      /none of the choices/,
    ],
    [
      'a comma among several answers',
      withBody(
        input('ChoiceSet', { choices: [{ title: 'a', value: 'a,b' }], isMultiSelect: true, value: 'a,b' }),
      ),
      /comma|none/,
    ],
    ['a refresh by object ids', card({ refresh: { action: execute(), userIds: ['aad-alice'] } }), /29:/],
    [
      '61 people’s refresh',
      card({ refresh: { action: execute(), userIds: Array.from({ length: 61 }, (_, i) => mri(i)) } }),
      /at most 60/,
    ],
    [
      'a refresh by Action.Submit',
      card({ refresh: { action: submit(), userIds: [mri(1)] } }),
      /Action.Submit/,
    ],
    ['what is too large', withBody({ type: 'TextBlock', text: 'x'.repeat(15_000) }), /too large/],
  ];
  test.each(bad)('%s', (_what, value, words) => {
    expect(problemsOfCard(value, 'message').join('\n')).toMatch(words);
  });

  const badDialogs: [string, JsonObject, RegExp][] = [
    ['Action.Execute', withActions(execute()), /does not work in dialogs/],
    ['a refresh', card({ refresh: { action: execute(), userIds: [mri(1)] } }), /not refreshed/],
    ['another dialog', withActions(submit({ data: { msteams: { type: 'task/fetch' } } })), /no other dialog/],
  ];
  test.each(badDialogs)('in a dialog: %s', (_what, value, words) => {
    expect(problemsOfCard(value, 'dialog').join('\n')).toMatch(words);
  });
});
