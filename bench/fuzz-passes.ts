/**
 * Runs random recipes of all passes on random models, and prints each that fails. A recipe fails if a pass throws or
 * changes its input, or if the model is not valid or does not run on WASM. It also fails if a second run gives other
 * bytes, if outputs are no numbers, or if a pass that promises equal outputs changes them.
 *
 *     npx tsx bench/fuzz-passes.ts [--seconds 180] [--first 1] [--count <recipes>] [--write <folder>] [--verbose]
 *
 * --write leaves the models in a folder, for `tools/check-onnx-files.py`. Case n is the same at every run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomCase } from '../src/engine/passes/testing/random-case.runtime';
import { checkRandomRecipe } from '../src/engine/passes/testing/check-random-recipe.runtime';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '180' },
    first: { type: 'string', default: '1' },
    count: { type: 'string' },
    write: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const folder = values.write;
if (folder !== undefined) mkdirSync(folder, { recursive: true });
const first = Number(values.first);
const last = values.count === undefined ? Infinity : first + Number(values.count) - 1;
const end = Date.now() + Number(values.seconds) * 1000;
const counts = new Map<string, number>();
const changed = new Map<string, number>();
const errors = new Map<string, number[]>();

const add = (map: Map<string, number>, key: string) => void map.set(key, (map.get(key) ?? 0) + 1);

let number = first;
for (; number <= last && Date.now() < end; number++) {
  const { checked, recipe, sampleCount, isRepeated, kind } = randomCase(number);
  const found = await checkRandomRecipe(checked, recipe, sampleCount, isRepeated);
  add(counts, found.kind);
  for (const { id, changes } of found.passes ?? []) if (changes > 0) add(changed, id);
  const text = recipe.steps.map(({ pass, options }) => `${pass} ${JSON.stringify(options)}`).join(', ');
  if (found.kind === 'failed' || (values.verbose && found.problem !== undefined))
    console.log(`${number} ${kind}, ${sampleCount} samples: ${text}\n  ${found.problem}`);
  if (found.error !== undefined && recipe.steps.length === 1 && checked.isWellConditioned) {
    const { pass } = recipe.steps[0]!;
    errors.set(pass, [...(errors.get(pass) ?? []), found.error]);
  }
  if (folder !== undefined && found.bytes && found.kind === 'good')
    writeFileSync(join(folder, `${number}.onnx`), found.bytes);
}
console.log(`Cases ${first} to ${number - 1}:`, Object.fromEntries(counts));
console.log('Changed by:', Object.fromEntries(changed));
for (const [pass, list] of errors) {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toExponential(1);
  console.log(`${pass}: ${list.length} alone, error of outputs median ${at(0.5)}, 90 % ${at(0.9)}, most ${at(1)}`);
}
