import { isObject, type JsonObject, objectsIn, stringOf } from '../common/json.ts';
import { anything, byType, type Check, flag, list, oneOf, type Place, shape, text } from './check.ts';
import {
  actionsElement,
  contextActionsElement,
  imageElement,
  inputElement,
  onlyButton,
  sectionAccessory,
} from './check-elements.ts';
import { richTextBlock } from './check-rich-text.ts';
import { anyText, image, mrkdwnText, plainText } from './check-texts.ts';
import { elementsOf } from './elements.ts';
import { COUNT, LENGTH } from './limits.ts';
import { codePoints } from './text.ts';

const base = { block_id: text(LENGTH.blockId) };
const kind = { type: anything };

function only(surfaces: readonly string[], check: Check): Check {
  return (value, at) => {
    const type = isObject(value) ? String(value.type) : '';
    if (!surfaces.includes(at.surface))
      return at.child('type').report(`unsupported type: ${type}`, { type: 'surface' });
    check(value, at);
  };
}

const section = shape(
  kind,
  {
    ...base,
    text: anyText(LENGTH.textObject),
    fields: list(anyText(LENGTH.sectionField), COUNT.sectionFields),
    accessory: sectionAccessory,
    expand: flag,
  },
  (value, at) => {
    if (!('text' in value) && !('fields' in value)) {
      at.report('must define either `text` or `fields`', { type: 'one_of' });
    }
  },
);

const card = shape(
  kind,
  {
    ...base,
    hero_image: byType({ image: imageElement }),
    icon: byType({ image: imageElement }),
    title: mrkdwnText(LENGTH.cardTitle),
    subtitle: mrkdwnText(LENGTH.cardTitle),
    body: mrkdwnText(LENGTH.cardBody),
    actions: list(onlyButton, COUNT.actionsElements),
  },
  (value, at) => {
    if (!['hero_image', 'title', 'actions', 'body'].some((part) => part in value)) {
      at.report('must define one of `hero_image`, `title`, `actions` or `body`', { type: 'one_of' });
    }
  },
);

const tableCell = byType({
  rich_text: richTextBlock,
  raw_text: shape({ ...kind, text: text(LENGTH.textObject) }),
});

const kinds: Readonly<Record<string, Check>> = {
  section,
  header: shape({ ...kind, text: plainText(LENGTH.header) }, base),
  divider: shape(kind, base),
  image: image({ ...base, title: plainText(LENGTH.imageTitle) }),
  context: shape(
    {
      ...kind,
      elements: list(
        byType({
          image: imageElement,
          plain_text: anyText(LENGTH.textObject),
          mrkdwn: anyText(LENGTH.textObject),
        }),
        COUNT.contextElements,
      ),
    },
    base,
  ),
  actions: shape({ ...kind, elements: list(actionsElement, COUNT.actionsElements) }, base),
  input: shape(
    { ...kind, label: plainText(LENGTH.inputLabel), element: inputElement },
    { ...base, hint: plainText(LENGTH.inputHint), optional: flag, dispatch_action: flag },
  ),
  rich_text: richTextBlock,
  alert: shape(
    { ...kind, text: anyText(LENGTH.textObject) },
    { ...base, level: oneOf('default', 'info', 'warning', 'error', 'success') },
  ),
  markdown: only(['message'], shape({ ...kind, text: text(LENGTH.markdownPerMessage) }, base)),
  context_actions: only(
    ['message'],
    shape({ ...kind, elements: list(contextActionsElement, COUNT.contextActionsElements) }, base),
  ),
  card: only(['message'], card),
  carousel: only(
    ['message'],
    shape({ ...kind, elements: list(byType({ card }), COUNT.carouselCards) }, base),
  ),
  table: only(
    ['message'],
    shape(
      { ...kind, rows: list(list(tableCell, COUNT.tableCells), COUNT.tableRows) },
      {
        ...base,
        column_settings: list(
          shape({}, { align: oneOf('left', 'center', 'right'), is_wrapped: flag }),
          COUNT.tableCells,
        ),
      },
    ),
  ),
};

function identifiersDiffer(blocks: JsonObject[], at: Place): void {
  const blockIds = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    const blockId = stringOf(block.block_id);
    if (blockId !== undefined && blockIds.has(blockId)) {
      at.child(index).child('block_id').report(`duplicate block_id: ${blockId}`, { type: 'unique' });
    }
    if (blockId !== undefined) blockIds.add(blockId);
    const actionIds = new Set<string>();
    for (const element of elementsOf(block)) {
      const actionId = stringOf(element.action_id);
      if (actionId === undefined) continue;
      if (actionIds.has(actionId))
        at.child(index).report(`duplicate action_id: ${actionId}`, { type: 'unique' });
      actionIds.add(actionId);
    }
  }
}

function wholeFits(blocks: JsonObject[], at: Place): void {
  const markdown = blocks.filter((block) => block.type === 'markdown');
  const length = markdown.reduce((sum, block) => sum + codePoints(stringOf(block.text) ?? ''), 0);
  if (length > LENGTH.markdownPerMessage) {
    at.report(`markdown must be less than ${LENGTH.markdownPerMessage + 1} characters in all`, {
      type: 'max_length',
    });
  }
  if (blocks.filter((block) => block.type === 'table').length > 1) {
    at.report('only_one_table_allowed', { type: 'max_items', expected: 1 });
  }
  const focused = blocks
    .flatMap((block) => elementsOf(block))
    .filter((element) => element.focus_on_load === true);
  if (focused.length > 1)
    at.report('only one element can set focus_on_load', { type: 'max_items', expected: 1 });
}

/** Checks an array of blocks as Slack would for that surface. */
export function checkBlocks(blocks: unknown, at: Place): void {
  const max = at.surface === 'message' ? COUNT.messageBlocks : COUNT.viewBlocks;
  // A message may carry an empty array (it then shows its text); a view may be empty too.
  list(byType(kinds), max, 0)(blocks, at);
  identifiersDiffer(objectsIn(blocks), at);
  wholeFits(objectsIn(blocks), at);
}
