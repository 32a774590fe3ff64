import { expect, it } from 'vitest';
import { inspect } from '../../src/engine/analysis/inspect';
import { floatTensor, graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';
import type { Invocation } from '../command';
import { recipeOfGoal } from './recipe-options';

it('counts the data files of a model for its goal', () => {
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
    const given = { values: {} } as unknown as Invocation;
    return recipeOfGoal(given, 'faster-wasm', { inspection, originalBytes }, false).recipe.steps.map(
      ({ pass }) => pass,
    );
  };
  expect(passesOf(1000)).toEqual(['simplify']);
  expect(passesOf(1000 + 4 * 200 * 200)).toEqual(['quantize-dynamic']);
});
