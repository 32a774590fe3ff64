import { describe, expect, it } from 'vitest';
import { resolveRecipe } from '../recipe/pipeline';
import {
  accumulatedBySet,
  bySensitivity,
  describeUnit,
  groupsTaken,
  layersSpared,
  layersTaken,
  setKey,
  taskDropOf,
  type LayerSensitivity,
  type SensitivityMetric,
} from './sensitivity';
import { sensitivityRecipe, sensitivityTechnique, sensitivityTechniques, techniqueOf } from './sensitivity-techniques';

const layer = (path: string, kl: number | null, sqnrDb: number, drop?: number): LayerSensitivity => ({
  path,
  op: 'Conv',
  local: { sqnrDb: 40 },
  output: { kl, sqnrDb },
  ...(drop !== undefined && { task: { of: 'accuracy', drop, interval: [drop, drop], samples: 256 } }),
});
const inOrder = (layers: readonly LayerSensitivity[], metric: SensitivityMetric) =>
  bySensitivity(layers, metric).map(({ path }) => path);

describe('the techniques of sensitivity', () => {
  it('change one layer by a recipe that changes nothing else, or all', () => {
    for (const technique of sensitivityTechniques) {
      expect(techniqueOf({ technique: technique.pass, ...(technique.bits && { bits: technique.bits }) })).toBe(
        technique,
      );
      expect(() => resolveRecipe(sensitivityRecipe(technique, [], []))).not.toThrow();
      const [step] = resolveRecipe(sensitivityRecipe(technique, ['conv'], ['conv', 'gemm']));
      const own = technique.of === 'layers' ? { include: ['conv'] } : { ratioByGroup: { conv: 0.3, gemm: 0 } };
      expect(step?.step.options).toMatchObject(own);
    }
    const [step] = resolveRecipe(sensitivityRecipe(sensitivityTechnique('4-bit-weights'), ['conv'], ['conv']));
    expect(step?.step.options).toMatchObject({ bits: '4', method: 'rtn', bitsByLayer: { conv: 4 } });
  });

  it('take layers with weights that the pass changed, in the order of the model', () => {
    const nodes = [
      { path: 'relu', op: 'Relu', parameters: 0 },
      { path: 'conv', op: 'Conv', parameters: 9 },
      { path: 'gemm', op: 'Gemm', parameters: 0, sharedParameters: 4 },
      { path: 'left', op: 'Conv', parameters: 4 },
    ];
    const changes = ['gemm', 'conv', 'relu', 'graph'].map((path) => ({ path, op: '', what: '' }));
    expect(layersTaken(nodes, [{ changes }]).map(({ path }) => path)).toEqual(['conv', 'gemm']);
  });

  it('take groups of channels that may go, each with all layers that give them', () => {
    const group = (id: string, giving: readonly string[], reason?: string) => ({
      ...{ id, giving, nodes: [...giving, 'reader'], channels: 8, kept: 4 },
      ...(reason !== undefined && { reason }),
    });
    const nodes = ['a', 'b', 'c'].map((path) => ({ path, op: 'Conv' }));
    const groups = [
      group('a', ['a', 'b']),
      group('c', ['c']),
      group('a', ['a', 'c']),
      group('b', ['b'], 'It is single.'),
    ];
    expect(groupsTaken(nodes, { groups })).toEqual([
      { path: 'a', op: 'Conv', together: ['b', 'c'] },
      { path: 'c', op: 'Conv' },
    ]);
  });
});

describe('the sensitivity of layers', () => {
  it('is told of a layer with how many others are changed along', () => {
    expect(describeUnit({ path: 'conv' })).toBe('conv');
    expect(describeUnit({ path: 'conv', together: ['next'] }, '`')).toBe('`conv` and 1 layer with it');
  });

  it('puts the most sensitive first, by the figure that is asked for', () => {
    const layers = [layer('a', 0.001, 10, 0), layer('b', 0.1, 30, -0.01), layer('c', 0.01, 20, 0)];
    expect(inOrder(layers, 'kl')).toEqual(['b', 'c', 'a']);
    expect(inOrder(layers, 'sqnr')).toEqual(['a', 'c', 'b']);
    expect(inOrder(layers, 'task')).toEqual(['c', 'a', 'b']);
  });

  it('accumulates all of few layers, and of many all but the 1, 2, 4, 8… most sensitive', () => {
    expect([1, 2, 3, 5].map(layersSpared)).toEqual([[], [], [1], [1, 2, 3]]);
    expect(layersSpared(40)).toEqual([1, 2, 4, 8, 16, 32]);
  });

  it('finds measurements of sets of layers in any order', () => {
    const together = { kl: 0.2, sqnrDb: 9 };
    const found = accumulatedBySet([
      layer('a', 1, 1),
      { ...layer('b', 1, 1), accumulated: together },
      layer('c', 1, 1),
    ]);
    expect(found.get(setKey([layer('c', 1, 1), layer('b', 1, 1)]))).toBe(together);
    expect(found.get(setKey([layer('b', 1, 1)]))).toBeUndefined();
  });

  it('reports the loss of the task by labels or predictions, never by outputs', () => {
    const loss = { value: 0.02, interval: [0.01, 0.03], samples: 256, inputs: 'data' } as const;
    expect(taskDropOf({ of: 'answers', ...loss })).toEqual({
      of: 'answers',
      drop: 0.02,
      interval: [0.01, 0.03],
      samples: 256,
    });
    expect(taskDropOf({ of: 'outputs', ...loss, interval: null })).toBeUndefined();
  });
});
