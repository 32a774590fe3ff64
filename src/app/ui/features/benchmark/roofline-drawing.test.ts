import { expect, it } from 'vitest';
import type { Roof, RooflineNode } from '../../../../engine/profiling/roofline';
import { drawRoofline, tabulateRoofline } from './Bottleneck';

const roof: Roof = {
  ...{ ep: 'wasm', threads: 1, peakGflops: 20, bandwidthGbps: 10 },
  ...{ launchMs: 0.002, profiledLaunchMs: 0.006 },
};
const conv: RooflineNode = {
  ...{ path: 'graph/conv', op: 'Conv', ms: 4, share: 0.8, limit: 'compute', parameters: 9 },
  ...{ gflops: 15, intensity: 30, reached: 0.75 },
};
const copy: RooflineNode = {
  ...{ path: 'MemcpyToHost', op: 'MemcpyToHost', ms: 1, share: 0.2, limit: 'copies', parameters: 0 },
  ...{ gflops: null, intensity: null, reached: null },
};

it('draws the roof with its ridge, and the nodes whose work is known under it', () => {
  const {
    points,
    largest,
    roof: lines,
    xTicks,
    yTicks,
  } = drawRoofline(roof, [conv, { ...conv, path: 'graph/b' }, copy]);
  expect(lines).toEqual([
    { intensity: 1, gflops: 10 },
    { intensity: 2, gflops: 20 },
    { intensity: 100, gflops: 20 },
  ]);
  expect(points).toHaveLength(2);
  expect(largest).toBe('conv');
  expect([xTicks, yTicks]).toEqual([
    [1, 10, 100],
    [10, 100],
  ]);
});

it('has a decade to draw if no node can be drawn', () => {
  const { largest, xTicks, yTicks } = drawRoofline({ ...roof, peakGflops: 10, bandwidthGbps: 10 }, [copy]);
  expect(largest).toBeUndefined();
  expect([xTicks, yTicks]).toEqual([
    [1, 10],
    [10, 100],
  ]);
});

it('lists every node, with words for its limit', () => {
  const { rows } = tabulateRoofline([conv, copy]);
  expect(rows.map((row) => row.map(({ text }) => text.replaceAll('\u00a0', ' ')))).toEqual([
    ['conv', 'Conv', '4.00 ms', '80.0 %', '15.0', '30.0', 'arithmetic'],
    ['MemcpyToHost', 'MemcpyToHost', '1.00 ms', '20.0 %', 'unknown', 'unknown', 'copies'],
  ]);
});
