/** Runs a compiled module of the sample in a page of its own, where no file of the studio is. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createStaticServer, listen } from '../../src/runtime/node/static-server.mjs';
import { readNpz } from '../support/npz.ts';
import { withLimit, type Driver } from './drivers.ts';
import { hasTextInPage } from './in-page.ts';

const classified = 200;

/** Opens the example, and classifies pictures with each build that the browser runs. */
export async function classifyWithModule(
  driver: Driver,
  files: Readonly<Record<string, Uint8Array>>,
  npz: string,
): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-module-'));
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, path.basename(name)), bytes);
  const server = createStaticServer(folder, []);
  try {
    await driver.goto(`http://127.0.0.1:${await listen(server, { port: 0 })}/example.html`);
    while (!(await withLimit(driver.evaluate(hasTextInPage, '#result', '^logits: '), 60_000, 'example')))
      await wait(300);
    const { image, labels } = readNpz(npz);
    const pixels = [...(image!.values as Uint8Array).slice(0, classified * 28 * 28)];
    const right = [...(labels!.values as BigInt64Array).slice(0, classified)].map(Number);
    const shares = await driver.evaluate(classifyInPage, pixels, right);
    console.log(`        right answers by build: ${JSON.stringify(shares)}`);
    if (!('simd' in shares) || Object.values(shares).some((share) => share < 0.9)) {
      throw new Error(`The shares of right answers are ${JSON.stringify(shares)}.`);
    }
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  }
}

/** The share of right answers of each build that the browser runs. */
async function classifyInPage(pixels: number[], right: number[]): Promise<Record<string, number>> {
  const script = './model.mjs';
  const { load } = (await import(new URL(script, location.href).href)) as {
    load(options: object): Promise<{ run(feeds: object): Record<string, Float32Array> }>;
  };
  const size = pixels.length / right.length;
  const shares: Record<string, number> = {};
  for (const build of ['simd', 'relaxed']) {
    const model = await load({ build }).catch((error: unknown) => {
      if (error instanceof WebAssembly.CompileError && build === 'relaxed') return undefined;
      throw error;
    });
    if (model === undefined) continue;
    const found = right.map((_, at) => {
      const { logits } = model.run({ image: Float32Array.from(pixels.slice(at * size, (at + 1) * size)) });
      return logits!.indexOf(Math.max(...logits!));
    });
    shares[build] = found.filter((label, at) => label === right[at]).length / right.length;
  }
  return shares;
}
