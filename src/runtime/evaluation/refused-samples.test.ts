import { describe, expect, it } from 'vitest';
import { DataType } from '../../engine/onnx/data-type';
import { createTensor } from '../../engine/onnx/tensor';
import { graph, node, valueInfo } from '../../engine/onnx/testing/build';
import { dataOf, evaluateHere as evaluate, filesOf, labels, labelValue, samples } from './testing/made-evaluation';

describe('samples that the runtime refuses', () => {
  const table = createTensor({
    name: 'w',
    dataType: DataType.float32,
    dims: [3, 3],
    bytes: new Float32Array(9).fill(1),
  });
  const lookup = filesOf(
    graph({
      nodes: [node('Gather', ['w', 'x'], ['y'])],
      initializers: [table],
      inputs: [valueInfo('x', ['N'], DataType.int64)],
      outputs: [valueInfo('y', ['N', 3])],
    }),
  );
  const idsOf = (isKnown: (index: number) => boolean) =>
    dataOf({
      fields: [{ ...labels, name: 'x' }, labels],
      valuesOf: (index) => ({ x: labelValue(isKnown(index) ? index % 3 : 99), labels: labelValue(index % 3) }),
    });
  const models = ['original', 'variant'].map((id) => ({ id, files: lookup }));

  it('are skipped by name, and the others of their batch are evaluated', async () => {
    const [original, variant] = await evaluate({ models, dataset: idsOf((index) => index !== 0 && index !== 70) });
    expect(original).toMatchObject({ samples: samples - 2, skipped: 2, batch: 64 });
    expect(variant).toMatchObject({ samples: samples - 2, outputMatch: { samples: samples - 2, identical: true } });
    expect(original?.skippedSamples.map(({ place }) => place)).toEqual([
      'sample 0 of made.npz',
      'sample 70 of made.npz',
    ]);
    expect(original?.skippedSamples[0]?.reason).toMatch(/^An input index is out of range.*idx=99/);
  });

  it('end the evaluation if the first ones are all refused', async () => {
    await expect(evaluate({ models, dataset: idsOf((index) => index > 100) })).rejects.toMatchObject({
      code: 'evaluate/original',
      message: expect.stringContaining('An input index is out of range'),
    });
  });
});
