import { describe, expect, it } from 'vitest';
import { partnerName, timeOn, timesOn, type TimedWork } from './paired-times';

const time = (medianMs: number) => ({ medianMs, intervalMs: [medianMs * 0.99, medianMs * 1.01] as const });
const cell = (variant: string, medianMs: number) => ({
  variant,
  ep: 'wasm' as const,
  steady: { ...time(medianMs), runs: 100 },
});

function comparison(variant: string, ratio: number, originalMs?: number): TimedWork['comparisons'][number] {
  const original = originalMs === undefined ? {} : { original: time(originalMs) };
  return {
    variant,
    ep: 'wasm',
    ratio,
    interval: [ratio * 0.98, ratio * 1.02],
    noiseFloor: 0.01,
    pairs: 40,
    ...original,
  };
}

describe('times on a provider', () => {
  it('of a variant stand with the original in the same turns, which heads the column', () => {
    const work = { cells: [cell('original', 0.9), cell('a', 1)], comparisons: [comparison('a', 1.22, 1.22)] };
    const { original, variants } = timesOn(work, 'wasm');
    expect(original).toMatchObject({ text: '1.22\u00a0ms', inTurnsWith: ['a'], isSpan: false, samples: 40 });
    expect(variants.get('a')).toMatchObject({ own: { text: '1.00\u00a0ms' }, original: { text: '1.22\u00a0ms' } });
    expect(timeOn(work, 'original', 'wasm')?.medianMs).toBe(1.22);
    expect(timesOn(work, 'webgpu').original).toBeUndefined();
  });

  it('of the original are a span if it took other times beside other variants', () => {
    const cells = [cell('original', 0.9), cell('a', 1), cell('b', 1.37)];
    const { original, variants } = timesOn(
      { cells, comparisons: [comparison('a', 0.992, 0.992), comparison('b', 1.22, 1.67)] },
      'wasm',
    );
    expect(original).toMatchObject({ text: '992 to 1670\u00a0µs', isSpan: true });
    expect(original).not.toHaveProperty('samples');
    expect(variants.get('b')?.original?.text).toBe('1670\u00a0µs');
  });

  it('are omitted beside a ratio that they contradict, or without records', () => {
    const contradicting = [comparison('a', 1.5, 0.9)];
    const cells = [cell('original', 0.9), cell('a', 1)];
    expect(timesOn({ cells, comparisons: contradicting }, 'wasm').variants.get('a')).toEqual({});
    expect(timesOn({ cells, comparisons: [comparison('a', 1.5)] }, 'wasm').variants.get('a')).toEqual({});
    // An earlier version measured the original alone: where that agrees, it may stand beside the ratio.
    const agreeing = timesOn({ cells, comparisons: [comparison('a', 0.9)] }, 'wasm');
    expect(agreeing.variants.get('a')?.original?.medianMs).toBe(0.9);
  });

  it('of compiled modules stand with the original on WASM, whose module has a time of its own', () => {
    const compiled = { ep: 'compiled' as const };
    const work = {
      cells: [cell('original', 1.22), { ...cell('original', 0.5), ...compiled }, { ...cell('a', 0.2), ...compiled }],
      comparisons: [
        { ...comparison('original', 2.4, 1.2), ...compiled },
        { ...comparison('a', 6.5, 1.3), ...compiled },
      ],
    };
    const { original, variants, isWithEach } = timesOn(work, 'compiled');
    expect(original).toMatchObject({ medianMs: 0.5, inTurnsWith: [], isSpan: false });
    expect(variants.get('original')?.original?.medianMs).toBe(1.2);
    expect(variants.get('a')).toMatchObject({ own: { medianMs: 0.2 }, original: { medianMs: 1.3 } });
    expect(isWithEach).toBe(true);
    expect(partnerName('compiled')).toBe('original on WASM');
    expect(timeOn(work, 'original', 'wasm')?.medianMs).toBe(1.22);
  });

  it('are its own if a variant took no turns with the original', () => {
    const { original, variants } = timesOn({ cells: [cell('original', 0.9), cell('a', 1)], comparisons: [] }, 'wasm');
    expect(original).toMatchObject({ medianMs: 0.9, inTurnsWith: [], samples: 100 });
    expect(variants.get('a')?.own?.medianMs).toBe(1);
  });
});
