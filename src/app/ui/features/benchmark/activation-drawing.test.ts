import { expect, it } from 'vitest';
import { inspect } from '../../../../engine/analysis/inspect';
import { graph, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import { drawActivations } from './ActivationChart';

const file = { name: 'm.onnx', sizeBytes: 1, sha256: '' };

/** A chain whose first value is read once more at the end. */
function chain(length: number, size: number | string) {
  const nodes = Array.from({ length }, (_, index) => node('Relu', [`v${index}`], [`v${index + 1}`]));
  return inspect(
    model(
      graph({
        nodes: [...nodes, node('Add', [`v${length}`, 'v1'], ['y'])],
        inputs: [valueInfo('v0', [size])],
        outputs: [valueInfo('y', [size])],
      }),
    ),
    file,
  );
}

it('shows live values while each node runs, and names those at the peak', () => {
  const { peak, points, table } = drawActivations(chain(3, 10))!;
  // v0 stays, v1 is read at the end.
  expect(points.map(({ bytes }) => bytes)).toEqual([80, 120, 160, 160]);
  expect(peak.replaceAll('\u00a0', ' ')).toBe(
    'The peak is 160 bytes while Relu_2 runs: v0 (40 bytes), v1 (40 bytes), v2 (40 bytes) and 1 more.',
  );
  expect(table.rows.map(([name, alive]) => [name!.text, alive!.value])).toEqual([
    ['Relu_0', 80],
    ['Relu_1', 120],
    ['Relu_2', 160],
    ['Add_3', 160],
  ]);
});

it('counts values that the inspection does not list', () => {
  const values = Array.from({ length: 20 }, (_, index) => valueInfo(`v${index}`, [10]));
  const names = values.map(({ name = '' }) => name);
  const sum = model(graph({ nodes: [node('Sum', names, ['y'])], inputs: values, outputs: [valueInfo('y', [10])] }));
  expect(drawActivations(inspect(sum, file))!.peak).toMatch(/ and 18 more\.$/);
});

it('keeps the peak of a large model in few points, and draws nothing for an open size', () => {
  const { points } = drawActivations(chain(1_500, 10))!;
  expect(points.length).toBeLessThanOrEqual(400);
  expect(Math.max(...points.map(({ bytes }) => bytes))).toBe(160);
  expect(drawActivations(chain(3, 'N'))).toBeNull();
});
