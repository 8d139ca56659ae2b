import type { ActionsBlock, Button, KnownBlock, RichTextBlock, RichTextElement } from '@slack/types';
import type { Card, CardAction, CardLine, CardTone } from '../approval/card.ts';
import type { ReviewForm } from '../approval/form.ts';
import { webUrl } from '../approval/web-url.ts';
import { jsonBytes, LENGTH, SIZE } from './limits.ts';
import { counted, emoji, lineElements, linesBlock, words } from './rich-text.ts';
import { smallPrint } from './small-print.ts';
import { clean, clip, escapeMarkup, oneLine, plainText, shown } from './text.ts';

/**
 * What buttons ask for, as payloads name it. On a page, which has several of a kind, a number follows (`approve:3`).
 * The last three stand on pages only.
 */
export const ACTION = {
  approve: 'approve',
  approveWithComment: 'approve_with_comment',
  reject: 'reject',
  viewPipeline: 'view_pipeline',
  retrySubmission: 'retry_submission',
  chooseInstance: 'choose_instance',
  supplyInputs: 'supply_inputs',
  review: 'review',
  askQuestion: 'ask_question',
  answerQuestion: 'answer_question',
  command: 'command',
  turn: 'turn',
  openLink: 'open_link',
} as const;

const TONE_EMOJI: Readonly<Record<CardTone, string>> = {
  waiting: 'hourglass_flowing_sand',
  sending: 'outbox_tray',
  approved: 'white_check_mark',
  rejected: 'no_entry',
  closed: 'lock',
  trouble: 'warning',
};

/** How much of each part is shown; smaller ones are tried until the whole fits a message. */
interface Room {
  message: number;
  line: number;
  facts: number;
  fact: number;
  links: number;
  lines: number;
  details: number;
  discussion: number;
}

const ROOMS: readonly Room[] = [
  { message: 2400, line: 600, facts: 20, fact: 200, links: 5, lines: 10, details: 12, discussion: 300 },
  { message: 1200, line: 400, facts: 15, fact: 80, links: 3, lines: 6, details: 12, discussion: 200 },
  { message: 500, line: 200, facts: 10, fact: 40, links: 2, lines: 4, details: 12, discussion: 100 },
  { message: 150, line: 80, facts: 5, fact: 20, links: 1, lines: 2, details: 12, discussion: 40 },
];

/** In a modal nearly everything fits: the message whole, every fact and input. */
const REVIEW_ROOMS: readonly Room[] = [
  { message: 3000, line: 1400, facts: 50, fact: 2900, links: 20, lines: 50, details: 120, discussion: 1200 },
  { message: 3000, line: 700, facts: 50, fact: 400, links: 20, lines: 25, details: 120, discussion: 700 },
  ...ROOMS,
];

const SHORTENED = '… shortened; see the pipeline';

/**
 * The card as Block Kit: header, state, details, the pipeline's message as a quote, facts, links, progress, discussion,
 * warnings, small print, buttons. Valid for any card (limits.ts): what does not fit is shortened, and says so.
 * Untrusted words stand only in plain_text objects and rich_text text elements, which Slack never parses.
 */
export function cardBlocks(card: Card): KnownBlock[] {
  for (const room of ROOMS) {
    const blocks = blocksWithin(card, room);
    if (jsonBytes(blocks) <= SIZE.messageBlocksBytes) return blocks;
  }
  return blocksWithin({ ...card, facts: [], links: [], details: [], notes: [] }, ROOMS.at(-1)!);
}

/** A request in full as the blocks of a modal, the buttons for what the reader may do last. */
export function reviewBlocks({ details, actions }: ReviewForm): KnownBlock[] {
  const card: Card = { ...details, actions: actions.map(asCardAction) };
  for (const room of REVIEW_ROOMS) {
    const blocks = blocksWithin(card, room, reviewButton);
    if (jsonBytes(blocks) <= SIZE.reviewBytes) return blocks;
  }
  return blocksWithin(card, ROOMS.at(-1)!, reviewButton);
}

