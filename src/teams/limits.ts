/**
 * How much is sent, in characters of JSON (UTF-16 code units, which Teams counts two bytes each). The documents name
 * 28, 40 and 100 KB by turns: whoever keeps to the least is shown everywhere (contracts: teams.md §3).
 */
export const SIZE = {
  /** A card in a message. */
  card: 12_000,
  /** A dialog must give back what was entered in it. */
  dialog: 13_500,
} as const;

/** Lengths in code points. Teams names none for most; these are what a card 300 px wide bears. */
export const LENGTH = {
  title: 200,
  dialogTitle: 60,
  label: 150,
  buttonTitle: 30,
  choiceTitle: 100,
  name: 80,
  host: 100,
  summary: 300,
  reply: 2_800,
  sentence: 2_000,
  /** ActionData refuses a longer one. */
  command: 4_000,
} as const;

export const COUNT = {
  /** https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/design-effective-cards */
  primaryActions: 3,
  actions: 6,
  /** Universal Actions: the most a card is refreshed for by itself. */
  refreshUsers: 60,
  choices: 100,
  /** Radio buttons are seen at once up to here; more are a menu. */
  expandedChoices: 5,
  /** From here on a menu is searched by typing. */
  filteredChoices: 15,
  /** A list of people in the workflow form, and of its channels: the use cases take no more. */
  people: 100,
  channels: 50,
  /** People whom the workflow form keeps without showing them; ActionData carries no more. */
  kept: 200,
} as const;

/** The size Teams would count. */
export function jsonLength(value: unknown): number {
  return JSON.stringify(value).length;
}
