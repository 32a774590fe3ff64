import { describe, expect, it } from 'vitest';
import { everyStateReport } from '../../../../engine/report/testing/every-state-report';
import { buildDistribution, formatTick } from './distribution-series';

const rows = [
  { id: 'original', name: 'original', color: 'var(--original)' },
  { id: 'variant-1', name: 'int8 (dynamic)', color: 'var(--variant-0)' },
];

describe('distribution', () => {
  const distribution = buildDistribution(everyStateReport, 'wasm', rows);

  it('rises from none to all of the samples for each row that was measured', () => {
    expect(distribution?.series.map(({ name }) => name)).toEqual(['original', 'int8 (dynamic)']);
    for (const { points } of distribution?.series ?? []) {
      expect(points[0]?.share).toBe(0);
      expect(points.at(-1)?.share).toBe(1);
      expect(points.every(({ ms }, index) => index === 0 || ms >= (points[index - 1]?.ms ?? 0))).toBe(true);
    }
  });

  it('keeps every median and p95 in view, and room for the name of the faster curve', () => {
    const [low, high] = distribution?.domainMs ?? [0, 0];
    for (const { medianMs, p95Ms, labelSide } of distribution?.series ?? []) {
      expect(medianMs).toBeGreaterThan(low);
      expect(p95Ms).toBeLessThan(high);
      if (labelSide === 'left') expect((medianMs - low) / (high - low)).toBeGreaterThan(0.25);
    }
    expect(distribution?.series.map(({ labelSide }) => labelSide)).toEqual(['right', 'left']);
  });

  it('begins no axis left of zero: a curve close to it has its name at the right', () => {
    const slower = (ms: number) => ms * 20;
    const cells = everyStateReport.cells.map((cell) =>
      cell.variant === 'original'
        ? {
            ...cell,
            quantilesMs: cell.quantilesMs.map(slower),
            steady: { ...cell.steady, medianMs: slower(cell.steady.medianMs), p95Ms: slower(cell.steady.p95Ms) },
          }
        : cell,
    );
    const comparisons = everyStateReport.comparisons.map((comparison) => ({
      ...comparison,
      ratio: slower(comparison.ratio),
      interval: [slower(comparison.interval[0]), slower(comparison.interval[1])] as [number, number],
    }));
    const apart = buildDistribution({ ...everyStateReport, cells, comparisons }, 'wasm', rows);
    const [low, high] = apart?.domainMs ?? [0, 0];
    const faster = apart?.series.at(-1);
    expect(low).toBe(0);
    expect(faster?.labelSide).toBe('right');
    expect((faster?.medianMs ?? 0) / high).toBeLessThan(0.25);
    expect(apart?.ticksMs.every((ms) => ms >= 0)).toBe(true);
  });

  it('puts the label of a curve below that of another with the same median', () => {
    const [original] = everyStateReport.cells.filter(({ variant, ep }) => variant === 'original' && ep === 'wasm');
    const { quantilesMs, steady } = original!;
    const cells = everyStateReport.cells.map((cell) => (cell.ep === 'wasm' ? { ...cell, quantilesMs, steady } : cell));
    const comparisons = everyStateReport.comparisons.map(({ original: _paired, ...comparison }) => ({
      ...comparison,
      ratio: 1,
      interval: [0.99, 1.01] as [number, number],
    }));
    const alike = buildDistribution({ ...everyStateReport, cells, comparisons }, 'wasm', rows);
    expect(alike?.series.map(({ labelLine }) => labelLine)).toEqual([0, 1]);
    expect(buildDistribution(everyStateReport, 'wasm', rows)?.series.map(({ labelLine }) => labelLine)).toEqual([0, 0]);
  });

  it('draws the original in the turns with the variant, and omits it if a report lacks them', () => {
    const [first, ...others] = everyStateReport.comparisons;
    const quantilesMs = Array.from({ length: 21 }, (_, index) => 11.5 + index / 10);
    const spread = { minMs: 11.5, p95Ms: 13.4, p99Ms: 13.5, quantilesMs };
    const turnsWith = (original: NonNullable<(typeof everyStateReport.comparisons)[number]['original']>) =>
      buildDistribution({ ...everyStateReport, comparisons: [{ ...first!, original }, ...others] }, 'wasm', rows);
    const turns = { medianMs: 12.3, intervalMs: [12.2, 12.4] as [number, number] };
    expect(turnsWith({ ...turns, spread })?.series[0]).toMatchObject({ name: 'original', medianMs: 12.3, p95Ms: 13.4 });
    expect(turnsWith(turns)?.series.map(({ name }) => name)).toEqual(['int8 (dynamic)']);
  });

  it('has nothing to draw for a provider without samples', () => {
    expect(buildDistribution(everyStateReport, 'webnn-npu', rows)).toBeNull();
  });
});

describe('ticks', () => {
  it('have no more digits than they need', () => {
    expect(formatTick(10)).toBe('10\u00a0ms');
    expect(formatTick(0.25)).toBe('250\u00a0µs');
    expect(formatTick(0)).toBe('0\u00a0ms');
  });
});
