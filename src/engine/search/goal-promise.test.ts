import { describe, expect, it } from 'vitest';
import { promiseOf, type PromiseFacts } from './goal-promise';
import type { Goal } from './goals';

const goal: Goal = {
  id: 'smaller',
  title: 'Smaller download',
  ep: 'wasm',
  isForSize: true,
  preset: 'int8-weights',
  recipe: { version: 1, steps: [], seed: 0 },
  reason: '',
  safer: [],
};

const sketch = { sizeBytes: 2_500_000, parameters: 10, macs: 700, isExact: true };

function factsWith(changes: Partial<PromiseFacts> = {}): PromiseFacts {
  const node = { flops: 2e9, bytes: 1e9 };
  const known = { originalBytes: 10_000_000, float32Bytes: 10_000_000, nodes: [node], macs: 1000 };
  return { ...known, sketch, measured: [], takesLong: false, ...changes };
}

const pruned: Goal = { ...goal, id: 'faster-wasm', isForSize: false, preset: 'fewer-channels' };
const roof = { ep: 'wasm', threads: 1, peakGflops: 1, bandwidthGbps: 1, launchMs: 0, profiledLaunchMs: 0 } as const;

describe('promiseOf', () => {
  it('states the computed size, the usual speed and the time', () => {
    expect(promiseOf(goal, factsWith())).toEqual({
      size: '2.50\u00a0MB, 4.00× smaller',
      speed: 'usually the same speed',
      basis: 'usual',
      time: 'in seconds',
    });
    expect(promiseOf(goal, factsWith({ takesLong: true })).time).toBe('≤ 60 s');
  });

  it('names the first safer recipe whose file is larger by more than a quarter', () => {
    const safer = ['blocks', 'float16', 'Simplify'].map((title) => ({ title, recipe: goal.recipe }));
    const sizes = [2_800_000, 5_000_000, 10_000_000].map((sizeBytes) => ({ ...sketch, sizeBytes }));
    const promised = promiseOf({ ...goal, safer }, factsWith({ safer: sizes }));
    expect(promised.safer).toBe('float16, 5.00\u00a0MB');
    expect(promiseOf({ ...goal, safer }, factsWith({ safer: sizes.slice(0, 1) }))).not.toHaveProperty('safer');
  });

  it('omits the size until it is computed', () => {
    expect(promiseOf(goal, factsWith({ sketch: undefined }))).not.toHaveProperty('size');
  });

  it('limits the speed by the work that is left', () => {
    expect(promiseOf(pruned, factsWith())).toMatchObject({ speed: 'up to 1.43× faster', basis: 'estimate' });
  });

  it('limits the speed of float16 by the roofline', () => {
    const float16: Goal = { ...goal, id: 'faster-webgpu', ep: 'webgpu', isForSize: false, preset: 'float16' };
    const bound = (bytes: number): string =>
      promiseOf(float16, factsWith({ nodes: [{ flops: 2e9, bytes }], roof, sketch: { ...sketch, macs: 1000 } })).speed;
    expect(bound(1e9)).toBe('same speed');
    expect(bound(8e9)).toBe('up to 2.00× faster');
  });

  it('prefers the median of speedups measured on this device', () => {
    expect(promiseOf(pruned, factsWith({ measured: [1.1, 1.3, 1.2] }))).toMatchObject({
      speed: '1.20× faster',
      basis: 'measured',
    });
    expect(promiseOf(pruned, factsWith({ measured: [0.5] })).speed).toBe('2.00× slower');
  });

  it('says why nothing is gained', () => {
    const same = { ...sketch, sizeBytes: 9_910_000 };
    expect(promiseOf(goal, factsWith({ sketch: same })).idle).toBe('The file stays at 10.0\u00a0MB.');
    const smaller = promiseOf(goal, factsWith({ sketch: { ...sketch, sizeBytes: 9_890_000 } }));
    expect(smaller).toMatchObject({ size: '9.89\u00a0MB, 1.1\u00a0% smaller' });
    expect(smaller).not.toHaveProperty('idle');
    expect(promiseOf({ ...pruned, reason: 'Too small.', isIdle: true }, factsWith()).idle).toBe('Too small.');
  });

  it('offers a goal of size that stores a model without float weights in fewer bytes', () => {
    const forest: Goal = { ...goal, preset: 'simplify', reason: 'Almost no weights.', isIdle: true };
    const promised = (sizeBytes: number) => promiseOf(forest, factsWith({ sketch: { ...sketch, sizeBytes } }));
    expect(promised(7_100_000)).toMatchObject({ size: '7.10\u00a0MB, 29\u00a0% smaller' });
    expect(promised(7_100_000)).not.toHaveProperty('idle');
    expect(promised(10_000_000).idle).toBe('Almost no weights.');
    expect(promiseOf(forest, factsWith({ sketch: undefined })).idle).toBe('Almost no weights.');
    expect(promiseOf(pruned, factsWith())).not.toHaveProperty('idle');
  });

  it('limits the size of a goal that tries several recipes, and of a recipe that needs a run', () => {
    const searched = promiseOf(pruned, factsWith({ isSearched: true }));
    expect(searched).toMatchObject({ speed: 'the fastest of several recipes', basis: 'search' });
    expect(searched.size).toBe('≤ 10.0\u00a0MB');
    expect(promiseOf(pruned, factsWith({ sketch: null, float32Bytes: 39_000_000 })).size).toBe('≤ 39.0\u00a0MB');
  });
});
