/**
 * Simplifies random models for as long as wanted and holds every value that is left to the one of the original. Prints each
 * model that fails, made as short as it can be. The test beside `check-random-model.ts` does the same for a few seconds.
 *
 *     npx tsx bench/fuzz-simplify.ts [--seconds 180] [--seed 1]
 */
import { parseArgs } from 'node:util';
import type { Model } from '../src/engine/onnx/graph';
import { createSeededRandom } from '../src/engine/seeded-random';
import { randomModel, randomOpsets, type Step } from '../src/engine/passes/simplify/testing/random-model';
import { checkRandomModel } from '../src/engine/passes/simplify/testing/check-random-model.runtime';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '180' }, seed: { type: 'string', default: '1' } },
});
const random = createSeededRandom(Number(values.seed));
const below = (count: number) => Math.floor(random.next() * count);
const end = Date.now() + Number(values.seconds) * 1000;
const counts = { models: 0, invalid: 0, failed: 0 };

async function problemOf(model: Model): Promise<string | undefined> {
  try {
    return await checkRandomModel(model);
  } catch (error) {
    return `thrown: ${String(error).slice(0, 400)}`;
  }
}

const isFailure = (problem: string | undefined) => problem !== undefined && !problem.startsWith('invalid');

/** Leaves out one step after the other as long as the model still fails. */
async function shorten(steps: readonly Step[], build: (steps: readonly Step[]) => Model): Promise<readonly Step[]> {
  for (let index = steps.length - 1; index >= 0; index--) {
    const without = steps.toSpliced(index, 1);
    if (isFailure(await problemOf(build(without)))) return shorten(without, build);
  }
  return steps;
}

while (Date.now() < end) {
  const opset = randomOpsets[below(randomOpsets.length)]!;
  const isSymbolic = below(2) === 0;
  const isOldFile = below(2) === 0;
  const build = (steps: readonly Step[]) => randomModel(opset, steps, isSymbolic, isOldFile);
  const steps = Array.from({ length: 2 + below(14) }, (): Step => [below(1000), below(1000), below(1000), below(1000)]);
  const problem = await problemOf(build(steps));
  counts.models++;
  if (problem?.startsWith('invalid')) {
    counts.invalid++;
    if (counts.invalid <= 5) console.log(problem.slice(0, 300));
  }
  if (!isFailure(problem)) continue;
  counts.failed++;
  const shortest = await shorten(steps, build);
  console.log(
    `opset ${opset}, ${isSymbolic ? 'symbolic' : 'fixed'}${isOldFile ? ', old file' : ''}, ${JSON.stringify(shortest)}: ${await problemOf(build(shortest))}`,
  );
  const nodes = build(shortest).graph!.nodes;
  for (const { opType, inputs, outputs } of nodes) console.log(`  ${opType} ${inputs.join()} -> ${outputs.join()}`);
}
console.log(counts);
