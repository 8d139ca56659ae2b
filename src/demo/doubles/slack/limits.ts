/**
 * Sizes Slack refuses to go beyond.
 * Source: https://docs.slack.dev/reference/block-kit and the doc comments of @slack/types 3.2.0.
 * Lengths are counted in code points.
 */
export const LENGTH = {
  blockId: 255,
  actionId: 255,
  callbackId: 255,
  externalId: 255,
  privateMetadata: 3000,
  viewTitle: 24,
  viewButton: 24,
  textObject: 3000,
  sectionField: 2000,
  header: 150,
  buttonText: 75,
  buttonValue: 2000,
  url: 3000,
  accessibilityLabel: 75,
  optionText: 75,
  // The python SDK says 150, @slack/types 3.2.0 says 75: the double takes the harsher.
  optionValue: 75,
  optionDescription: 75,
  optionGroupLabel: 75,
  placeholder: 150,
  inputLabel: 2000,
  inputHint: 2000,
  plainTextInput: 3000,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  imageAlt: 2000,
  imageTitle: 2000,
  markdownPerMessage: 12_000,
  cardTitle: 150,
  cardBody: 200,
} as const;

/** How many of a thing fit. Source: as for LENGTH. */
export const COUNT = {
  messageBlocks: 50,
  viewBlocks: 100,
  sectionFields: 10,
  contextElements: 10,
  actionsElements: 25,
  contextActionsElements: 5,
  selectOptions: 100,
  optionGroups: 100,
  checkboxOptions: 10,
  overflowOptions: 5,
  files: 10,
  tableRows: 100,
  tableCells: 20,
  carouselCards: 10,
  listIndent: 8,
  attachments: 100,
} as const;

/** Message and view sizes. Sources: methods/chat.postMessage, methods/chat.update, methods/views.open. */
export const SIZE = {
  postedText: 40_000,
  updatedText: 4_000,
  viewBytes: 250 * 1024,
  metadataBytes: 8_000,
  validatedCharacters: 100_000,
} as const;

/** Source: https://docs.slack.dev/interactivity/handling-user-interaction, /surfaces/modals and /authentication. */
export const LIFETIME = {
  ackMs: 3_000,
  triggerMs: 3_000,
  responseUrlMs: 30 * 60_000,
  responseUrlUses: 5,
  viewStack: 3,
  usersInGroupDm: 8,
  oauthCodeMs: 10 * 60_000,
  rotatingTokenMs: 12 * 3_600_000,
  socketTicketMs: 30_000,
  socketMs: 18_060_000,
} as const;
