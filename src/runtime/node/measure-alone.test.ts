import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { measureMemory, traceRuns } from '../benchmark/memory';
import { kneeOf, measureSweep, type SweepPoint } from '../benchmark/sweep';
import { traceDocument } from '../session/trace-events';
import { createNodeHost } from './node-host';

const file = path.resolve(import.meta.dirname, '../../../public/samples/digits-mlp.onnx');
const files = { model: new Blob([readFileSync(file)]), name: 'digits-mlp.onnx', externalData: [] };
const request = { files, ep: 'wasm' as const, threads: 1, freeDimensions: {}, seed: 0 };
const { signal } = new AbortController();

it('sweeps over batch sizes and threads, and tells how far it is', async () => {
  const shares: number[] = [];
  const axes = [
    { axis: 'batch' as const, values: [1, 4] },
    { axis: 'threads' as const, values: [1, 2] },
  ];
  const { points, notes } = await measureSweep(signal, createNodeHost(), request, axes, ({ done, total }) =>
    shares.push(done / total),
  );
  expect(points.map(({ axis, value }) => `${axis} ${value}`)).toEqual(['batch 1', 'batch 4', 'threads 1', 'threads 2']);
  for (const { samplesPerSecond, interval } of points) {
    expect(interval[0]).toBeLessThanOrEqual(samplesPerSecond);
    expect(interval[1]).toBeGreaterThanOrEqual(samplesPerSecond);
  }
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(notes).toEqual([]);
});

it('traces kernels with their operators, in a form that viewers of traces take', async () => {
  const events = await traceRuns(signal, createNodeHost(), request);
  expect(events.filter(({ name }) => name === 'model_run')).toHaveLength(5);
  expect(new Set(events.map(({ args }) => args['op_name']))).toContain('Gemm');
  const { traceEvents } = JSON.parse(traceDocument(events, 'digits')) as { traceEvents: { ph: string }[] };
  expect(new Set(traceEvents.map(({ ph }) => ph))).toEqual(new Set(['M', 'X']));
});

it('sees the heap of the runtime', async () => {
  const { heapBytes, heapGrowthBytes, createMs, firstRunMs } = await measureMemory(signal, createNodeHost(), request);
  expect(heapBytes! % 65_536).toBe(0);
  expect(heapGrowthBytes).toBe(heapBytes! - 256 * 65_536);
  expect(Math.min(createMs, firstRunMs)).toBeGreaterThan(0);
});

it('finds where more stops paying', () => {
  const point = (value: number, samplesPerSecond: number): SweepPoint => ({
    ...{ axis: 'batch', value, samplesPerSecond, interval: [0, 0], medianMs: 1 },
  });
  expect(kneeOf([point(1, 100), point(2, 150), point(4, 152), point(8, 300)])?.value).toBe(2);
  expect(kneeOf([point(1, 100), point(8, 110)])?.value).toBe(1);
  expect(kneeOf([])).toBeUndefined();
});
