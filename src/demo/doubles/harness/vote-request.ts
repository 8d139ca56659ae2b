import { somethingWentWrong, unableToProcessJson } from './refusal.ts';
import type { ApprovalAction, InputValue } from './types.ts';

/** The vote as the body says it, before `action` is required. */
export interface ParsedVote {
  action: ApprovalAction | null;
  approverInputs: readonly (InputValue | null)[];
  comments: string | null;
}

/**
 * Reads a vote as Jackson does: unknown keys ignored, scalars coerced to strings, a wrong shape
 * refused (E15). `inputsKey` is approver_inputs on v1 and approverInputs on the activity endpoint;
 * the other spelling is dropped without a word. Answers null for no body.
 */
export function parseVote(body: string, inputsKey: 'approver_inputs' | 'approverInputs'): ParsedVote | null {
  if (body.trim() === '') return null;
  const value = parseJson(body);
  if (value === null) return null;
  if (!isRecord(value)) throw unableToProcessJson('Cannot deserialize value of the request body');
  return {
    action: readAction(value.action),
    approverInputs: readInputs(value[inputsKey], inputsKey),
    comments: readText(value.comments, 'comments'),
  };
}

/** A vote whose body must be there (else E21: nothing checks for it). */
export function requireVote(parsed: ParsedVote | null): ParsedVote {
  if (parsed === null) throw somethingWentWrong();
  return parsed;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unableToProcessJson('Unexpected character in the request body');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readAction(value: unknown): ApprovalAction | null {
  if (value === undefined || value === null) return null;
  if (value === 'APPROVE' || value === 'REJECT') return value;
  throw unableToProcessJson(
    `Cannot deserialize value of type \`ActionEnum\` from ${JSON.stringify(value)}: not one of the values accepted: [APPROVE, REJECT]`,
  );
}

function readInputs(value: unknown, key: string): readonly (InputValue | null)[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unableToProcessJson(`Cannot deserialize \`${key}\`: not an array`);
  return value.map((item: unknown) => {
    if (item === null) return null;
    if (!isRecord(item)) throw unableToProcessJson(`Cannot deserialize an item of \`${key}\``);
    return { name: readText(item.name, 'name'), value: readText(item.value, 'value') };
  });
}

function readText(value: unknown, key: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unableToProcessJson(`Cannot deserialize \`${key}\`: not a string`);
}
