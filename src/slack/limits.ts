/**
 * Sizes Slack refuses to go beyond, in code points.
 * Sources: https://docs.slack.dev/reference/block-kit and the doc comments of @slack/types 3.2.0.
 */
export const LENGTH = {
  header: 150,
  sectionText: 3000,
  contextText: 3000,
  buttonText: 75,
  buttonValue: 2000,
  buttonUrl: 3000,
  accessibilityLabel: 75,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  optionText: 75,
  // The python SDK says 150, @slack/types 75: stay below both.
  optionValue: 75,
  placeholder: 150,
  inputLabel: 2000,
  inputHint: 2000,
  plainTextInput: 3000,
  modalTitle: 24,
  modalButton: 24,
  imageAlt: 2000,
  imageTitle: 2000,
  identifier: 255,
  privateMetadata: 3000,
} as const;

/** How many of a thing fit. Sources: as for LENGTH. */
export const COUNT = {
  messageBlocks: 50,
  modalBlocks: 100,
  contextElements: 10,
  actionsElements: 25,
  selectOptions: 100,
  // Radio buttons and checkboxes.
  tickOptions: 10,
} as const;

export const SIZE = {
  // views.open: "may not exceed 250 KB".
  viewBytes: 250_000,
  // A review's share of it: the frame around takes the rest.
  reviewBytes: 200_000,
  // Undocumented sum over a message's blocks, `msg_blocks_too_long`: seen from about 13,200 characters on, once
  // at 11,341 characters of text plus containers (slackapi/bolt-js#2509, #2867). Counted here as JSON bytes.
  messageBlocksBytes: 11_000,
  // chat.update refuses `text` over 4,000; ours is a notification, and short.
  fallbackText: 1000,
  // Our ceiling for rich_text, for which Slack names none.
  richText: 3000,
} as const;

/** The size Slack would see. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
