import { anything, byType, type Check, flag, integer, list, oneOf, pattern, shape, text } from './check.ts';
import { webUrl } from './check-texts.ts';
import { COUNT, LENGTH } from './limits.ts';

// Slack names no bound for rich text; this only stops runaway payloads.
const MANY = 1000;
const LONG = 100_000;

const style: Check = shape({}, { bold: flag, italic: flag, strike: flag, code: flag, underline: flag });
const styled = { style };

const textElement = shape({ type: anything, text: text(LONG) }, styled);
const linkElement = shape({ type: anything, url: webUrl }, { ...styled, text: text(LONG), unsafe: flag });

const inline: Check = byType({
  text: textElement,
  link: linkElement,
  user: shape({ type: anything, user_id: pattern(/^[UW][A-Z0-9]+$/, 'invalid user_id') }, styled),
  channel: shape({ type: anything, channel_id: pattern(/^[CDG][A-Z0-9]+$/, 'invalid channel_id') }, styled),
  usergroup: shape({ type: anything, usergroup_id: pattern(/^S[A-Z0-9]+$/, 'invalid usergroup_id') }, styled),
  team: shape({ type: anything, team_id: pattern(/^T[A-Z0-9]+$/, 'invalid team_id') }, styled),
  emoji: shape(
    { type: anything, name: pattern(/^[a-z0-9_+'-]+$/, 'invalid emoji name') },
    { ...styled, unicode: text(255), url: webUrl },
  ),
  date: shape(
    {
      type: anything,
      timestamp: integer(0, 99_999_999_999),
      format: pattern(/\{[a-z_]+\}/, 'invalid date format'),
    },
    { ...styled, url: webUrl, fallback: text(LONG) },
  ),
  broadcast: shape({ type: anything, range: oneOf('here', 'channel', 'everyone') }, styled),
  color: shape({ type: anything, value: pattern(/^#[0-9a-fA-F]{6}$/, 'invalid color') }, styled),
});

const border = { border: oneOf(0, 1) };
const section: Check = shape({ type: anything, elements: list(inline, MANY) });

const parts: Check = byType({
  rich_text_section: section,
  rich_text_list: shape(
    {
      type: anything,
      style: oneOf('bullet', 'ordered'),
      elements: list(byType({ rich_text_section: section }), MANY),
    },
    { ...border, indent: integer(0, COUNT.listIndent), offset: integer(0, MANY) },
  ),
  rich_text_quote: shape({ type: anything, elements: list(inline, MANY) }, border),
  rich_text_preformatted: shape(
    { type: anything, elements: list(byType({ text: textElement, link: linkElement }), MANY) },
    { ...border, language: text(50) },
  ),
});

/** A rich_text block. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
export const richTextBlock: Check = shape(
  { type: anything, elements: list(parts, MANY) },
  { block_id: text(LENGTH.blockId) },
);
