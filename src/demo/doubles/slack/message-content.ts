import { isObject, type JsonObject, objectsIn } from '../common/json.ts';
import { ApiError, refuseBlocks } from './api-error.ts';
import type { Args } from './args.ts';
import type { Problem } from './check.ts';
import { problemsOfMessageBlocks } from './check-view.ts';
import { withIds } from './elements.ts';
import { COUNT, LENGTH, SIZE } from './limits.ts';
import { codePoints } from './text.ts';

export interface Content {
  text: string;
  blocks: JsonObject[];
  attachments: JsonObject[];
  warnings: string[];
}

function readBlocks(args: Args): JsonObject[] {
  if (!args.has('blocks')) return [];
  const blocks = args.json('blocks');
  if (!Array.isArray(blocks)) throw new ApiError('invalid_blocks_format');
  refuseBlocks(problemsOfMessageBlocks(blocks, '/blocks'));
  return withIds(objectsIn(blocks));
}

function readAttachments(args: Args): JsonObject[] {
  if (!args.has('attachments')) return [];
  const attachments = args.json('attachments');
  if (!Array.isArray(attachments)) throw new ApiError('invalid_attachments');
  if (attachments.length > COUNT.attachments) throw new ApiError('too_many_attachments');
  const problems: Problem[] = [];
  attachments.forEach((attachment, index) => {
    if (!isObject(attachment) || attachment.blocks === undefined) return;
    problems.push(...problemsOfMessageBlocks(attachment.blocks, `/attachments/${index}/blocks`));
  });
  refuseBlocks(problems);
  return objectsIn(attachments);
}

function readText(args: Args): { text: string; warnings: string[] } {
  const markdown = args.text('markdown_text');
  if (markdown !== undefined) {
    if (args.has('text') || args.has('blocks')) throw new ApiError('markdown_text_conflict');
    if (codePoints(markdown) > LENGTH.markdownPerMessage) throw new ApiError('msg_too_long');
    return { text: markdown, warnings: [] };
  }
  const text = args.text('text') ?? '';
  if (codePoints(text) <= SIZE.postedText) return { text, warnings: [] };
  return { text: [...text].slice(0, SIZE.postedText).join(''), warnings: ['message_truncated'] };
}

/** Reads and checks what a message is to show. */
export function readContent(args: Args): Content {
  const content = { ...readText(args), blocks: readBlocks(args), attachments: readAttachments(args) };
  const nothing =
    content.text.trim() === '' && content.blocks.length === 0 && content.attachments.length === 0;
  if (nothing) throw new ApiError('no_text');
  return content;
}

/** Reads message metadata; undefined when absent, an empty object to remove it. */
export function readMetadata(args: Args): JsonObject | undefined {
  if (!args.has('metadata')) return undefined;
  const metadata = args.json('metadata');
  if (!isObject(metadata)) throw new ApiError('invalid_metadata_format');
  if (Object.keys(metadata).length === 0) return {};
  const wellFormed = typeof metadata.event_type === 'string' && isObject(metadata.event_payload);
  if (!wellFormed || metadata.event_type === '') throw new ApiError('invalid_metadata_schema');
  if (Buffer.byteLength(JSON.stringify(metadata)) > SIZE.metadataBytes)
    throw new ApiError('metadata_too_large');
  return metadata;
}

/** The warning members of a successful answer. */
export function warningsOf(warnings: string[]): JsonObject {
  if (warnings.length === 0) return {};
  return {
    warning: warnings.join(','),
    response_metadata: { warnings, messages: warnings.map((w) => `[WARN] ${w}`) },
  };
}
