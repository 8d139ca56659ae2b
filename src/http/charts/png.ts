import { Worker } from 'node:worker_threads';
import type { Drawing, Drawn } from './png-worker.ts';

interface Waiting {
  done(png: Buffer): void;
  failed(error: Error): void;
}

export interface Painter {
  /** A drawing of ours as PNG, twice its size. Texts are in Inter, weights 400 and 600, Latin letters. */
  draw(svg: string): Promise<Buffer>;
  stop(): Promise<void>;
}

/**
 * Draws in a thread of its own, begun with the first drawing, so that no press waits for a picture. WebAssembly and a
 * font that comes with a package: it looks the same on every machine and needs nothing of its system.
 */
export function createPainter(): Painter {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | null = null;
  let last = 0;

  function begin(): Worker {
    const begun = new Worker(new URL('./png-worker.ts', import.meta.url));
    begun.on('message', (drawn: Drawn) => {
      const who = waiting.get(drawn.id);
      waiting.delete(drawn.id);
      if ('png' in drawn) who?.done(Buffer.from(drawn.png));
      else who?.failed(new Error(drawn.error));
    });
    const over = (why: Error) => {
      if (thread === begun) thread = null;
      for (const who of waiting.values()) who.failed(why);
      waiting.clear();
    };
    begun.on('error', over);
    begun.on('exit', () => over(new Error('the painter has stopped')));
    begun.unref();
    return begun;
  }

  return {
    draw: (svg) =>
      new Promise((done, failed) => {
        thread ??= begin();
        const drawing: Drawing = { id: ++last, svg };
        waiting.set(drawing.id, { done, failed });
        thread.postMessage(drawing);
      }),
    async stop() {
      await thread?.terminate();
    },
  };
}
