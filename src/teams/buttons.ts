import type { ActionData } from './action-data.ts';
import type { JsonObject } from './json.ts';
import { COUNT, LENGTH } from './limits.ts';
import { shown } from './text.ts';

/** How a button looks and whether it steps back into the menu of further ones. */
export interface ButtonLook {
  style?: 'positive' | 'destructive';
  secondary?: boolean;
  tooltip?: string;
}

function frame(title: string, { style, secondary, tooltip }: ButtonLook): JsonObject {
  return {
    title: shown(title, LENGTH.buttonTitle),
    ...(style && { style }),
    ...(secondary && { mode: 'secondary' }),
    ...(tooltip !== undefined && {
      tooltip: shown(tooltip, LENGTH.sentence, shown(title, LENGTH.buttonTitle)),
    }),
  };
}

/** Acts at once; clients without Action.Execute send the same as a message. */
export function actingButton(
  title: string,
  verb: string,
  data: ActionData,
  look: ButtonLook = {},
): JsonObject {
  const framed = frame(title, look);
  const { mode: _mode, ...within } = framed;
  return {
    type: 'Action.Execute',
    ...framed,
    verb,
    data: carried(data),
    fallback: { type: 'Action.Submit', ...within, data: carried(data) },
  };
}

/** Opens a dialog: Teams fetches it (task/fetch). */
export function dialogButton(title: string, data: ActionData, look: ButtonLook = {}): JsonObject {
  return {
    type: 'Action.Submit',
    ...frame(title, look),
    data: { msteams: { type: 'task/fetch' }, ...carried(data) },
  };
}

/** Sends what is entered in the dialog it stands in. Where nothing is to be checked first, the fields stay behind. */
export function submitButton(
  title: string,
  data: ActionData,
  look: ButtonLook & { withoutInputs?: boolean } = {},
): JsonObject {
  return {
    type: 'Action.Submit',
    ...frame(title, look),
    data: carried(data),
    ...(look.withoutInputs && { associatedInputs: 'none' }),
  };
}

/** Opens a web page; `href` is checked already. */
export function linkButton(title: string, href: string, look: ButtonLook = {}): JsonObject {
  return { type: 'Action.OpenUrl', ...frame(title, look), url: href };
}

function carried(data: ActionData): JsonObject {
  return { ...data } as JsonObject;
}

/** The first few stay in sight, the others step back into the menu; in the order given. */
export function ranked(buttons: readonly JsonObject[]): JsonObject[] {
  let primary = 0;
  return buttons.map((button) => {
    if (button.mode === 'secondary') return button;
    primary += 1;
    return primary <= COUNT.primaryActions ? button : { ...button, mode: 'secondary' };
  });
}
