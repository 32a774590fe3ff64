import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyThreshold,
  chunkElements,
  findMagnitudeThreshold,
  forEachSelected,
  type MagnitudeSource,
} from './magnitude-threshold';

const nothing = () => Promise.resolve();

function sourceOf(values: Float32Array | Float64Array): MagnitudeSource {
  return {
    elements: values.length,
    wide: values instanceof Float64Array,
    read: (start, end) => values.slice(start, end),
  };
}

/** Positions of the selected elements, one list per source. */
async function select(arrays: readonly (Float32Array | Float64Array)[], count: number): Promise<number[][]> {
  const sources = arrays.map(sourceOf);
  const threshold = await findMagnitudeThreshold(sources, count, nothing);
  const selected: number[][] = [];
  let { ties } = threshold;
  for (const [index, source] of sources.entries()) {
    const selection = await applyThreshold(source, threshold, ties, nothing);
    ties -= selection.tiesTaken;
    const positions: number[] = [];
    forEachSelected(arrays[index]!, 0, selection, (position) => positions.push(position));
    expect(positions).toHaveLength(selection.selected);
    selected.push(positions);
  }
  return selected;
}

/** The definition: sort by magnitude, earlier ones first among equals, NaN last. */
function selectBySorting(arrays: readonly (Float32Array | Float64Array)[], count: number): number[][] {
  const all = arrays.flatMap((array, source) => Array.from(array, (value, index) => ({ value, source, index })));
  const key = (value: number) => (Number.isNaN(value) ? Infinity : Math.abs(value));
  all.sort(
    (a, b) =>
      key(a.value) - key(b.value) ||
      Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) ||
      a.source - b.source ||
      a.index - b.index,
  );
  const chosen = all.slice(0, count);
  return arrays.map((_, source) =>
    chosen
      .filter((entry) => entry.source === source)
      .map(({ index }) => index)
      .sort((a, b) => a - b),
  );
}

const finite = { noNaN: true, noDefaultInfinity: true } as const;
const float32Values = fc
  .array(fc.oneof(fc.float(finite), fc.constantFrom(0, -0, 1, -1, 1e-40, -1e-40)), { maxLength: 60 })
  .map((values) => Float32Array.from(values));
const float64Values = fc
  .array(fc.oneof(fc.double(finite), fc.constantFrom(0, -0, 1, -1, 1 + 2 ** -52)), { maxLength: 60 })
  .map((values) => Float64Array.from(values));

describe('findMagnitudeThreshold', () => {
  it('selects the same threshold as sorting, over several tensors of both widths', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(float32Values, float64Values), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (arrays, share) => {
          const total = arrays.reduce((sum, { length }) => sum + length, 0);
          const count = Math.round(total * share);
          expect(await select(arrays, count)).toEqual(selectBySorting(arrays, count));
        },
      ),
    );
  });

  it('takes infinities and then NaN last', async () => {
    const values = Float32Array.of(NaN, -Infinity, 3, NaN, Infinity, -2);
    expect(await select([values], 2)).toEqual([[2, 5]]);
    expect(await select([values], 4)).toEqual([[1, 2, 4, 5]]);
    expect(await select([values], 6)).toEqual([[0, 1, 2, 3, 4, 5]]);
  });

  it('breaks ties by position, also across chunks and tensors', async () => {
    const first = new Float32Array(chunkElements + 3).fill(1);
    const second = new Float32Array(5).fill(-1);
    const [fromFirst, fromSecond] = await select([first, second], chunkElements + 5);
    expect(fromFirst).toHaveLength(chunkElements + 3);
    expect(fromSecond).toEqual([0, 1]);
  });

  it('tells neighboring doubles apart that are one float32', async () => {
    expect(await select([Float64Array.of(1 + 2 ** -52, 1, 1 + 2 ** -51)], 2)).toEqual([[0, 1]]);
  });

  it('selects nothing for a count of zero', async () => {
    expect(await select([Float32Array.of(0, 0, 1)], 0)).toEqual([[]]);
  });

  it('stops when the checkpoint rejects', async () => {
    const stop = () => Promise.reject(new Error('stopped'));
    await expect(findMagnitudeThreshold([sourceOf(Float32Array.of(1, 2))], 1, stop)).rejects.toThrow('stopped');
  });
});
