/** What one look found: all well, worth knowing, or broken. `remedy` is what to do. */
export interface Finding {
  level: 'ok' | 'warning' | 'problem';
  /** What was looked at: Configuration, Database … */
  subject: string;
  text: string;
  remedy?: string;
}

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
