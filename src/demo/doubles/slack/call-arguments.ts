import type { IncomingMessage } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../common/json.ts';

export interface ParsedArguments {
  args: JsonObject;
  warnings: string[];
  /** A Slack error name when the body cannot be read. */
  error?: string;
}

/** The arguments of a Web API request: query, form or JSON. */
export function parseArguments(
  request: IncomingMessage,
  query: URLSearchParams,
  body: string,
): ParsedArguments {
  const type = request.headers['content-type'] ?? '';
  const args: JsonObject = Object.fromEntries(query);
  if (type.startsWith('application/json')) {
    const json = parseJson(body);
    const warnings = /charset/i.test(type) ? [] : ['missing_charset'];
    if (!isObject(json)) return { args, warnings, error: 'invalid_json' };
    return { args: { ...args, ...json }, warnings };
  }
  if (type.startsWith('application/x-www-form-urlencoded') || body === '') {
    return { args: { ...args, ...Object.fromEntries(new URLSearchParams(body)) }, warnings: [] };
  }
  return {
    args,
    warnings: [],
    error: type.startsWith('multipart/') ? 'invalid_form_data' : 'invalid_post_type',
  };
}
