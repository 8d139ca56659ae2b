import { readRequestStory } from '../usecases/requests/request-story.ts';
import { notice, page, wrong } from './answers.ts';
import { wordsOf } from './arguments.ts';
import type { Command, CommandCall, CommandOutcome } from './command.ts';
import { findRequest, NO_SUCH_REQUEST } from './find-request.ts';
import { refusalWords } from './refusal-words.ts';
import { storyPage } from './story-page.ts';

export const requestCommand: Command = {
  name: 'request',
  usage: 'ID',
  summary: 'the whole story of one request: who decided, what Harness was told, what it says',
  who: 'everyone',
  run: request,
};

async function request(call: CommandCall): Promise<CommandOutcome> {
  const [id, ...more] = call.args;
  if (more.length > 0) return wrong(`“${wordsOf(more).slice(0, 60)}” is too much: give one id.`);
  const named = await findRequest(call, id);
  if (!named.ok) return named.outcome;
  const { context, caller } = call;
  const found = await readRequestStory(context, caller.principal, caller.account.platform, named.id);
  if (!found.ok) return notice(refusalWords(found.refusal, NO_SUCH_REQUEST));
  return page(storyPage(found.value, caller));
}