function asCardAction(kind: ReviewForm['actions'][number]): CardAction {
  return kind === 'approve' ? { kind, opensForm: true, confirm: '' } : { kind };
}

/** From a review nothing is decided by one click: Approve is the button that always opens a form. */
function reviewButton(action: CardAction, card: Card, value: string): Button {
  const drawn = actionButton(action, card, value);
  return action.kind === 'approve' ? { ...drawn, action_id: ACTION.approveWithComment } : drawn;
}

/** One line in a thread; a very long one ends with an ellipsis. */
export function replyBlocks(line: CardLine): KnownBlock[] {
  for (const length of [2800, 1200]) {
    const blocks = replyWithin(line, length);
    if (jsonBytes(blocks) <= SIZE.messageBlocksBytes) return blocks;
  }
  return replyWithin(line, 400);
}

function replyWithin(line: CardLine, length: number): KnownBlock[] {
  return [linesBlock([lineElements(line, length)]) ?? linesBlock([[words('–')]])!];
}

/** The notification's text: one short line, escaped because Slack reads it as mrkdwn. */
export function cardFallback(card: Card): string {
  const line = oneLine(clean(card.summary || card.title));
  return escapeMarkup(clip(line, SIZE.fallbackText / 5)) || 'Approval request';
}

/** What every button of the card carries: ids only (R9: the version it showed). */
export function buttonValue(cardId: string, contentVersion: number): string {
  return `${cardId}.${contentVersion}`;
}

function blocksWithin(card: Card, room: Room, drawn = actionButton): KnownBlock[] {
  const parts: (KnownBlock | null)[] = [
    { type: 'header', text: plainText(oneLine(card.title), LENGTH.header, 'Approval request') },
    linesBlock([[emoji(TONE_EMOJI[card.tone]), words(' '), ...lineElements(card.status, room.line)]]),
    linesBlock(
      card.details
        .slice(0, room.details)
        .map(({ label, line }) => labelled(label, lineElements(line, room.line))),
    ),
    messageBlock(card.message, room),
    factsBlock(card, room),
    linksBlock(card, room),
    linesBlock(counted(card.progress, room.lines).map((line) => lineElements(line, room.line * 2))),
    linesBlock(newest(card.discussion, room.lines + 1).map((line) => lineElements(line, room.discussion))),
    linesBlock(
      counted(card.warnings, room.lines).map((line) => [
        emoji('warning'),
        words(' '),
        ...lineElements(line, room.line),
      ]),
    ),
    ...smallPrint(counted(card.notes, 6), room.line),
    actionsBlock(card, drawn),
  ];
  return parts.filter((block) => block !== null) satisfies KnownBlock[];
}

function labelled(label: string, line: readonly RichTextElement[]): RichTextElement[] {
  const name = shown(oneLine(label), 60, '');
  const value = line.length > 0 ? line : [words('–')];
  return name === '' ? [...value] : [words(`${name}:`, true), words(' '), ...value];
}

/** The last `max` lines; that there were others is said in the place of the first. */
function newest(lines: readonly CardLine[], max: number): CardLine[] {
  if (lines.length <= max) return [...lines];
  return [[{ kind: 'text', text: 'earlier ones are left out' }], ...lines.slice(1 - max)];
}

function messageBlock(message: string, room: Room): RichTextBlock | null {
  const text = clip(clean(message).trim(), room.message, SHORTENED);
  if (text === '') return null;
  return { type: 'rich_text', elements: [{ type: 'rich_text_quote', elements: [words(text)] }] };
}

function factsBlock(card: Card, room: Room): RichTextBlock | null {
  const facts = card.facts.slice(0, room.facts);
  if (facts.length === 0) return null;
  const left = card.facts.length - facts.length;
  const items = facts.map(({ name, value }) => [
    words(`${shown(oneLine(name), 60)}: ${shown(value.trim(), room.fact)}`),
  ]);
  if (left > 0) items.push([words(`and ${left} more; see the pipeline`)]);
  return {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: items.map((elements) => ({ type: 'rich_text_section', elements })),
      },
    ],
  };
}

