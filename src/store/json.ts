/** JSON kept as text is ours: written by `toJson`, so it is read back without a check. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

export function toJson(value: unknown): string {
  return JSON.stringify(value);
}
