import { expect, it } from 'vitest';
import { dataOf, features, filesOf, mapping, signalOf, tensor, x } from '../evaluation/testing/made-evaluation';
import { graph, node, valueInfo } from '../../engine/onnx/testing/build';
import { createInProcessHost } from '../node/testing/in-process-host';
import { evaluateParts } from './evaluate-parts';

const part = (name: string, op: string, input: string, output: string) => ({
  name,
  files: filesOf(
    graph({
      nodes: [node(op, [input], [output])],
      inputs: [valueInfo(input, ['batch', 3])],
      outputs: [valueInfo(output, ['batch', 3])],
    }),
  ),
});
const parts = [part('first', 'Relu', 'x', 'a'), part('last', 'Neg', 'a', 'y')];
const side = (name: string) => ({ name, dtype: 'float32', shape: [null, 3] }) as const;

function evaluateRows(samples: number, isUsable: (index: number) => boolean) {
  const valuesOf = (index: number) => (isUsable(index) ? { x: tensor(features(index), [3]) } : 'no row');
  const dataset = dataOf({ fields: [x], samples, valuesOf });
  const indices = Array.from({ length: samples }, (_, index) => index);
  const work = { kind: 'chain', order: ['first', 'last'], inputs: [side('x')], outputs: [side('y')] } as const;
  const request = { original: parts, variant: parts, work, dataset, indices, mapping, inputs: [side('x')], threads: 1 };
  return evaluateParts(signalOf(new AbortController()), createInProcessHost(), request, () => {});
}

it('counts samples that cannot be used, and names the first of them', async () => {
  const found = await evaluateRows(60, (index) => index % 2 === 0);
  expect(found).toMatchObject({ samples: 30, skipped: 30, outputMatch: { identical: true } });
  expect(found.skippedSamples).toHaveLength(20);
  expect(found.skippedSamples[0]).toEqual({ place: 'row 1 of made.npz', reason: 'no row' });
});

it('refuses data of which no sample can be used', async () => {
  await expect(evaluateRows(2, () => false)).rejects.toMatchObject({
    code: 'evaluate/no-samples',
    message: 'None of the 2 samples of made.npz can be used. The first: row 0 of made.npz: no row',
  });
});
