import type { CardLine } from '../approval/card.ts';
import type { PageAction } from '../approval/page.ts';
import { webUrl } from '../approval/web-url.ts';
import { type ActionData, type PressVerb, readActionData } from './action-data.ts';
import {
  actingButton,
  type ButtonLook,
  buttonRows,
  dialogButton,
  linkButton,
  submitButton,
} from './buttons.ts';
import { lineWords, paragraph, run } from './elements.ts';
import type { JsonObject } from './json.ts';
import { LENGTH } from './limits.ts';
import { clean, codePoints, shown } from './text.ts';

/** Where a page is shown: in a dialog nothing but its own submit works. */
export interface PagePlace {
  surface: 'message' | 'dialog';
  /** Whether a command answers with a dialog. */
  opensForm: (command: string) => boolean;
}

/** A form is opened in any case: from a page nothing is decided by one click. */
const PRESS = {
  approve: 'approve_with_comment',
  reject: 'reject',
  review: 'review',
  retry_submission: 'retry_submission',
  answer_question: 'answer_question',
} as const satisfies Record<string, PressVerb>;

/**
 * The actions as rows of buttons. `about` is what they are about, for their tooltips. An action that would
 * not be understood when pressed is left out; so is turning a Home, which Teams has none of.
 */
export function pageButtons(
  actions: readonly PageAction[],
  about: string | CardLine,
  place: PagePlace,
): JsonObject[] {
  const tooltip = typeof about === 'string' ? about : lineWords(about);
  const buttons = actions
    .map((action) => pageButton(action, tooltip, place))
    .filter((button) => button !== null);
  return buttonRows(buttons).map((row) => ({ ...row, spacing: 'small' }));
}

function pageButton(action: PageAction, about: string, place: PagePlace): JsonObject | null {
  const look: ButtonLook = {
    tooltip: shown(`${shown(action.label, 60)}: ${about}`, 120),
    ...styleOf(action),
  };
  const button = plainButton(action, look, place);
  return button && action.confirm ? asking(action, button, look) : button;
}

function styleOf({ style }: PageAction): ButtonLook {
  if (style === undefined) return {};
  return { style: style === 'danger' ? 'destructive' : 'positive' };
}

function plainButton(
  action: PageAction,
  look: ButtonLook,
  { opensForm, surface }: PagePlace,
): JsonObject | null {
  switch (action.kind) {
    case 'command': {
      const { command } = action;
      const sendable = clean(command) === command && command.trim() !== '';
      if (!sendable || codePoints(command) > LENGTH.command) return null;
      const data: ActionData = { do: 'command', command };
      if (readActionData(data) === null) return null;
      if (surface === 'dialog') return submitButton(action.label, data, look);
      return opensForm(command)
        ? dialogButton(action.label, data, look)
        : actingButton(action.label, 'command', data, look);
    }
    case 'card': {
      const verb = PRESS[action.press];
      const { cardId: card, contentVersion: version } = action;
      const data: ActionData = { do: 'press', verb, card, version, page: true };
      if (readActionData(data) === null) return null;
      if (surface === 'dialog') return submitButton(action.label, data, look);
      return verb === 'retry_submission'
        ? actingButton(action.label, verb, data, look)
        : dialogButton(action.label, data, look);
    }
    case 'turn':
      return null;
    case 'link': {
      const url = webUrl(action.url, ['https:', 'http:']);
      return url && linkButton(action.label, url.href, look);
    }
  }
}

/** "Are you sure" unfolds below the button, and the button in it is the one that acts. */
function asking(
  { confirm, label }: PageAction,
  button: JsonObject,
  { style, tooltip }: ButtonLook,
): JsonObject {
  const title = shown(confirm?.title ?? '', LENGTH.title, 'Are you sure?');
  const text = shown(confirm?.text ?? '', LENGTH.sentence, 'Please confirm.');
  const word = shown(confirm?.button ?? label, LENGTH.buttonTitle, 'Yes');
  const fallback = button.fallback as JsonObject | undefined;
  return {
    type: 'Action.ShowCard',
    title: shown(label, LENGTH.buttonTitle),
    ...(style && { style }),
    ...(tooltip !== undefined && { tooltip }),
    card: {
      type: 'AdaptiveCard',
      body: [paragraph([run(title, { strong: true })])!, paragraph([run(text)], { spacing: 'small' })!],
      actions: [{ ...button, title: word, ...(fallback && { fallback: { ...fallback, title: word } }) }],
    },
  };
}
