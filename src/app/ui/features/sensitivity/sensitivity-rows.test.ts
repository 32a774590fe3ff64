import { expect, it } from 'vitest';
import type { LayerSensitivity, Sensitivity } from '../../../../engine/search/sensitivity';
import { accumulatedPoints, sensitivityRows } from './sensitivity-rows';

const layer = (name: string, kl: number, sqnrDb: number, more: Partial<LayerSensitivity> = {}): LayerSensitivity => ({
  path: `graph/${name}`,
  op: 'Conv',
  local: { sqnrDb: null },
  output: { kl, sqnrDb },
  ...more,
});
const found: Sensitivity = {
  technique: 'prune-channels',
  metric: 'kl',
  layers: [
    layer('a', 0.4, 20, { accumulated: { kl: 0.6, sqnrDb: 9 }, together: ['graph/d'] }),
    layer('b', 0.1, 10),
    layer('c', 0.05, 30, { accumulated: { kl: 0.05, sqnrDb: 30 } }),
  ],
  count: 3,
  baseline: { kl: 0.6, sqnrDb: 9 },
  samples: 32,
  inputs: 'data',
  isOver: true,
  ms: 1,
};

it('ranks layers by the chosen figure, with bars and related figures', () => {
  const rows = sensitivityRows(found, 'kl');
  expect(rows.map(({ label, share }) => [label, share])).toEqual([
    ['a', 1],
    ['b', 0.25],
    ['c', 0.125],
  ]);
  expect(rows[0]).toMatchObject({ together: ['d'], accumulated: '0.6', local: '' });
  const byError = sensitivityRows(found, 'sqnr');
  expect(byError.map(({ label }) => label)).toEqual(['b', 'a', 'c']);
  // The layers were accumulated in another order.
  expect(byError.every(({ accumulated }) => accumulated === '')).toBe(true);
});

it('draws only layers that were measured together, and nothing before all layers are', () => {
  expect(accumulatedPoints(found).map(({ layers, value }) => [layers, value])).toEqual([
    [1, 0.05],
    [3, 0.6],
  ]);
  expect(accumulatedPoints({ ...found, count: 4 })).toEqual([]);
});

it('ranks by the cosine of embeddings, if outputs are embeddings', () => {
  const embedded = (name: string, cosineLoss: number) =>
    layer(name, 0, 20, { output: { kl: null, sqnrDb: 20, cosineLoss } });
  const rows = sensitivityRows({ ...found, layers: [embedded('a', 0.001), embedded('b', 0.004)] }, 'kl');
  expect(rows.map(({ label, share, alone }) => [label, share, alone])).toEqual([
    ['b', 1, '8.9\u00a0%'],
    ['a', 0.25, '4.5\u00a0%'],
  ]);
});
