/**
 * The recipes of the goals for each sample with data, evaluated on all of its evaluation samples.
 *
 *     npx tsx bench/goals.ts [--only <words of a sample>]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Inspection } from '../src/engine/analysis/inspection';
import { formatBytes } from '../src/engine/format';
import { nameRecipe } from '../src/engine/recipe/recipe-name';
import { resolveGoals } from '../src/engine/search/goals';
import { modelFacts } from '../src/engine/search/model-facts';
import { describeInterval } from '../src/engine/verdict/loss';
import { evaluatePasses, lossOf } from './support/evaluate-passes';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runPareto } from './support/run-pareto';

const { values } = parseArgs({ options: { ...writeOption, only: { type: 'string', default: '' } } });

const folder = fileURLToPath(new URL('../public/samples/', import.meta.url));
const samples = [
  { model: 'digits-mlp.onnx', data: 'digits' },
  { model: 'fashion-cnn.onnx', data: 'fashion-mnist' },
  { model: 'fashion-transformer.onnx', data: 'fashion-mnist' },
  { model: 'fashion-lstm.onnx', data: 'fashion-mnist' },
].filter(({ model }) => model.includes(values.only));

printHead('sample', 'made by', 'size', 'lost (95 %)', 'samples');
const temporary = mkdtempSync(join(tmpdir(), 'pareto-bench-'));
try {
  for (const { model, data } of samples) {
    const inspection = runPareto<Inspection>('inspect', join(folder, model));
    const facts = { model: modelFacts(inspection, inspection.file.sizeBytes), hasData: true, device: null };
    for (const { title, recipe } of resolveGoals(facts)) {
      const file = join(temporary, 'goal.recipe.json');
      writeFileSync(file, JSON.stringify(recipe));
      const variant = join(temporary, 'variant.onnx');
      const evaluated = evaluatePasses(['--recipe', file], {
        model: join(folder, model),
        variant,
        calibration: join(folder, `${data}-calibration.npz`),
        evaluation: join(folder, `${data}-evaluation.npz`),
      });
      printRow(
        model.replace('.onnx', ''),
        `${title}: ${nameRecipe(recipe)}`,
        formatBytes(evaluated.sizeBytes.variant),
        describeInterval(lossOf(evaluated.difference!)),
        String(evaluated.samples),
      );
      rmSync(variant);
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (values.write) await writeResults('goals');
