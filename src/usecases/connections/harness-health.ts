import type { ApprovalApi, HarnessAnswer, HarnessHealth, SubmitAnswer } from '../harness-ports.ts';
import type { Clock } from '../ports.ts';

/** The API as it is, and what its calls tell of the connection: nobody has to ask Harness again to know. */
export function watchHarness(
  api: ApprovalApi,
  clock: Clock,
): { api: ApprovalApi; lastKnown: () => HarnessHealth | null } {
  let last: HarnessHealth | null = null;

  function note<T extends HarnessAnswer<unknown> | SubmitAnswer>(answer: T): T {
    if (answer.kind === 'unavailable') last = { ok: false, detail: answer.detail, at: clock.now() };
    else if (answer.kind === 'permanent')
      last = {
        ok: !answer.unhealthy,
        detail: answer.unhealthy ? answer.message : null,
        at: clock.now(),
      };
    else if (answer.kind === 'ok' || answer.kind === 'accepted')
      last = { ok: true, detail: null, at: clock.now() };
    return answer;
  }

  return {
    api: {
      listInstances: async (...args) => note(await api.listInstances(...args)),
      readExecution: async (...args) => note(await api.readExecution(...args)),
      submit: async (...args) => note(await api.submit(...args)),
      checkAuthorization: async (...args) => note(await api.checkAuthorization(...args)),
      checkHealth: async (...args) => note(await api.checkHealth(...args)),
    },
    lastKnown: () => last,
  };
}
