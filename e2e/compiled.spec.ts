/** A compiled module from the page: a folder that classifies in a page without any other file. */
import { unzipSync } from 'fflate';
import { readNpz } from './support/npz.ts';
import { sample, sampleFile } from './support/samples.ts';
import { choosePreset, fileOfDownload, openSample, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

const cnn = sample('fashion-cnn');
const types: Readonly<Record<string, string>> = { mjs: 'text/javascript', wasm: 'application/wasm', html: 'text/html' };
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const mostBytes = 160_000;
const classified = 200;

test('a compiled int8 module classifies pictures without a runtime', async ({ page, browser }) => {
  await openSample(page, cnn.id);
  await choosePreset(page, 'int8-static');
  await runRecipe(page);
  const { name, bytes } = await fileOfDownload(page, async () => {
    await page.getByRole('button', { name: 'Ways to download' }).click();
    await page.getByRole('menuitem', { name: 'Compiled module' }).click();
  });
  expect(name).toBe('fashion-cnn_quantized_compiled.zip');
  const files = new Map(Object.entries(unzipSync(bytes)).map(([path, content]) => [path.split('/').pop()!, content]));
  // A page loads one of the two builds.
  const loaded = [...files].filter(([file]) => file !== 'model.relaxed.wasm');
  expect(loaded.reduce((sum, [, content]) => sum + content.length, 0)).toBeLessThanOrEqual(mostBytes);

  const { image, labels } = readNpz(sampleFile(cnn.data!.evaluation.file));
  const context = await browser.newContext();
  const own = await context.newPage();
  const asked: string[] = [];
  await own.route('https://compiled.test/**', async (route) => {
    const file = new URL(route.request().url()).pathname.slice(1);
    asked.push(file);
    const body = file === 'page.html' ? '<!doctype html><title>page</title>' : Buffer.from(files.get(file) ?? []);
    const contentType = types[file.split('.').pop()!] ?? 'text/plain';
    await route.fulfill({ body, contentType, headers: { 'content-security-policy': policy } });
  });
  await own.goto('https://compiled.test/page.html');
  const size = 28 * 28;
  const pixels = [...(image!.values as Uint8Array).slice(0, classified * size)];
  const found = await own.evaluate(
    async ([values, length]) => {
      const script = '/model.mjs';
      const { load } = (await import(script)) as {
        load(): Promise<{ run(feeds: object): Record<string, Float32Array> }>;
      };
      const model = await load();
      return Array.from({ length: values.length / length }, (_, at) => {
        const feed = Float32Array.from(values.slice(at * length, (at + 1) * length));
        const scores = [...model.run({ image: feed })['logits']!];
        return scores.indexOf(Math.max(...scores));
      });
    },
    [pixels, size] as const,
  );
  const right = found.filter((label, at) => BigInt(label) === (labels!.values as BigInt64Array)[at]).length;
  expect(right / classified).toBeGreaterThan(0.9);
  expect(asked.filter((file) => file.startsWith('model'))).toEqual([
    'model.mjs',
    expect.stringMatching(/^model.*wasm$/),
  ]);
  await context.close();
});
