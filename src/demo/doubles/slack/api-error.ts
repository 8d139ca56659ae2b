import type { JsonObject } from '../common/json.ts';
import type { Problem } from './check.ts';
import { problemLine } from './check-view.ts';

/** A refusal that Slack answers with `ok: false`. */
export class ApiError extends Error {
  readonly code: string;
  readonly more: JsonObject;

  constructor(code: string, more: JsonObject = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** Arguments Slack cannot take, with its reasons. */
export function invalidArguments(...messages: string[]): ApiError {
  return new ApiError('invalid_arguments', {
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}

/** Refuses blocks the way the chat.* methods do. */
export function refuseBlocks(problems: Problem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(problemLine);
  const messages = lines.map((line) => `[ERROR] ${line}`);
  throw new ApiError('invalid_blocks', { errors: lines, response_metadata: { messages } });
}

/** Refuses a view the way the views.* methods do. */
export function refuseView(problems: Problem[]): void {
  if (problems.length > 0) throw invalidArguments(...problems.map(problemLine));
}
