import type { ActionsBlock, Button, ConfirmationDialog } from '@slack/types';
import type { PageAction } from '../approval/page.ts';
import { webUrl } from '../approval/web-url.ts';
import { ACTION, buttonValue } from './blocks.ts';
import { COUNT, LENGTH } from './limits.ts';
import { readButtonValue, readTurnValue } from './payloads.ts';
import { clean, codePoints, oneLine, plainText, shown } from './text.ts';

const PRESS = {
  approve: ACTION.approve,
  reject: ACTION.reject,
  review: ACTION.review,
  retry_submission: ACTION.retrySubmission,
  answer_question: ACTION.answerQuestion,
} as const;

/** Numbers the buttons of one page: action ids may not repeat. */
export interface ButtonNumbers {
  next: number;
}

/**
 * The actions as one row of buttons; null when there are none. `about` is read out by screen readers after the label.
 * A value carries ids or a command's text, nothing that is trusted when it comes back. An action whose value does
 * not fit, or would not be understood when pressed, is left out.
 */
export function buttonRow(
  actions: readonly PageAction[],
  about: string,
  numbers: ButtonNumbers,
): ActionsBlock | null {
  const elements = actions
    .flatMap((action) => pageButton(action, about, numbers) ?? [])
    .slice(0, COUNT.actionsElements);
  return elements.length > 0 ? { type: 'actions', elements } : null;
}

/** One action as a button; null where it would not be understood when pressed. */
export function pageButton(action: PageAction, about: string, numbers: ButtonNumbers): Button | null {
  const target = targetOf(action);
  if (!target) return null;
  const { verb, ...carried } = target;
  const label = oneLine(clean(action.label));
  const button: Button = {
    type: 'button',
    action_id: `${verb}:${numbers.next}`,
    text: plainText(label, LENGTH.buttonText),
    ...carried,
    accessibility_label: shown(oneLine(clean(`${label}: ${about}`)), LENGTH.accessibilityLabel),
    ...(action.style && { style: action.style }),
    ...(action.confirm && { confirm: confirmation(action) }),
  };
  numbers.next += 1;
  return button;
}

type Target = { verb: string; value: string } | { verb: string; url: string };

function targetOf(action: PageAction): Target | null {
  switch (action.kind) {
    case 'command': {
      const { command } = action;
      const sendable = clean(command) === command && command.trim() !== '';
      return sendable && codePoints(command) <= LENGTH.buttonValue
        ? { verb: ACTION.command, value: command }
        : null;
    }
    case 'card': {
      const value = buttonValue(action.cardId, action.contentVersion);
      return readButtonValue(value) && { verb: PRESS[action.press], value };
    }
    case 'turn': {
      const value = turnValue(action.section, action.page);
      return readTurnValue(value) && { verb: ACTION.turn, value };
    }
    case 'link': {
      const url = webUrl(action.url, ['https:', 'http:']);
      return url && { verb: ACTION.openLink, url: url.href };
    }
  }
}

/** What a button that turns a section of a Home carries. */
export function turnValue(section: string, page: number): string {
  return `${section}.${page}`;
}

function confirmation({ confirm, label, style }: PageAction): ConfirmationDialog {
  return {
    title: plainText(oneLine(confirm?.title ?? ''), LENGTH.confirmTitle, 'Are you sure?'),
    text: plainText(confirm?.text ?? '', LENGTH.confirmText, 'Please confirm.'),
    confirm: plainText(oneLine(confirm?.button ?? label), LENGTH.confirmButton, 'Yes'),
    deny: plainText('Not now', LENGTH.confirmButton),
    ...(style === 'danger' && { style }),
  };
}
