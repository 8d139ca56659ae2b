import type { ActionData } from './action-data.ts';
import type { JsonObject } from './json.ts';
import { COUNT, LENGTH } from './limits.ts';
import { codePoints, shown } from './text.ts';

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

/**
 * The buttons in rows that 300 pixels hold, in the order given: of each six, three stay in sight, and the others step
 * back into the menu at the end of the last row.
 */
export function buttonRows(buttons: readonly JsonObject[]): JsonObject[] {
  const rows: JsonObject[] = [];
  for (let first = 0; first < buttons.length; first += COUNT.actions)
    rows.push(...rowsOf(buttons.slice(first, first + COUNT.actions)));
  return rows.map((row, index) => (index === 0 ? row : { ...row, spacing: 'small' }));
}

function rowsOf(buttons: readonly JsonObject[]): JsonObject[] {
  const wanted = buttons.filter(({ mode }) => mode !== 'secondary');
  const inSight = wanted.slice(0, COUNT.primaryActions);
  const others = buttons.filter((button) => !inSight.includes(button));
  const rows: JsonObject[][] = [];
  let room = 0;
  for (const button of inSight) {
    const width = widthOf(button);
    if (rows.length === 0 || width > room) {
      rows.push([]);
      room = ROW_WIDTH;
    }
    rows.at(-1)!.push(button);
    room -= width;
  }
  if (others.length > 0) {
    if (rows.length === 0 || room < MENU_WIDTH) rows.push([]);
    rows.at(-1)!.push(...others.map((button) => ({ ...button, mode: 'secondary' })));
  }
  return rows.map((actions) => ({ type: 'ActionSet', actions }));
}

/** Pixels between the edges of a card 300 pixels wide. */
const ROW_WIDTH = 268;
const MENU_WIDTH = 50;

/** What a button takes of a row, generously. */
function widthOf({ title }: JsonObject): number {
  return codePoints(String(title)) * 8 + 26 + 8;
}
