import { isObject, type JsonObject } from '../common/json.ts';
import {
  anyObject,
  anything,
  byType,
  type Check,
  type Fields,
  list,
  oneOf,
  type Place,
  pattern,
  shape,
  text,
  textOr,
  words,
} from './check.ts';
import { ACTIONS_IN_SET } from './limits.ts';

/** Links of cards lead into the web. */
export const webAddress = pattern(/^https?:\/\/[^\s]+$/, 'must be an absolute http(s) address');

// Set by check-card.ts: cards hold actions, and one action holds a card.
let checkInnerCard: Check = anything;
export function innerCardsAreCheckedBy(check: Check): void {
  checkInnerCard = check;
}

const COMMON: Fields = {
  type: text,
  title: words,
  iconUrl: webAddress,
  id: words,
  style: oneOf('default', 'positive', 'destructive'),
  tooltip: text,
  mode: oneOf('primary', 'secondary'),
  requires: anyObject,
  fallback: (value, at) => {
    if (value !== 'drop') action(value, at);
  },
  // Teams ignores it: a button that looks dead in the schema is alive there.
  isEnabled: (_value, at) => at.report('Teams does not support isEnabled'),
};

const data: Check = textOr(anyObject);
const associatedInputs = oneOf('auto', 'none');

function noDataOfInvokes(value: JsonObject, at: Place): void {
  const teams = isObject(value.data) ? value.data.msteams : undefined;
  if (teams === undefined) return;
  const kind = isObject(teams) ? teams.type : undefined;
  if (!['task/fetch', 'messageBack', 'imBack', 'signin', 'invoke'].includes(String(kind)))
    at.child('data').child('msteams').report('needs a type Teams knows');
  if (kind === 'task/fetch' && at.examination.surface === 'dialog')
    at.report('a dialog opens no other dialog');
}

const EXECUTE = shape({ verb: words }, { ...COMMON, data, associatedInputs }, (_value, at) => {
  if (at.examination.surface === 'dialog') at.report('Action.Execute does not work in dialogs');
});

const OPEN_URL = shape({ url: webAddress }, COMMON);
const SUBMIT = shape({}, { ...COMMON, data, associatedInputs }, noDataOfInvokes);
const TOGGLE = shape(
  {
    targetElements: list((value, at) => {
      const id = isObject(value) ? value.elementId : value;
      if (typeof id === 'string') at.examination.named.push({ id, at: at.pointer });
      else at.report('must name an element');
    }),
  },
  COMMON,
);
const SHOW_CARD = shape({ card: (value, at) => checkInnerCard(value, at) }, COMMON);

const SELECTABLE: Fields = {
  'Action.Execute': EXECUTE,
  'Action.OpenUrl': OPEN_URL,
  'Action.Submit': SUBMIT,
  'Action.ToggleVisibility': TOGGLE,
};
const ACTIONS: Fields = { ...SELECTABLE, 'Action.ShowCard': SHOW_CARD };

const action: Check = byType(() => ACTIONS);

/** What happens when an element is pressed. */
export const selectAction: Check = byType(() => SELECTABLE);

/** Action.Execute alone, as refresh wants it. */
export const executeAction: Check = byType(() => ({ 'Action.Execute': EXECUTE }));

/** A row of buttons: each says something. */
export const actionSet: Check = list(
  (value, at) => {
    action(value, at);
    if (isObject(value) && value.title === undefined) at.report('a button without words');
  },
  ACTIONS_IN_SET,
  0,
);
