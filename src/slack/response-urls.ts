import { type Observer, UNOBSERVED } from '../usecases/observer.ts';

const TIMEOUT_MS = 3000;
const ANSWER_MAX = 1000;

/** How a response URL ended: null = Slack took what was told, else why not. Never throws. */
export type AnswerUrl = (url: string, body: object) => Promise<string | null>;

/**
 * Answers by response URLs, each of which is good for five answers within half an hour. They must be Slack's own: https,
 * unless Slack itself (a double) is on plain http, at its host or below it.
 * Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
 */
export function createAnswerUrl(parts: { apiUrl: string; observe?: Observer }): AnswerUrl {
  const { observe = UNOBSERVED } = parts;
  const slack = new URL(parts.apiUrl);
  return async (url, body) => {
    if (!isAt(slack, URL.parse(url))) return 'it is no URL of Slack';
    return observe.call(
      { platform: 'slack', method: 'response_url' },
      () => send(url, body),
      (problem) => ({
        outcome: problem === null ? 'ok' : wasAnswered(problem) ? 'refused' : 'no_answer',
      }),
    );
  };
}

/** Whether Slack said anything, if only no. */
export function wasAnswered(problem: string | null): boolean {
  return problem === null || problem.startsWith('HTTP');
}

async function send(url: string, body: object): Promise<string | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const said = (await response.text()).slice(0, ANSWER_MAX);
    // What is refused may come as 200 with the error in its body.
    return response.ok && !/"ok"\s*:\s*false/.test(said) ? null : `HTTP ${response.status} ${said}`.trim();
  } catch (error) {
    return error instanceof Error ? error.message : 'no answer';
  }
}

function isAt(slack: URL, url: URL | null): boolean {
  if (url === null || (url.protocol !== 'https:' && url.protocol !== slack.protocol)) return false;
  return url.hostname === slack.hostname || url.hostname.endsWith(`.${slack.hostname}`);
}
