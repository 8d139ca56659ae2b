import type { SlotOrigin } from '../../approval/approvers.ts';
import { type CardLine, type CardSpan, strong, text } from '../../approval/card.ts';
import { channelSpans } from '../cards/subscriber-channels.ts';
import type { AskedGroup, Explanation, NamedPerson, Prospect } from './explain-approvers.ts';

/** Who would be asked, in one sentence: "When Dana asks, any one of these decides: Alice (listed), …". */
export function askedLine(explanation: Explanation): CardLine {
  return [...whenSpans(explanation), ...decidersSpans(explanation, explanation.prospect)];
}

/** Everything else there is to say, a line each, what keeps it from an approval first. */
export function furtherLines(explanation: Explanation): CardLine[] {
  const { prospect } = explanation;
  return [
    ...troubleLines(prospect),
    ...missingLines(prospect),
    ...toldLines(explanation),
    ...policyLines(explanation),
    ...unconfirmedLines(explanation),
  ];
}

/** What keeps it from an approval; none where nothing does. */
export function troubleLines({ problem }: Prospect): CardLine[] {
  return problem === null ? [] : [[strong('Note: '), text(problem)]];
}

/** Who stands in the workflow and would not be asked, and why. */
export function missingLines({ notAsked }: Prospect): CardLine[] {
  if (notAsked.length === 0) return [];
  return [[strong('Missing: '), text(`${notAsked.map(({ who, why }) => `${who} ${why}`).join('; ')}.`)]];
}

/** Who would be told and who could not be. */
export function toldLines({ prospect, reader }: Explanation): CardLine[] {
  const { told, notTold, channels } = prospect;
  const lines: CardLine[] = [];
  const places: CardSpan[][] = told.map((person) => [personSpan(person)]);
  places.push(...channelSpans(channels, reader).map((span) => [span]));
  if (places.length > 0) lines.push([strong('Told: '), ...joined(places, ', '), text('.')]);
  if (notTold.length > 0)
    lines.push([strong('Not told: '), text(`${notTold.map(({ who, why }) => `${who} ${why}`).join('; ')}.`)]);
  return lines;
}

/** Which policy, by which rule (R6). */
export function policyLines({ prospect, requester, otherPolicy }: Explanation): CardLine[] {
  const { policy, rule } = prospect;
  if (otherPolicy !== null)
    return [
      [
        strong('Note: '),
        ...(requester ? [personSpan(requester), text(' is')] : [text('Somebody Harness cannot confirm is')]),
        text(
          ` under the approval policy ${otherPolicy}, so this workflow of ${policy.name} would not be used.`,
        ),
      ],
    ];
  const because: CardSpan[] =
    rule === 'assignment' && requester
      ? [text(', assigned to '), personSpan(requester)]
      : [text(rule === 'default' ? ', the default' : '')];
  return [[strong('Policy: '), text(policy.name), ...because, text('.')]];
}

/** What would differ if Harness did not confirm who asked (R5). */
export function unconfirmedLines(explanation: Explanation): CardLine[] {
  const { unconfirmed, requester, confirmable } = explanation;
  if (requester && !confirmable)
    return [
      [
        strong('Note: '),
        personSpan(requester),
        text(' has no e-mail address here, so Harness cannot confirm that it was they who asked.'),
      ],
    ];
  if (unconfirmed === null) return [];
  const label = strong('If Harness cannot confirm who asked: ');
  if (typeof unconfirmed === 'string') return [[label, text(unconfirmed)]];
  const policy = unconfirmed.policy.id === explanation.prospect.policy.id ? [] : [unconfirmed.policy.name];
  return [
    [
      label,
      ...policy.map((name) => text(`the policy is ${name}; `)),
      ...decidersSpans(explanation, unconfirmed),
      ...(unconfirmed.problem === null ? [] : [text(` ${unconfirmed.problem}`)]),
    ],
  ];
}

