/** The inputs the documentation's pipeline declares. */
export const RELEASE_INPUTS = [
  { name: 'change_ticket', defaultValue: '', required: true, regex: 'CHG[0-9]{6,}' },
  { name: 'rollout', defaultValue: 'canary', required: true, selectOneFrom: 'canary,full' },
  { name: 'approved_by', defaultValue: '' },
];
