import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { measureGpuBuffers, measureMemory, traceRuns } from '../benchmark/memory';
import { measureSweep } from '../benchmark/sweep';
import type { Node, Tensor } from '../../engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import type { SweepAxis, SweepPoint } from '../../engine/profiling/sweep';
import { blobOfModel } from '../files/model-blob';
import type { ModelFiles } from '../models/model-files';
import type { SessionHost } from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';
import { traceDocument } from '../session/trace-events';
import { createNodeHost } from './node-host';

const file = path.resolve(import.meta.dirname, '../../../public/samples/digits-mlp.onnx');
const files = { model: new Blob([readFileSync(file)]), name: 'digits-mlp.onnx', externalData: [] };
const request = { files, ep: 'wasm' as const, threads: 1, freeDimensions: {}, seed: 0 };
const { signal } = new AbortController();

const oneNode = (made: Node, initializers: readonly Tensor[] = []): ModelFiles => {
  const wrapped = graph({
    nodes: [made],
    initializers,
    inputs: [valueInfo('x', ['length'])],
    outputs: [valueInfo('y', ['length'])],
  });
  return { model: blobOfModel(model(wrapped)), name: 'one-node.onnx', externalData: [] };
};
const freeLength = oneNode(node('Relu', ['x'], ['y']));
const lengthOf3 = oneNode(node('Add', ['x', 'w'], ['y']), [floatTensor('w', [3], [1, 2, 3])]);

it('sweeps over batch sizes, and tells how far it is', async () => {
  const shares: number[] = [];
  const axis = { axis: 'batch', values: [1, 4] };
  const { points, notes } = await measureSweep(signal, createNodeHost(), request, axis, ({ done, total }) =>
    shares.push(done / total),
  );
  expect(points.map(({ value }) => value)).toEqual([1, 4]);
  for (const { samplesPerSecond, interval, medianMs, medianIntervalMs } of points) {
    expect(interval[0]).toBeLessThanOrEqual(samplesPerSecond);
    expect(interval[1]).toBeGreaterThanOrEqual(samplesPerSecond);
    expect(medianIntervalMs[0]).toBeLessThanOrEqual(medianMs);
  }
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(notes).toEqual([]);
});

it('counts buffers of the GPU only in an untimed session', async () => {
  const opened: SessionSpec[] = [];
  const host: SessionHost = {
    open(given, spec) {
      opened.push(spec);
      return createNodeHost().open(given, { ...spec, ep: 'wasm' });
    },
  };
  await measureGpuBuffers(signal, host, { ...request, files: freeLength });
  await measureMemory(signal, host, { ...request, files: freeLength, ep: 'webgpu' });
  await measureSweep(
    ...([signal, host, { ...request, files: freeLength, longestMs: 10 }] as const),
    { axis: 'layout', values: ['NHWC'] },
    () => undefined,
  );
  expect(opened.map(({ ep, countsGpuBuffers }) => [ep, countsGpuBuffers === true])).toEqual([
    ['webgpu', true],
    ['webgpu', false],
    ['webgpu', false],
  ]);
});

it('opens a session with each value of every other setting', async () => {
  const opened: SessionSpec[] = [];
  const host: SessionHost = {
    open(given, spec) {
      opened.push(spec);
      return createNodeHost().open(given, spec);
    },
  };
  const asked = { ...request, files: freeLength, freeDimensions: { length: 3 } };
  const hurried = 10;
  const sweep = (axis: string, values: SweepAxis['values'], longestMs?: number) =>
    measureSweep(signal, host, { ...asked, longestMs }, { axis, values }, () => undefined);
  await sweep('threads', [1, 2], hurried);
  await sweep('optimization', ['disabled', 'all'], hurried);
  const { points, notes } = await sweep('length', [2, 7]);
  expect(points.map(({ axis, value }) => `${axis} ${value}`)).toEqual(['length 2', 'length 7']);
  expect(notes).toEqual([]);
  expect(opened.slice(0, 2).map(({ threads }) => threads)).toEqual([1, 2]);
  expect(opened.slice(2, 4).map((spec) => spec.graphOptimizationLevel)).toEqual(['disabled', 'all']);
  // With time for it, each value twice, the second time in reverse.
  expect(opened.slice(4).map(({ freeDimensions }) => freeDimensions['length'])).toEqual([2, 7, 7, 2]);
});

it('keeps the values that run, and says why another does not', async () => {
  const points: SweepPoint[] = [];
  const quick = { ...request, files: freeLength, longestMs: 10 };
  const axis = { axis: 'length', values: [2, 3, 4] };
  // The sum with three constants takes lengths of 3 only.
  const { notes } = await measureSweep(
    signal,
    createNodeHost(),
    { ...quick, files: lengthOf3 },
    axis,
    () => undefined,
    (point) => points.push(point),
  );
  expect(points.map(({ value }) => value)).toEqual([3]);
  expect(notes).toHaveLength(2);
  expect(notes[0]).toMatch(/^length 2 was not measured: The model failed to run/);
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
