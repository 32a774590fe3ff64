import { describe, expect, it } from 'vitest';
import { compileModel, type Build } from '../../engine/compile/compile-model';
import type { Feeds } from '../../engine/data/feeds';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { runModelInNode } from '../testing/run-model';
import { openCompiled } from './compiled-instance';
import { randomGraph } from './testing/random-graph';

// A longer run of other graphs: PARETO_RANDOM_GRAPHS=10000 PARETO_RANDOM_FIRST=100000.
const first = Number(process.env['PARETO_RANDOM_FIRST'] ?? 0);
const seeds = Number(process.env['PARETO_RANDOM_GRAPHS'] ?? 150);

const leastDb = 95;

/** The names of outputs that differ by more than rounding. */
function differing(expected: Feeds, found: Feeds): readonly string[] {
  return Object.entries(expected).flatMap(([name, { data }]) => {
    const [right, got] = [data as Float32Array, found[name]!.data as Float32Array];
    if (right.length !== got.length) return [name];
    let [signal, noise] = [1e-20, 1e-30];
    for (const [index, value] of right.entries()) {
      if (!Number.isFinite(value)) {
        if (!Object.is(value, got[index])) return [name];
        continue;
      }
      signal += value ** 2;
      noise += (value - got[index]!) ** 2;
    }
    const isClose = 10 * Math.log10(signal / noise) > leastDb || noise < 1e-11 * right.length;
    return isClose ? [] : [name];
  });
}

describe('compiled models', () => {
  it('have the outputs of onnxruntime-web, for random graphs', { timeout: 60_000 + seeds * 400 }, async () => {
    let compared = 0;
    for (let seed = first; seed < first + seeds; seed++) {
      const made = randomGraph(seed);
      if (made === undefined) continue;
      const options = { graphOptimizationLevel: 'disabled' } as const;
      // Sizes that the runtime refuses, such as a kernel larger than its input.
      const expected = await runModelInNode(joinParts(encodeModel(made.model)), made.feeds, options).catch(
        () => undefined,
      );
      if (expected === undefined) continue;
      const { compiled, refusals } = compileModel(made.model);
      expect(refusals, `seed ${seed}`).toBeUndefined();
      for (const [build, bytes] of compiled!.modules as ReadonlyMap<Build, Uint8Array<ArrayBuffer>>) {
        if (!WebAssembly.validate(bytes)) {
          expect(build).toBe('relaxed');
          continue;
        }
        const instance = await openCompiled(compiled!, build);
        // The second run finds what the first one left in the memory.
        instance.run(made.feeds);
        expect(differing(expected, instance.run(made.feeds)), `seed ${seed}, ${build}`).toEqual([]);
      }
      compared++;
    }
    expect(compared).toBeGreaterThan(seeds * 0.7);
  });
});
