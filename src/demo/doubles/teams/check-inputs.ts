import { type JsonObject, objectsIn } from '../common/json.ts';
import {
  type Check,
  type Fields,
  flag,
  list,
  number,
  oneOf,
  type Place,
  pattern,
  shape,
  text,
  words,
} from './check.ts';
import { selectAction } from './check-actions.ts';

const DATE = pattern(/^\d{4}-\d\d-\d\d$/, 'must be a date: YYYY-MM-DD');
const TIME = pattern(/^\d\d:\d\d$/, 'must be a time: HH:MM');

const regex: Check = (value, at) => {
  try {
    new RegExp(String(value));
  } catch {
    at.report('must be a regular expression');
  }
};

// https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/people-picker
const peopleQuery = shape({
  type: oneOf('Data.Query'),
  dataset: oneOf('graph.microsoft.com/users', 'graph.microsoft.com/users?scope=currentContext'),
});

/** Inputs are told by their label; a toggle has its words beside it. */
function labelled(value: JsonObject, at: Place): void {
  if (value.label === undefined) at.report('an input needs a label');
}

function choicesFit(value: JsonObject, at: Place): void {
  labelled(value, at);
  const values = objectsIn(value.choices).map((choice) => choice.value);
  const isPicker = value['choices.data'] !== undefined;
  if (values.length === 0 && !isPicker) at.child('choices').report('must have at least 1 item(s)');
  if (new Set(values).size < values.length) at.report('two choices have the same value');
  if (typeof value.value !== 'string' || value.value === '') return;
  const chosen = value.isMultiSelect === true ? value.value.split(',') : [value.value];
  if (!isPicker && chosen.some((entry) => !values.includes(entry)))
    at.report('its value is none of the choices');
  if (value.isMultiSelect === true && values.some((entry) => String(entry).includes(',')))
    at.report('with several answers a choice’s value holds no comma');
}

/** The kinds of inputs; `common` is what every element may have. */
export function inputKinds(common: Fields): Fields {
  const own: Fields = { ...common, label: words, isRequired: flag, errorMessage: text };
  // Also unique in the card.
  const need: Fields = { id: common.id ?? words };
  const choice = shape({ title: words, value: words }, { type: oneOf('Input.Choice') });
  const lengthFits: Check = (value, at) => {
    if (!Number.isInteger(value) || Number(value) < 1) at.report('must be a whole number from 1');
  };
  return {
    'Input.Text': shape(
      need,
      {
        ...own,
        isMultiline: flag,
        maxLength: lengthFits,
        placeholder: text,
        regex,
        style: oneOf('text', 'tel', 'url', 'email', 'password'),
        inlineAction: selectAction,
        value: text,
      },
      (value, at) => {
        labelled(value, at);
        if (String(value.value ?? '').length > Number(value.maxLength ?? Number.POSITIVE_INFINITY))
          at.report('its value is longer than maxLength');
      },
    ),
    'Input.Number': shape(
      need,
      { ...own, min: number, max: number, placeholder: text, value: number },
      labelled,
    ),
    'Input.Date': shape(need, { ...own, min: DATE, max: DATE, placeholder: text, value: DATE }, labelled),
    'Input.Time': shape(need, { ...own, min: TIME, max: TIME, placeholder: text, value: TIME }, labelled),
    'Input.Toggle': shape(
      { ...need, title: words },
      { ...own, value: text, valueOff: text, valueOn: text, wrap: flag },
    ),
    'Input.ChoiceSet': shape(
      { ...need, choices: list(choice) },
      {
        ...own,
        'choices.data': peopleQuery,
        isMultiSelect: flag,
        style: oneOf('compact', 'expanded', 'filtered'),
        value: text,
        placeholder: text,
        wrap: flag,
      },
      choicesFit,
    ),
  };
}
