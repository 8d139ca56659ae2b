/** Forms of what may stand in a URL to Harness (R3). None of them admits a slash, a dot pair or an expression. */
export const IDENTIFIER_FORMS = {
  /** Organization, project, pipeline. */
  name: /^[A-Za-z_][0-9A-Za-z_$]{0,127}$/,
  /** Account, execution id, approval instance id. */
  id: /^[A-Za-z0-9_-]{1,128}$/,
  /** The approval step's callback id once its expression is resolved (harness.md §3.1). */
  callbackId: /^[A-Za-z0-9_.()-]{1,256}$/,
} as const;

export type IdentifierForm = keyof typeof IDENTIFIER_FORMS;

/** Whether the text may be used as that kind of identifier; `.` and `..` never may. */
export function isIdentifier(form: IdentifierForm, text: string): boolean {
  return text !== '.' && text !== '..' && IDENTIFIER_FORMS[form].test(text);
}
