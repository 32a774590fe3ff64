import { expect, it } from 'vitest';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { DataType } from '../../engine/onnx/data-type';
import { createTensor } from '../../engine/onnx/tensor';
import { graph, node, valueInfo } from '../../engine/onnx/testing/build';
import { dataOf, evaluateHere as evaluate, filesOf, labels, labelValue, tensor, x } from './testing/made-evaluation';

/** One logit: the first feature. It is wrong about every tenth of 40 samples. */
const logit = filesOf(
  graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    initializers: [
      createTensor({ name: 'w', dataType: DataType.float32, dims: [3, 1], bytes: Float32Array.of(1, 0, 0) }),
    ],
    inputs: [valueInfo('x', ['N', 3])],
    outputs: [valueInfo('y', ['N', 1])],
  }),
);
const dataset = dataOf({
  fields: [x, labels],
  samples: 40,
  valuesOf(index) {
    const truth = index % 2 === 0 ? 1 : -1;
    const answer = index % 10 === 0 ? -truth : truth;
    return { x: tensor(Float32Array.of(answer * 2.5, 0, 0), [3]), labels: labelValue(truth) };
  },
});
const mapping: DataMapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } };
const accuracyWith = async (task?: DataMapping['task']) => {
  const models = [{ id: 'original', files: logit }];
  const [result] = await evaluate({ dataset, mapping: { ...mapping, ...(task && { task }) }, models });
  return result!.accuracy!;
};

it('proposes yes or no for labels of −1 and 1, and that counts correct predictions', async () => {
  const { task, warnings } = await accuracyWith();
  expect(task.kind).toBe('regression');
  expect(warnings).toMatchObject([{ code: 'two-values' }]);
  const proposed = warnings![0]!.task!;
  expect(proposed).toEqual({ kind: 'binary', output: 'y', threshold: 0, positive: '1' });
  const evaluated = await accuracyWith(proposed);
  expect(evaluated.metrics.accuracy?.value).toBe(36 / 40);
  expect(evaluated.warnings).toBeUndefined();
});

it('does not question a task that was chosen', async () => {
  expect((await accuracyWith({ kind: 'regression', output: 'y' })).warnings).toBeUndefined();
});
