import {
  anyObject,
  type Examination,
  type Fields,
  flag,
  list,
  oneOf,
  orNull,
  Place,
  pattern,
  type Surface,
  shape,
  text,
} from './check.ts';
import { actionSet, executeAction, innerCardsAreCheckedBy, selectAction } from './check-actions.ts';
import { backgroundImage, element } from './check-elements.ts';
import { CARD_VERSIONS, MESSAGE_BYTES, REFRESH_USERS, sizeInBytes } from './limits.ts';

const mri = pattern(/^29:[\w-]{10,}$/, 'must be a user’s id towards this bot: 29:…');

const BODY: Fields = {
  $schema: text,
  body: list(element),
  actions: actionSet,
  selectAction,
  fallbackText: text,
  backgroundImage,
  minHeight: text,
  rtl: orNull(flag),
  speak: text,
  lang: text,
  verticalContentAlignment: oneOf('top', 'center', 'bottom'),
};

const version = oneOf(...CARD_VERSIONS);

const outer = shape(
  { type: oneOf('AdaptiveCard'), version },
  {
    ...BODY,
    refresh: shape({ action: executeAction }, { type: oneOf('Refresh'), userIds: list(mri, REFRESH_USERS) }),
    // https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
    msteams: shape({}, { width: oneOf('Full'), entities: list(anyObject) }),
  },
  (value, at) => {
    if (value.refresh !== undefined && at.examination.surface === 'dialog')
      at.report('a dialog is not refreshed');
    const isEmpty = (part: unknown) => !Array.isArray(part) || part.length === 0;
    if (isEmpty(value.body) && isEmpty(value.actions)) at.report('a card shows something: its body is empty');
  },
);

// The card behind Action.ShowCard says no version of its own and is not refreshed.
innerCardsAreCheckedBy(shape({ type: oneOf('AdaptiveCard') }, { ...BODY, version }));

/** What Teams would not draw in this card; empty when it draws all of it. */
export function problemsOfCard(card: unknown, surface: Surface): string[] {
  const examination: Examination = { surface, problems: [], ids: new Set(), named: [] };
  outer(card, new Place('card', examination));
  for (const { id, at } of examination.named)
    if (!examination.ids.has(id)) examination.problems.push(`${at}: there is no element "${id}"`);
  if (sizeInBytes(card ?? null) > MESSAGE_BYTES)
    examination.problems.push('card: it is too large to be shown');
  return examination.problems;
}
