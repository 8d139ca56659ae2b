import { afterEach } from 'vitest';
import type { Fault } from '../../../src/demo/doubles/harness/faults.ts';
import type { SubmitAnswer } from '../../../src/usecases/harness-ports.ts';
import { approve, type Connection, connect } from '../connect.ts';

/** Our client against the double, closed after each test of the describe block it is called in. */
export function useClient() {
  let open: Connection | undefined;
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });
  const start = async (given: Parameters<typeof connect>[0] = {}): Promise<Connection> => {
    open = await connect(given);
    return open;
  };
  return {
    start,
    /** What submit says where Harness's answer to the POST is replaced. */
    async submitThrough(fault: Fault): Promise<SubmitAnswer> {
      const { harness, api, waiting } = await start();
      const { execution } = waiting();
      harness.addFault({ match: { method: 'POST' }, ...fault });
      return api.submit(execution, approve());
    },
    /** A person with a key who has not voted yet; answers the key. */
    addPerson(): string {
      const apiKey = 'pat.a.b.c';
      const email = 'cleo@example.com';
      open!.harness.addPrincipal({ apiKey, kind: 'USER', identifier: 'cleo', name: 'Cleo', email });
      return apiKey;
    },
  };
}

/** The v1 body of a 400 (harness.md §1.4). */
export function refusal(message: string) {
  return { message: `Invalid request: ${message}`, code: null, errors: [], error_metadata: null };
}
