import type { Finding } from '../usecases/managing/finding.ts';
import { cell } from './plain-table.ts';

export { type Finding, ok, problem, warning } from '../usecases/managing/finding.ts';

const MARKS = { ok: '✓', warning: '!', problem: '✗' } as const;

/** The finding as its one line. */
export function findingLine({ level, subject, text, remedy }: Finding): string {
  const words = remedy ? `${text.replace(/\.$/, '')}. ${remedy}` : text;
  return `${MARKS[level]} ${subject}: ${cell(words, 800)}`;
}
