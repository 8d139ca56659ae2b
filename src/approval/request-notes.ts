import { type CardLine, strong, text } from './card.ts';
import { AUTO_REJECT_WARNING, otherApprovals } from './gate-words.ts';
import { shortHash } from './request.ts';
import type { CardReader, RequestView } from './request-card.ts';

/** Troubles and remedies that the reader should know, beside what the headline says. */
export function requestWarnings(view: RequestView, reader: CardReader): CardLine[] {
  const lines: CardLine[] = [];
  const { request } = view;
  if (request.problem && request.status === 'WAITING')
    lines.push([strong('On hold. '), text(request.problem.detail)]);
  if (typeof request.restoredFrom === 'number' && request.status === 'WAITING')
    lines.push([
      strong('Restored from a backup of '),
      { kind: 'time', at: request.restoredFrom },
      strong('. '),
      text('What was done here after it is not known any more: vote again if your vote is missing.'),
    ]);
  for (const slot of view.slots)
    if (slot.vacantBecause && request.status === 'WAITING')
      lines.push([
        strong('Nobody to ask: '),
        text(`${slot.vacantBecause}. An admin can reassign this place.`),
      ]);
  if (request.harness.autoReject && request.status === 'WAITING')
    lines.push([strong(`${AUTO_REJECT_WARNING} `), text('Its step in Harness says so (auto-reject).')]);
  for (const one of view.unreachable.slice(0, 5))
    lines.push([strong('Not reached: '), text(`${one.who} (${one.why})`)]);
  if (view.lateChangeAt !== null)
    lines.push([
      strong('Change refused. '),
      text('The pipeline tried to change this request after it was decided.'),
    ]);
  if (reader.part === 'former') lines.push([text('You are no longer an approver of this request.')]);
  return lines;
}

/** The small print of a request's card. */
export function requestNotes(view: RequestView): CardLine[] {
  const { request } = view;
  const lines: CardLine[] = [];
  if (!request.harness.confirmed && request.status === 'WAITING' && request.resolved)
    lines.push([text('Not yet confirmed by Harness: shown as the pipeline posted it.')]);
  for (const one of view.notAsked.slice(0, 5)) lines.push([text(`Not asked: ${one.who} ${one.why}.`)]);
  if (request.harness.othersMayDecide)
    lines.push([text(`Can also be decided in Harness itself by: ${request.harness.othersMayDecide}.`)]);
  const { chosen } = request.harness;
  if (chosen) lines.push([text(`${chosen.by} chose which gate of the run this is.`)]);
  const others = otherApprovals(request.harness);
  if (others && request.status === 'WAITING') lines.push([text(others)]);
  const version = request.contentVersion > 1 ? ` · version ${request.contentVersion}` : '';
  lines.push([
    text(
      `${request.content.approvalPolicy.name} policy · ${request.id} · content ${shortHash(request.contentHash)}${version}`,
    ),
  ]);
  return lines;
}
