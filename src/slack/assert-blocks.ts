import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import { COUNT, jsonBytes, LENGTH, SIZE } from './limits.ts';
import { codePoints } from './text.ts';

/** Throws one Error that lists every limit the message's blocks break. Limits: limits.ts. */
export function assertBlocks(blocks: readonly KnownBlock[]): void {
  const problems: string[] = [];
  if (blocks.length === 0 || blocks.length > COUNT.messageBlocks) problems.push(`${blocks.length} blocks`);
  if (jsonBytes(blocks) > SIZE.messageBlocksBytes) problems.push(`${jsonBytes(blocks)} bytes of blocks`);
  walkAll(blocks, '', problems);
  unique(blocks, problems);
  refuse(problems);
}

/** Throws one Error that lists every limit the modal or Home breaks. */
export function assertView(view: ModalView | HomeView): void {
  const problems: string[] = [];
  const blocks = view.blocks as readonly KnownBlock[];
  if (blocks.length === 0 || blocks.length > COUNT.modalBlocks) problems.push(`${blocks.length} blocks`);
  if (jsonBytes(view) > SIZE.viewBytes) problems.push(`${jsonBytes(view)} bytes of view`);
  bounded(view.private_metadata ?? '-', LENGTH.privateMetadata, '/private_metadata', problems);
  if (view.type === 'modal') checkFrame(view, problems);
  walkAll(blocks, '', problems);
  unique(blocks, problems);
  refuse(problems);
}

function checkFrame(view: ModalView, problems: string[]): void {
  bounded(view.title.text, LENGTH.modalTitle, '/title', problems);
  if (view.submit) bounded(view.submit.text, LENGTH.modalButton, '/submit', problems);
  if (view.close) bounded(view.close.text, LENGTH.modalButton, '/close', problems);
  const asks = view.blocks.some((block) => block.type === 'input');
  if (asks && !view.submit) problems.push('inputs without submit');
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`Slack would refuse this: ${problems.join('; ')}`);
}

function bounded(words: string, max: number, at: string, problems: string[]): void {
  const length = codePoints(words);
  if (length === 0) problems.push(`${at} is empty`);
  if (length > max) problems.push(`${at} has ${length} characters, more than ${max}`);
  if (!words.isWellFormed()) problems.push(`${at} has a lone surrogate`);
}

/** Longest `text` by the key that holds the text object, or by the type of the element that holds the string. */
const TEXT_MAX: Readonly<Record<string, number>> = {
  header: LENGTH.header,
  section: LENGTH.sectionText,
  context: LENGTH.contextText,
  button: LENGTH.buttonText,
  title: LENGTH.confirmTitle,
  confirm: LENGTH.confirmButton,
  deny: LENGTH.confirmButton,
  label: LENGTH.inputLabel,
  hint: LENGTH.inputHint,
  placeholder: LENGTH.placeholder,
  option: LENGTH.optionText,
  image: LENGTH.imageTitle,
};

const STRING_MAX: Readonly<Record<string, number>> = {
  block_id: LENGTH.identifier,
  action_id: LENGTH.identifier,
  value: LENGTH.buttonValue,
  url: LENGTH.buttonUrl,
  image_url: LENGTH.buttonUrl,
  alt_text: LENGTH.imageAlt,
  accessibility_label: LENGTH.accessibilityLabel,
  initial_value: LENGTH.plainTextInput,
};

const ARRAY_MAX: Readonly<Record<string, number>> = {
  context: COUNT.contextElements,
  actions: COUNT.actionsElements,
  options: COUNT.selectOptions,
  initial_options: COUNT.selectOptions,
  initial_users: COUNT.selectOptions,
  initial_conversations: COUNT.selectOptions,
};

/** Elements that show every option at once. */
const TICKED = new Set(['radio_buttons', 'checkboxes']);

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function walkAll(values: readonly unknown[], at: string, problems: string[], owner = ''): void {
  values.forEach((value, index) => {
    if (isObject(value)) walk(value, `${at}/${index}`, problems, owner);
  });
}

function walk(node: Json, at: string, problems: string[], owner: string): void {
  const type = typeof node.type === 'string' ? node.type : '';
  for (const [key, value] of Object.entries(node)) {
    const here = `${at}/${key}`;
    if (typeof value === 'string') checkString(node, key, value, here, problems, owner);
    else if (Array.isArray(value)) {
      const isTicked = key === 'options' && TICKED.has(type);
      const max = isTicked ? COUNT.tickOptions : ARRAY_MAX[key === 'elements' ? type : key];
      if (value.length === 0) problems.push(`${here} is empty`);
      if (max !== undefined && value.length > max) problems.push(`${here} has ${value.length} items`);
      walkAll(value, here, problems, key === 'options' || key === 'initial_options' ? 'option' : type);
    } else if (isObject(value)) {
      const named = ['title', 'confirm', 'deny', 'label', 'hint', 'placeholder'].includes(key);
      walk(
        value,
        here,
        problems,
        type === 'image' ? type : named ? key : key === 'initial_option' ? 'option' : type || owner,
      );
    }
  }
}

function checkString(
  node: Json,
  key: string,
  value: string,
  at: string,
  problems: string[],
  owner: string,
): void {
  if (key === 'text') {
    const isTextObject = node.type === 'plain_text' || node.type === 'mrkdwn';
    const isConfirm = owner === 'confirm' && at.endsWith('/confirm/text/text');
    const max = isConfirm ? LENGTH.confirmText : isTextObject ? TEXT_MAX[owner] : SIZE.richText;
    bounded(value, max ?? SIZE.richText, at, problems);
  } else if (owner === 'option' && key === 'value') bounded(value, LENGTH.optionValue, at, problems);
  else if (STRING_MAX[key] !== undefined) bounded(value, STRING_MAX[key], at, problems);
}

function unique(blocks: readonly KnownBlock[], problems: string[]): void {
  const ids = blocks.flatMap((block) => ('block_id' in block && block.block_id ? [block.block_id] : []));
  if (new Set(ids).size !== ids.length) problems.push('block_id repeats');
  for (const block of blocks) {
    if (block.type !== 'actions') continue;
    const actions = block.elements.map((element) => ('action_id' in element ? element.action_id : undefined));
    if (new Set(actions).size !== actions.length) problems.push('action_id repeats');
  }
}
