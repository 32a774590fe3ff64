import { describe, expect, it } from 'vitest';
import { resolveRecipe } from '../recipe/pipeline';
import { bySensitivity, layersTaken, sensitivityRecipe, type LayerSensitivity } from './sensitivity';

const layer = (path: string, kl: number | null, sqnrDb: number): LayerSensitivity => ({
  path,
  op: 'Conv',
  output: { kl, sqnrDb },
});
const inOrder = (layers: readonly LayerSensitivity[], metric: 'kl' | 'sqnr') =>
  bySensitivity(layers, metric).map(({ path }) => path);

describe('the sensitivity of layers', () => {
  it('is told of one layer by a recipe that changes nothing else', () => {
    const [step] = resolveRecipe(sensitivityRecipe({ technique: 'quantize-weights', bits: 4 }, 'conv'));
    expect(step?.step.options).toMatchObject({ bits: '4', method: 'rtn', include: ['conv'], bitsByLayer: { conv: 4 } });
    for (const technique of ['quantize-weights', 'quantize-static'] as const) {
      expect(() => resolveRecipe(sensitivityRecipe({ technique, bits: 8 }))).not.toThrow();
    }
  });

  it('puts the most sensitive first, by the figure that is asked for', () => {
    const layers = [layer('a', 0.001, 10), layer('b', 0.1, 30), layer('c', 0.01, 20)];
    expect(inOrder(layers, 'kl')).toEqual(['b', 'c', 'a']);
    expect(inOrder(layers, 'sqnr')).toEqual(['a', 'c', 'b']);
  });

  it('takes layers with weights that the technique changed, in the order of the model', () => {
    const nodes = [
      { path: 'relu', parameters: 0 },
      { path: 'conv', parameters: 9 },
      { path: 'gemm', parameters: 0, sharedParameters: 4 },
      { path: 'left', parameters: 4 },
    ];
    const changes = ['gemm', 'conv', 'relu', 'graph'].map((path) => ({ path, op: '', what: '' }));
    expect(layersTaken(nodes, [{ changes }]).map(({ path }) => path)).toEqual(['conv', 'gemm']);
  });
});
