import { expect, it } from 'vitest';
import type { Inference } from '../../inference';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { resolveOptions } from '../options';
import { passContext } from '../testing/pass-context';
import { factorize } from './factorize';

const product = model(
  graph({
    nodes: [
      node('Tanh', ['x'], ['a'], {}, { name: 'a' }),
      node('MatMul', ['a', 'w'], ['b'], {}, { name: 'product' }),
      node('Tanh', ['b'], ['y'], {}, { name: 'y' }),
    ],
    initializers: [
      floatTensor(
        'w',
        [16, 16],
        Float32Array.from({ length: 256 }, (_, at) => Math.sin(at * at)),
      ),
    ],
    inputs: [valueInfo('x', [4, 16])],
    outputs: [valueInfo('y', [4, 16])],
  }),
);

const options = resolveOptions(factorize, { onlyFaster: true });

it('runs each layer alone against the two in its place, and keeps those that are faster', async () => {
  const opened: string[] = [];
  const inference: Pick<Inference, 'open'> = {
    async open(_, { graph: alone }) {
      const types = alone!.nodes.map(({ opType }) => opType);
      opened.push(`${alone!.inputs.map(({ name }) => name).join()}: ${types.join()}`);
      return {
        run: async () => ({}),
        time: async (runs) => runs * (types.length === 1 ? 4 : 2),
        read: async () => ({}),
        close: () => undefined,
      };
    },
  };
  const context = passContext({ inference: inference as Inference });
  const { changes, refusals } = await factorize.run(product, options, context);
  expect(opened).toEqual(['a: MatMul', 'a: MatMul,MatMul']);
  expect(refusals.map(({ code }) => code)).not.toContain('not-faster');
  expect(changes.length).toBeGreaterThan(0);
});

it('says of layers that do not run by themselves that none was timed, and why', async () => {
  const inference: Pick<Inference, 'open'> = { open: () => Promise.reject(new Error('no memory')) };
  const context = passContext({ inference: inference as Inference });
  const { changes, refusals } = await factorize.run(product, options, context);
  expect(changes.length).toBeGreaterThan(0);
  expect(refusals.at(-1)!.reason).toBe('Layers could not run separately, so none was timed: no memory');
});
