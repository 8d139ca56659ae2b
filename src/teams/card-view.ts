import type { Card, CardAction } from '../approval/card.ts';
import { webUrl } from '../approval/web-url.ts';
import type { ActionData, PressVerb } from './action-data.ts';
import { actingButton, buttonRows, dialogButton, linkButton } from './buttons.ts';
import { CARD_ROOMS, cardBody } from './card-body.ts';
import { adaptiveCard, panel, paragraph, run } from './elements.ts';
import type { JsonObject } from './json.ts';
import { COUNT, jsonLength, LENGTH, SIZE } from './limits.ts';
import { shown } from './text.ts';

/**
 * The card as an Adaptive Card of version 1.5, at most SIZE.card characters: any card gives a valid one. Words from
 * outside stand in text runs and button titles alone, which read no Markdown.
 *
 * `refreshFor`: ids towards this bot (29:…) of those for whom the client fetches it anew when it is looked at. `line`:
 * one plain sentence on top, for whoever has just pressed.
 *
 * A card that many read shows no button: each of its deciders is shown their own. It keeps Review where that cannot
 * work for all of them (somebody's id is not known, or there are more than Teams refreshes for).
 */
export function cardView(card: Card, refreshFor: readonly string[], line?: string): JsonObject {
  // Teams refuses a whole card for one id of another shape.
  const users = [...new Set(refreshFor)].filter((id) => id.startsWith('29:'));
  const buttons = buttonsOf(card, users);
  const refresh = refreshOf(card, users);
  const top = line === undefined ? [] : sentenceOnTop(line);
  for (const room of CARD_ROOMS) {
    const view = { ...adaptiveCard([...top, ...cardBody(card, room), ...buttons]), ...refresh };
    if (jsonLength(view) <= SIZE.card) return view;
  }
  const bare = { ...card, details: [], links: [], facts: [], message: '', notes: [], discussion: [] };
  return { ...adaptiveCard([...top, ...cardBody(bare, CARD_ROOMS.at(-1)!), ...buttons]), ...refresh };
}

function sentenceOnTop(line: string): JsonObject[] {
  const said = paragraph([run(shown(line, LENGTH.sentence), { strong: true })])!;
  return [panel('emphasis', [said])];
}

function refreshOf({ cardId, contentVersion }: Card, users: readonly string[]): { refresh?: JsonObject } {
  if (users.length === 0) return {};
  const data: ActionData = { do: 'refresh', card: cardId, version: contentVersion };
  const action: JsonObject = { type: 'Action.Execute', title: 'Refresh', verb: 'refresh', data };
  return { refresh: { action, userIds: users.slice(0, COUNT.refreshUsers) } };
}

function buttonsOf(card: Card, users: readonly string[]): JsonObject[] {
  const reachesAll = users.length >= card.deciders.length && users.length <= COUNT.refreshUsers;
  const offered = card.actions.filter(
    ({ kind }) => kind !== 'review' || card.deciders.length === 0 || !reachesAll,
  );
  const buttons = offered.map((action) => cardButton(action, card));
  const pipeline = card.pipelineUrl === null ? null : webUrl(card.pipelineUrl, ['https:', 'http:']);
  if (pipeline) buttons.push(linkButton('View pipeline', pipeline.href));
  return buttonRows(buttons);
}

/** Everything but the one-click approval and a retry opens a dialog first. */
function cardButton(action: CardAction, card: Card): JsonObject {
  const press = (verb: PressVerb): ActionData => ({
    do: 'press',
    verb,
    card: card.cardId,
    version: card.contentVersion,
  });
  switch (action.kind) {
    case 'approve': {
      const look = { style: 'positive' } as const;
      // The word that always opens the form, so that no mistaken answer to it can decide.
      if (action.opensForm) return dialogButton('Approve', press('approve_with_comment'), look);
      const tooltip = action.confirm === '' ? {} : { tooltip: action.confirm };
      return actingButton('Approve', 'approve', press('approve'), { ...look, ...tooltip });
    }
    case 'approve_with_comment':
      return dialogButton('Approve with comment', press('approve_with_comment'), { secondary: true });
    case 'reject':
      return dialogButton('Reject', press('reject'), { style: 'destructive' });
    case 'retry_submission':
      return actingButton('Retry delivery', 'retry_submission', press('retry_submission'));
    case 'choose_instance':
      return dialogButton('Choose the gate', press('choose_instance'), { style: 'positive' });
    case 'supply_inputs':
      return dialogButton('Correct inputs', press('supply_inputs'), { style: 'positive' });
    case 'review':
      return dialogButton('Review', press('review'));
    case 'ask_question':
      return dialogButton('Ask a question', press('ask_question'), { secondary: true });
    case 'answer_question':
      return dialogButton('Answer', press('answer_question'), { style: 'positive' });
  }
}
