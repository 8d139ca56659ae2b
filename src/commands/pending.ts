import { type CardLine, strong, text } from '../approval/card.ts';
import type { PageAction } from '../approval/page.ts';
import { requirementOf } from '../approval/request.ts';
import { listPending, type PendingRequest } from '../usecases/requests/list-pending.ts';
import { item, notice, page, section, words, wrong } from './answers.ts';
import { numberOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { knownPersonOf, nameAgain } from './known-people.ts';
import { noSuchPage, PAGE_SIZE, pageNotes, turns } from './paging.ts';
import { namesPerson } from './parse.ts';
import { refusalWords } from './refusal-words.ts';
import { askedBy, pipelineLink, showButton, shownCard } from './request-lines.ts';

export const pendingCommand: Command = {
  name: 'pending',
  usage: '[@person] [page]',
  summary: 'what waits for your decision',
  who: 'everyone',
  run: pending,
};

async function pending(call: CommandCall): Promise<CommandOutcome> {
  const { context, caller, args } = call;
  const [mention, ...others] = args.filter(namesPerson);
  const [asked, ...rest] = args.filter((arg) => !namesPerson(arg));
  const number = asked ? numberOf(asked) : 1;
  if (others.length > 0) return wrong('Name one person.');
  if (number === null || rest.length > 0) return wrong('Say whose, and which page, no more.');
  if (number < 1) return wrong('Pages are counted from 1.');
  const person = mention ? await knownPersonOf(call, mention) : caller.person;
  if (typeof person === 'string') {
    // Members learn nothing about who is known here.
    return notice(caller.principal.role === 'admin' ? person : OTHERS_FOR_ADMINS);
  }
  const found = await listPending(context, caller.principal, caller.account.platform, person.id, {
    number,
    size: PAGE_SIZE,
  });
  if (!found.ok) return notice(refusalWords(found.refusal, OTHERS_FOR_ADMINS));
  const { rows, total, more } = found.value;
  const beyond = noSuchPage(number, total);
  if (beyond) return beyond;
  const isOwn = person.id === caller.person.id;
  const command = isOwn ? 'pending' : `pending ${nameAgain(caller, mention!, person)}`;
  return page({
    title: isOwn ? 'Waiting for you' : `Waiting for ${person.name}`,
    sections: [
      section(
        rows.map((one) => {
          const card = shownCard(one.view, caller);
          const actions = [
            ...(isOwn ? reviewButton(one) : []),
            ...pipelineLink(card.pipelineUrl),
            showButton(one.view.request.id),
          ];
          return item(titleLine(one), detailLines(one, askedBy(card)), actions);
        }),
        {
          empty: isOwn
            ? 'Nothing waits for your decision. Enjoy the quiet.'
            : `Nothing waits for ${person.name}’s decision.`,
          actions: turns({ number, total }, (to) => `${command} ${to}`),
        },
      ),
    ],
    notes: [
      ...pageNotes(number, total, command),
      ...(more ? [words('Still more wait: only the newest are looked at.')] : []),
    ],
  });
}

const OTHERS_FOR_ADMINS = 'Only an admin sees what waits for somebody else.';

function titleLine({ view: { request } }: PendingRequest): CardLine {
  const { event, execution } = request.content;
  return [strong(event.name), text(` · ${execution.project}`)];
}

function detailLines(one: PendingRequest, asker: CardLine): CardLine[] {
  const { request } = one.view;
  return [
    [
      text('Asked by '),
      ...asker,
      text(' · since '),
      { kind: 'time', at: request.createdAt },
      text(` · ${progressWords(one)}`),
    ],
    ...(request.problem ? [[strong('On hold. '), text(request.problem.detail)]] : []),
  ];
}

function progressWords({ view: { request, slots }, progress }: PendingRequest): string {
  if (requirementOf(request) === 'all') return `${progress.fulfilled} of ${progress.needed} approved`;
  const holders = slots.filter((slot) => slot.personId !== null).length;
  return holders === 1 ? 'nobody else can decide' : `any one of ${holders} may decide`;
}

function reviewButton({ card }: PendingRequest): PageAction[] {
  if (!card) return [];
  const { id: cardId, contentVersion } = card;
  return [{ kind: 'card', label: 'Review', style: 'primary', press: 'review', cardId, contentVersion }];
}
