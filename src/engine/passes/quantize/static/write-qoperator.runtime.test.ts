import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { Feeds } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from './quantize-static';

const inference = createInProcessInference();
const feeds: Feeds = { x: { dtype: 'float32', dims: [1, 1, 2, 2], data: Float32Array.of(-1, 0.25, 0.5, 1) } };

it('gives each layer that adds a bias its own integers of it', async () => {
  const twice = model(
    graph({
      nodes: [
        node('Conv', ['x', 'small', 'bias'], ['h'], {}, { name: 'first' }),
        node('Conv', ['h', 'large', 'bias'], ['y'], {}, { name: 'second' }),
      ],
      initializers: [
        floatTensor('small', [1, 1, 1, 1], [0.1]),
        floatTensor('large', [1, 1, 1, 1], [3]),
        floatTensor('bias', [1], [0.5]),
      ],
      inputs: [valueInfo('x', [1, 1, 2, 2])],
      outputs: [valueInfo('y', [1, 1, 2, 2])],
    }),
  );
  const data = {
    fingerprint: '',
    samples: 1,
    async *feeds() {
      yield feeds;
    },
  };
  const options = resolveOptions(quantizeStatic, { format: 'qoperator' });
  const { model: made } = await quantizeStatic.run(twice, options, passContext({ inference, data }));
  expect(made.graph!.nodes.filter(({ opType }) => opType === 'QLinearConv')).toHaveLength(2);
  const { y } = await runOnce(inference, new AbortController().signal, made, feeds);
  const expected = [-1, 0.25, 0.5, 1].map((value) => 3 * (0.1 * value + 0.5) + 0.5);
  for (const [at, value] of expected.entries()) expect(Number(y!.data[at])).toBeCloseTo(value, 1);
});