/** The author's title is plain words; what can be pressed is the host itself, so it cannot claim another (R25). */
function linksBlock(card: Card, room: Room): RichTextBlock | null {
  const links = card.links.flatMap(({ title, url }) => {
    const target = webUrl(url, ['https:']);
    return target ? [{ title, url: target.href, host: target.host }] : [];
  });
  const lines = links.slice(0, room.links).map(({ title, url, host }): RichTextElement[] => {
    const name = shown(oneLine(title), 60, '');
    const link: RichTextElement = { type: 'link', url, text: clip(host, 100) };
    return [emoji('link'), words(name === '' ? ' ' : ` ${name}: `), link];
  });
  const left = links.length - lines.length;
  return linesBlock(left > 0 ? [...lines, [words(`and ${left} more links; see the pipeline`)]] : lines);
}

function actionsBlock(card: Card, drawn: typeof actionButton): ActionsBlock | null {
  const value = buttonValue(card.cardId, card.contentVersion);
  const elements = card.actions.map((action) => drawn(action, card, value));
  const pipeline = card.pipelineUrl === null ? null : webUrl(card.pipelineUrl, ['https:', 'http:']);
  if (pipeline)
    elements.push({
      type: 'button',
      action_id: ACTION.viewPipeline,
      text: plainText('View pipeline', LENGTH.buttonText),
      url: pipeline.href,
      accessibility_label: labelFor('View the pipeline of', card),
    });
  return elements.length > 0 ? { type: 'actions', elements } : null;
}

function labelFor(verb: string, card: Card): string {
  return shown(oneLine(`${verb}: ${card.title}`), LENGTH.accessibilityLabel);
}

function button(card: Card, value: string, id: string, words: string, verb: string): Button {
  return {
    type: 'button',
    action_id: id,
    text: plainText(words, LENGTH.buttonText),
    value,
    accessibility_label: labelFor(verb, card),
  };
}

function actionButton(action: CardAction, card: Card, value: string): Button {
  switch (action.kind) {
    case 'approve': {
      const approve = button(card, value, ACTION.approve, 'Approve', 'Approve');
      if (action.opensForm) return { ...approve, style: 'primary' };
      return {
        ...approve,
        style: 'primary',
        confirm: {
          title: plainText('Approve this?', LENGTH.confirmTitle),
          text: plainText(action.confirm, LENGTH.confirmText, 'The pipeline goes on.'),
          confirm: plainText('Approve', LENGTH.confirmButton),
          deny: plainText('Not yet', LENGTH.confirmButton),
        },
      };
    }
    case 'approve_with_comment':
      return button(card, value, ACTION.approveWithComment, 'Approve with comment', 'Approve with a comment');
    case 'reject':
      return { ...button(card, value, ACTION.reject, 'Reject', 'Reject'), style: 'danger' };
    case 'retry_submission':
      return button(
        card,
        value,
        ACTION.retrySubmission,
        'Retry delivery',
        'Retry the delivery to Harness of',
      );
    case 'choose_instance':
      return {
        ...button(card, value, ACTION.chooseInstance, 'Choose the gate', 'Choose the gate of'),
        style: 'primary',
      };
    case 'supply_inputs':
      return {
        ...button(card, value, ACTION.supplyInputs, 'Correct inputs', 'Correct the inputs of'),
        style: 'primary',
      };
    case 'review':
      return button(card, value, ACTION.review, 'Review', 'Review');
    case 'ask_question':
      return button(card, value, ACTION.askQuestion, 'Ask a question', 'Ask a question about');
    case 'answer_question':
      return {
        ...button(card, value, ACTION.answerQuestion, 'Answer', 'Answer a question about'),
        style: 'primary',
      };
  }
}
