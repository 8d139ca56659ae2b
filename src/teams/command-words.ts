const PREFIX = /\/approvals (?=\S)/g;

/** Words that name commands as Slack has them, as they are typed to the bot in Teams: `/approvals show 14` → `show 14`. */
export function withoutPrefix(words: string): string {
  return words.replace(PREFIX, '');
}
