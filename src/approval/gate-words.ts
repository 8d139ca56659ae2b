import { type CardLine, text } from './card.ts';
import { clip } from './plain-text.ts';
import type { GateCandidate, HarnessView } from './request.ts';

const LABEL_LENGTH = 70;

/** A gate among several, in one line of plain words: its number, and the first line of its approval message. */
export function gateLabel({ message, id }: GateCandidate, place: number): string {
  return clip(`${place}. ${firstLine(message) || `gate ${id}`}`, LABEL_LENGTH);
}

/** Since when it waits and until when, for where no time can be drawn in the reader's own zone. */
export function gateTimes({ waitingSince, deadline }: GateCandidate): string {
  const since = waitingSince === null ? [] : [`waiting since ${minute(waitingSince)}`];
  const until = deadline === null ? [] : [`until ${minute(deadline)}`];
  return [...since, ...until].join(', ');
}

/** The same as a line of a page. */
export function gateTimesLine({ waitingSince, deadline }: GateCandidate): CardLine {
  return [
    ...(waitingSince === null ? [] : [text('Waiting since '), { kind: 'time' as const, at: waitingSince }]),
    ...(deadline === null
      ? []
      : [text(waitingSince === null ? 'Until ' : ', until '), { kind: 'time' as const, at: deadline }]),
  ];
}

function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Which of several gates of its run a request is about; null where there is one only, or none was seen. */
export function gateWords({ gate }: Pick<HarnessView, 'gate'>): string | null {
  if (gate === null || gate.of < 2) return null;
  const place = `gate ${gate.place} of ${gate.of} in this run`;
  const said = firstLine(gate.message);
  return said === '' ? place : `${clip(said, LABEL_LENGTH)} (${place})`;
}

function firstLine(message: string): string {
  return message.trim().split('\n')[0]!.trim();
}

const KINDS: Readonly<Record<string, string>> = {
  JiraApproval: 'a Jira approval',
  ServiceNowApproval: 'a ServiceNow approval',
  CustomApproval: 'a custom approval',
};

/** That the run waits for approvals of other kinds, too; null = it does not. */
export function otherApprovals({ alsoWaitsFor }: Pick<HarnessView, 'alsoWaitsFor'>): string | null {
  if (alsoWaitsFor.length === 0) return null;
  const kinds = alsoWaitsFor.map((type) => KINDS[type] ?? 'an approval of another kind');
  const named = [...new Set(kinds)].join(' and ');
  return `This run also waits for ${named}, which Countersign leaves alone.`;
}

/** What an approver has to know of a gate that rejects older runs once it is approved. */
export const AUTO_REJECT_WARNING = 'Approving rejects older runs of this pipeline that still wait.';
