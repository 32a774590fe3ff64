import { expect, it } from 'vitest';
import { inspect } from '../engine/analysis/inspect';
import { floatTensor, graph, model, node, valueInfo } from '../engine/onnx/testing/build';
import { wishOfGoal } from './optimize';

it('counts the data files of a model for the recipe of a goal', () => {
  const product = graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    initializers: [
      floatTensor(
        'w',
        [200, 200],
        Array.from({ length: 200 * 200 }, () => 1),
      ),
    ],
    inputs: [valueInfo('x', [1, 200])],
    outputs: [valueInfo('y', [1, 200])],
  });
  const inspection = inspect(model(product), { name: 'net.onnx', sizeBytes: 1000, sha256: '' });
  const passesOf = (originalBytes: number) => {
    const given = { hasData: false, seed: undefined };
    const { recipe } = wishOfGoal('faster-wasm', { inspection, originalBytes }, given, () => undefined);
    return recipe.steps.map(({ pass }) => pass);
  };
  expect(passesOf(1000)).toEqual(['simplify']);
  expect(passesOf(1000 + 4 * 200 * 200)).toEqual(['quantize-dynamic']);
});
