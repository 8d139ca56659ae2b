import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** A drawing to be made, and what became of it. */
export interface Drawing {
  id: number;
  svg: string;
}
export type Drawn = { id: number; png: Uint8Array } | { id: number; error: string };

/** Two pixels of the picture for one of the drawing: sharp on the screens of today. */
const SCALE = 2;
const FONT_FILES = [400, 600].map((weight) => `@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);

async function prepare(): Promise<Uint8Array[]> {
  const read = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)));
  await initWasm(read('@resvg/resvg-wasm/index_bg.wasm'));
  return Promise.all(FONT_FILES.map(read));
}

const fonts = prepare();

async function draw(svg: string): Promise<Uint8Array> {
  const font = { fontBuffers: await fonts, defaultFontFamily: 'Inter' };
  const drawing = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: SCALE } });
  const picture = drawing.render();
  const png = picture.asPng();
  picture.free();
  drawing.free();
  return png;
}

parentPort?.on('message', async ({ id, svg }: Drawing) => {
  const drawn: Drawn = await draw(svg).then(
    (png) => ({ id, png }),
    (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(drawn);
});
