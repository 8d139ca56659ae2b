import { cell } from './plain-table.ts';

/** What one look found: all well, worth knowing, or broken. `remedy` is what to do. */
export interface Finding {
  level: 'ok' | 'warning' | 'problem';
  /** What was looked at: Configuration, Database … */
  subject: string;
  text: string;
  remedy?: string;
}

const MARKS = { ok: '✓', warning: '!', problem: '✗' } as const;

export const ok = (subject: string, text: string): Finding => ({ level: 'ok', subject, text });

export const warning = (subject: string, text: string, remedy?: string): Finding => ({
  level: 'warning',
  subject,
  text,
  ...(remedy && { remedy }),
});

export const problem = (subject: string, text: string, remedy?: string): Finding => ({
  level: 'problem',
  subject,
  text,
  ...(remedy && { remedy }),
});

/** The finding as its one line. */
export function findingLine({ level, subject, text, remedy }: Finding): string {
  const words = remedy ? `${text.replace(/\.$/, '')}. ${remedy}` : text;
  return `${MARKS[level]} ${subject}: ${cell(words, 800)}`;
}
