import { Agent, request as httpRequest } from 'node:http';

/** One request to send, made when it is sent: signatures hold the time. */
export type Make = () => { path: string; headers: Record<string, string>; body: string };

export interface Answer {
  ms: number;
  status: number;
  body: string;
}

/** Connections that are kept, and so many at most. */
export function createSender(origin: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(origin);

  function send(make: Make): Promise<Answer> {
    const { path, headers, body } = make();
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const call = httpRequest(
        { agent, hostname, port, path, method: 'POST', headers: { ...headers, ...length } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          response.once('end', () =>
            resolve({ ms: performance.now() - began, status: response.statusCode ?? 0, body: text }),
          );
        },
      );
      call
        .once('error', (error: NodeJS.ErrnoException) => {
          // Closed in the same moment, after long silence: nothing of it was read.
          if (call.reusedSocket && error.code === 'ECONNRESET') resolve(send(make));
          else reject(error);
        })
        .end(body);
    });
  }

  return {
    /** All of them at the same moment. */
    burst: (makes: readonly Make[]): Promise<Answer[]> => Promise.all(makes.map(send)),
    /** One after the other on each connection. */
    async stream(makes: readonly Make[]): Promise<Answer[]> {
      const answers: Answer[] = [];
      let next = 0;
      const line = async () => {
        for (let nth = next++; nth < makes.length; nth = next++) answers.push(await send(makes[nth]!));
      };
      await Promise.all(Array.from({ length: connections }, line));
      return answers;
    },
    close: () => agent.destroy(),
  };
}

export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
