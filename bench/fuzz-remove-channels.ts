/**
 * Removes every other channel of every group of random networks. Compares the outputs with those of the original whose
 * removed channels are zero. Prints each network that fails, with as few blocks as it can have. The test beside
 * `remove-channels.ts` does the same for 300.
 *
 *     npx tsx bench/fuzz-remove-channels.ts [--networks 5000] [--first 0]
 */
import { parseArgs } from 'node:util';
import { randomChoices, randomNetwork } from '../src/engine/onnx/coupling/testing/random-network';
import {
  differencesOf,
  removeEveryOther,
  tolerance,
  type RemovalCase,
} from '../src/engine/onnx/coupling/testing/removal-oracle.runtime';

const { values } = parseArgs({
  options: { networks: { type: 'string', default: '5000' }, first: { type: 'string', default: '0' } },
});
const [networks, first] = [Number(values.networks), Number(values.first)];
const atOnce = 100;
const counts = { networks: 0, groups: 0, failed: 0, worst: 0 };

async function caseOf(seed: number, choices: readonly number[]): Promise<RemovalCase | string> {
  try {
    const made = await removeEveryOther(randomNetwork(seed, choices));
    return made.problems.length > 0 ? JSON.stringify(made.problems[0]) : made;
  } catch (error) {
    return String(error).slice(0, 300);
  }
}

/** `undefined` if the network passes. */
async function problemOf(seed: number, choices: readonly number[]): Promise<string | undefined> {
  const made = await caseOf(seed, choices);
  if (typeof made === 'string') return made;
  try {
    const [difference] = await differencesOf([made]);
    return difference! < tolerance ? undefined : `differs by ${difference}`;
  } catch (error) {
    return String(error).slice(0, 300);
  }
}

async function shorten(seed: number, choices: readonly number[]): Promise<readonly number[]> {
  for (let index = choices.length - 1; index >= 0; index--) {
    const without = choices.toSpliced(index, 1);
    if ((await problemOf(seed, without)) !== undefined) return shorten(seed, without);
  }
  return choices;
}

async function fail(seed: number): Promise<void> {
  counts.failed++;
  const shortest = await shorten(seed, randomChoices(seed));
  console.log(`seed ${seed}, blocks ${shortest.join()}: ${await problemOf(seed, shortest)}`);
}

for (let start = first; start < first + networks; start += atOnce) {
  const seeds = Array.from({ length: Math.min(atOnce, first + networks - start) }, (_, at) => start + at);
  const made = await Promise.all(seeds.map(async (seed) => ({ seed, made: await caseOf(seed, randomChoices(seed)) })));
  const sound = made.flatMap((one) => (typeof one.made === 'string' ? [] : [{ seed: one.seed, made: one.made }]));
  const failed = new Set(made.flatMap((one) => (typeof one.made === 'string' ? [one.seed] : [])));
  let differences: readonly number[];
  try {
    differences = await differencesOf(sound.map((one) => one.made));
  } catch {
    differences = sound.map(() => NaN);
  }
  for (const [index, { seed, made: one }] of sound.entries()) {
    counts.groups += one.groups.length;
    const difference = differences[index]!;
    if (Number.isNaN(difference) ? (await problemOf(seed, randomChoices(seed))) !== undefined : difference >= tolerance)
      failed.add(seed);
    else if (difference > counts.worst) counts.worst = difference;
  }
  counts.networks += seeds.length;
  for (const seed of failed) await fail(seed);
}
console.log(
  `${counts.networks} networks with ${counts.groups} groups of channels: ${counts.failed} failed. Largest difference that passed: ${counts.worst.toExponential(1)}.`,
);
