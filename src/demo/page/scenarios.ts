import type { NewDeclaredInput } from '../doubles/harness/types.ts';

/** Something the page's pipeline can ask approval for; the workflow itself is in example.yml. */
export interface Scenario {
  event: string;
  title: string;
  /** Who must say yes, in a few words. */
  rule: string;
  pipeline: string;
  pipelineName: string;
  message: string;
  facts: readonly { name: string; value: string }[];
  links: readonly { title: string; url: string }[];
  inputs: readonly NewDeclaredInput[];
  lastStage: string;
  /** A machine has to approve before people are asked. */
  hasCheck: boolean;
  /** Where the numbering of its runs goes on. */
  runsBefore: number;
}

const APPROVED_BY: NewDeclaredInput = { name: 'approved_by', defaultValue: '' };
const GIT = 'https://git.fernhill.example';

export const SCENARIOS: readonly Scenario[] = [
  {
    event: 'deploy-to-production',
    title: 'Deploy to production',
    rule: 'Alice or Bob decides and gives a change ticket',
    pipeline: 'Deploy_checkout',
    pipelineName: 'Deploy checkout',
    message: 'checkout 4.2.1 adds Apple Pay. 14 commits, all checks green, no schema change.',
    facts: [
      { name: 'Version', value: '4.2.0 → 4.2.1' },
      { name: 'Environment', value: 'production, 3 regions' },
    ],
    links: [{ title: 'Changes', url: `${GIT}/checkout/compare/4.2.0...4.2.1` }],
    inputs: [
      {
        name: 'change_ticket',
        description: 'The change record, such as CHG0042137',
        required: true,
        regex: 'CHG[0-9]{6,}',
      },
      {
        name: 'rollout',
        description: 'How much traffic gets it first',
        required: true,
        defaultValue: 'canary',
        selectOneFrom: 'canary,full',
      },
      APPROVED_BY,
    ],
    lastStage: 'Deploy',
    runsBefore: 211,
    hasCheck: false,
  },
  {
    event: 'database-migration',
    title: 'Database migration',
    rule: 'Alice, Bob and Dana’s manager must all agree',
    pipeline: 'Migrate_orders',
    pipelineName: 'Migrate orders',
    message: 'Adds an index on orders.placed_at. Writes are held back for about 40 seconds.',
    facts: [{ name: 'Rows', value: '18.2 million' }],
    links: [{ title: 'Plan', url: `${GIT}/orders/plans/0117` }],
    inputs: [APPROVED_BY],
    lastStage: 'Migrate',
    runsBefore: 16,
    hasCheck: false,
  },
  {
    event: 'rollback',
    title: 'Rollback',
    rule: 'no approval needed: people are told',
    pipeline: 'Roll_back_checkout',
    pipelineName: 'Roll back checkout',
    message: 'Back to checkout 4.2.0: payment errors above 2 % since 14:20.',
    facts: [],
    links: [],
    inputs: [APPROVED_BY],
    lastStage: 'Roll back',
    runsBefore: 3,
    hasCheck: false,
  },
  {
    event: 'app-release',
    title: 'Release the app',
    rule: 'the smoke tests must pass, then Alice decides',
    pipeline: 'Release_app',
    pipelineName: 'Release app',
    message: 'App 7.3.0: sign in with a passkey, and 22 fixes.',
    facts: [{ name: 'Version', value: '7.2.4 → 7.3.0' }],
    links: [{ title: 'Release notes', url: `${GIT}/app/releases/7.3.0` }],
    inputs: [APPROVED_BY],
    lastStage: 'Release',
    runsBefore: 38,
    hasCheck: true,
  },
];

export const ORG = 'retail';
export const PROJECT = 'storefront';

/** The scenario of that event, or the first. */
export function scenarioOf(event: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.event === event) ?? SCENARIOS[0]!;
}