/** One place each, with the reason it is theirs: "Alice (listed)"; an empty one with why it is empty. */
export function placeLines(explanation: Explanation): CardLine[] {
  const { workflow, groups } = explanation.prospect;
  return groups.flatMap((group): CardLine[] => {
    if (group.people.length > 0 && group.isCheck)
      return [[text('Check: '), ...groupSpans(explanation, group)]];
    if (group.people.length > 0 && workflow.requirement === 'any')
      return group.people.map((one) => placeSpans(explanation, one));
    return [groupLine(group)];
  });

  function groupLine(group: AskedGroup): CardLine {
    if (group.people.length === 0) return [text(`Nobody: ${group.vacantBecause ?? 'the place is empty'}.`)];
    return groupSpans(explanation, group);
  }
}

function whenSpans({ requester, confirmable }: Explanation): CardSpan[] {
  if (!requester || !confirmable) return [text('When Harness cannot confirm who asks, ')];
  return [text('When '), personSpan(requester), text(' asks, ')];
}

function decidersSpans(explanation: Explanation, prospect: Prospect): CardSpan[] {
  const checks = prospect.groups.filter((group) => group.isCheck);
  const groups = prospect.groups.filter((group) => !group.isCheck);
  if (checks.length === 0) return peopleSpans(explanation, prospect);
  const named = joined(
    checks.map((group) =>
      group.people.length > 0 ? groupSpans(explanation, group) : [text('one that has nobody')],
    ),
    ', ',
  );
  if (groups.length === 0)
    return [text('these checks alone decide, and each must pass: '), ...named, text('.')];
  return [
    text('first these checks must pass: '),
    ...named,
    text('; then '),
    ...peopleSpans(explanation, { ...prospect, groups }),
  ];
}

function peopleSpans(explanation: Explanation, { workflow, groups }: Prospect): CardSpan[] {
  if (workflow.requirement === 'none') return [text('it is approved without asking anybody.')];
  const held = groups.filter((group) => group.people.length > 0);
  if (held.length === 0) return [text('nobody is asked.')];
  const places =
    workflow.requirement === 'any'
      ? held.flatMap(({ people }) => people.map((one) => placeSpans(explanation, one)))
      : held.map((group) => groupSpans(explanation, group));
  if (places.length === 1 && groups.length === 1 && held[0]!.people.length === 1)
    return [...places[0]!, text(' decides.')];
  const empty = groups.length - held.length;
  return [
    text(workflow.requirement === 'any' ? 'any one of these decides: ' : 'all of these must approve: '),
    ...joined(places, ', '),
    text(
      empty === 0 ? '.' : `, and ${empty === 1 ? 'a place that has' : `${empty} places that have`} nobody.`,
    ),
  ];
}

/** Those who share one place: either of them fulfils it. */
function groupSpans(explanation: Explanation, group: AskedGroup): CardSpan[] {
  return joined(
    group.people.map((one) => placeSpans(explanation, one)),
    ' or ',
  );
}

function placeSpans(explanation: Explanation, place: AskedGroup['people'][number]): CardSpan[] {
  const words = place.origins.map((origin) => originWords(explanation, origin)).join(', ');
  return [personSpan(place.person), text(` (${words})`)];
}

/** Why somebody has a place. */
function originWords({ requester }: Explanation, origin: SlotOrigin): string {
  if (origin === 'explicit') return 'listed';
  if (origin === 'manager') return requester ? `${requester.name}’s manager` : 'the requester’s manager';
  return origin === 'fallback' ? 'fallback' : 'reassigned';
}

function personSpan({ personId, name, externalId }: NamedPerson): CardSpan {
  return { kind: 'person', personId, name, externalId };
}

function joined(parts: readonly CardSpan[][], by: string): CardSpan[] {
  return parts.flatMap((part, index) => (index === 0 ? part : [text(by), ...part]));
}
