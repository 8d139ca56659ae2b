/** No NUL and no half of a surrogate pair, in any text or name inside: databases refuse or change them. */
export function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\u0000');
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  return Object.entries(value).every(([name, inside]) => isStorable(name) && isStorable(inside));
}
