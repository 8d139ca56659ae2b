const VIA: Readonly<Record<string, string>> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
  api: 'API',
  harness_api: 'API in Harness’s form',
  cli: 'command line',
  webhook: 'webhook',
  harness: 'Harness',
  timer: 'Countersign',
};

/** From where something was done, in words. */
export function viaWords(via: string): string {
  return VIA[via] ?? via;
}
