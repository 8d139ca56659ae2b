import { isObject, stringOf } from '../common/json.ts';

/** The text inside a plain_text or mrkdwn object. */
export function textOf(value: unknown): string {
  return isObject(value) ? (stringOf(value.text) ?? '') : '';
}

/** Characters as people count them. */
export function codePoints(text: string): number {
  return [...text].length;
}
