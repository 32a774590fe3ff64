/** Models whose requests may run together, and those whose rows belong to nobody, on ONNX Runtime. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { DataType } from '../../engine/onnx/data-type';
import type { Graph, Node } from '../../engine/onnx/graph';
import { createTensor } from '../../engine/onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createSeededRandom } from '../../engine/seeded-random';
import { runsAlone } from '../../engine/serving/batch-verdict';
import { proveBatching } from '../serving/prove-batching';
import { textsWithMask } from '../../engine/serving/testing/texts-with-mask';
import { createInProcessHost } from './testing/in-process-host';

async function verdictOf(given: Partial<Graph> | string) {
  const bytes =
    typeof given === 'string'
      ? await readFile(new URL(`../../../public/samples/${given}`, import.meta.url))
      : joinParts(encodeModel(model(graph(given), { opset: 17 })));
  const files = { model: new Blob([bytes as Uint8Array<ArrayBuffer>]), name: 'model.onnx', externalData: [] };
  return proveBatching(new AbortController().signal, createInProcessHost(), files);
}

const random = createSeededRandom(3);
const rows = (nodes: readonly Node[], initializers: Graph['initializers'] = []): Partial<Graph> => ({
  nodes,
  initializers,
  inputs: [valueInfo('x', ['N', 16])],
  outputs: [valueInfo('y', ['N', 16])],
});
const weight = floatTensor(
  'w',
  [16, 16],
  Array.from({ length: 256 }, () => 2 * random.next() - 1),
);

it.each([
  ['fashion-cnn.onnx', 'fashion-cnn.onnx'],
  ['a product', rows([node('MatMul', ['x', 'w'], ['y'])], [weight])],
  [
    'static int8, whose rounding may tip',
    rows(
      [
        node('QuantizeLinear', ['x', 'scale', 'zero'], ['q']),
        node('DequantizeLinear', ['q', 'scale', 'zero'], ['d']),
        node('MatMul', ['d', 'w'], ['y']),
      ],
      [
        weight,
        floatTensor('scale', [], [0.01]),
        createTensor({ name: 'zero', dataType: DataType.uint8, dims: [], bytes: Uint8Array.of(128) }),
      ],
    ),
  ],
])('joins the requests of %s', async (_, given) => {
  const verdict = await verdictOf(given);
  expect(verdict).toMatchObject({
    joining: 'independent',
    reason: '4 random inputs had the same outputs batched as alone.',
  });
  expect(runsAlone(verdict)).toBe(false);
});

it.each<[string, Partial<Graph>, RegExp]>([
  [
    'scores between two free batches',
    {
      nodes: [node('Transpose', ['texts'], ['t'], { perm: [1n, 0n] }), node('MatMul', ['images', 't'], ['logits'])],
      inputs: [valueInfo('images', ['image_batch', 16]), valueInfo('texts', ['text_batch', 16])],
      outputs: [valueInfo('logits', ['image_batch', 'text_batch'])],
    },
    /^Output “logits” is \[4, 4\] for 4 batched inputs and \[1, 1\] for one, so it has no row for each request\.$/,
  ],
  [
    'boxes that were found',
    {
      nodes: [
        node('Greater', ['x', 'zero'], ['above']),
        node('NonZero', ['above'], ['found']),
        node('Transpose', ['found'], ['boxes']),
      ],
      initializers: [floatTensor('zero', [], [0])],
      inputs: [valueInfo('x', ['N', 16])],
      outputs: [valueInfo('boxes', ['num_found', 2], DataType.int64)],
    },
    /^Output “boxes” is \[\d+, 2\] for 4 batched inputs/,
  ],
  [
    'a softmax over the requests',
    rows([node('Softmax', ['x'], ['y'], { axis: 0n })]),
    /^Outputs of batched requests differ from single requests by up to [\d.]+\s?%/,
  ],
  [
    'a size that is written into the graph',
    rows([node('Reshape', ['x', 'shape'], ['y'])], [int64Tensor('shape', [2], [1, 16])]),
    /^4 inputs batched along the first dimension failed to run: /,
  ],
])('runs requests alone that would get %s', async (_, given, reason) => {
  const verdict = await verdictOf(given);
  expect(verdict.joining).toBe('dependent');
  expect(verdict.reason).toMatch(reason);
  expect(runsAlone(verdict)).toBe(true);
});

it('says by how much one scale for all rows changes answers', async () => {
  const stored = { dataType: DataType.int8, dims: [16, 16] } as const;
  const verdict = await verdictOf(
    rows(
      [
        node('DynamicQuantizeLinear', ['x'], ['q', 'scale', 'zero']),
        node('MatMulInteger', ['q', 'wq', 'zero'], ['sums']),
        node('Cast', ['sums'], ['floats'], { to: 1n }),
        node('Mul', ['floats', 'scale'], ['y']),
      ],
      [
        createTensor({
          name: 'wq',
          ...stored,
          bytes: Int8Array.from({ length: 256 }, () => 254 * random.next() - 127),
        }),
      ],
    ),
  );
  expect(verdict.joining).toBe('approximate');
  expect(verdict.reason).toMatch(
    /^Batched requests change each other's outputs.*cosine 0\.9\d+\) on 4 random inputs\.$/,
  );
  expect(verdict.measured!.relativeError).toBeGreaterThan(1e-3);
  expect(runsAlone(verdict)).toBe(true);
});

it('joins nothing if different inputs have the same outputs, since no influence would show', async () => {
  const verdict = await verdictOf(rows([node('Mul', ['x', 'nothing'], ['y'])], [floatTensor('nothing', [], [0])]));
  expect(verdict).toMatchObject({ joining: 'untested', reason: expect.stringMatching(/the same outputs/) as string });
});

it.each([
  [valueInfo('x', [4, 16]), 'The first dimension of input “x” is fixed at 4. Requests run one by one.'],
  [valueInfo('x', []), 'Input “x” is a scalar and has no batch dimension. Requests run one by one.'],
])('needs a free first dimension', async (input, reason) => {
  const verdict = await verdictOf({
    nodes: [node('Relu', ['x'], ['y'])],
    inputs: [input],
    outputs: [valueInfo('y', null)],
  });
  expect(verdict).toEqual({ joining: 'fixed', reason, measured: null });
});

it('pads texts only if the mask makes padded and unpadded outputs equal', async () => {
  const masked = await verdictOf(textsWithMask(true));
  expect(masked).toMatchObject({
    joining: 'independent',
    padding: { padding: { inputs: ['ids', 'mask'], outputs: ['tokens'] } },
  });
  const { padding } = await verdictOf(textsWithMask(false));
  expect(padding?.padding).toBeNull();
  expect(padding?.reason).toMatch(/^Padding changes outputs by up to \d+\.\d\s%, so only texts of equal length/);
  // Numbers without a mask are no texts.
  expect(await verdictOf(rows([node('MatMul', ['x', 'w'], ['y'])], [weight]))).not.toHaveProperty('padding');
});
