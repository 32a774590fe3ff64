import { expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Node } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { resolveOptions } from './options';
import { findPass, passById, passes } from './registry';
import { passContext } from './testing/pass-context';

it('finds every pass by its id of now and of before, and none that only a later Pareto knows', () => {
  for (const pass of passes) expect(findPass(pass.id)).toBe(pass);
  expect(findPass('prune-magnitude')?.id).toBe('prune-weights');
  for (const unknown of ['from-the-future', 'constructor', '']) {
    expect(findPass(unknown)).toBeUndefined();
    expect(() => passById(unknown)).toThrow(`There is no pass “${unknown}”.`);
  }
});

const shape = [1, 4];
const oneNode = (...nodes: readonly Node[]) =>
  model(
    graph({
      nodes,
      inputs: [valueInfo('x', shape)],
      outputs: [valueInfo('y', shape)],
      initializers: [
        createTensor({
          name: 'stored',
          dataType: DataType.int8,
          dims: [4, 4],
          bytes: Int8Array.from({ length: 16 }, (_, at) => at - 8),
        }),
        floatTensor('scale', [], [0.1]),
      ],
    }),
  );
/** They have something to say of any graph, or nothing where it is as they would leave it. */
const takeAnything: ReadonlySet<string> = new Set(['simplify', 'convert-opset', 'convert-float16']);

it.each(passes.map(({ id }) => id).filter((id) => !takeAnything.has(id)))(
  '%s says what it looks for where it finds nothing',
  async (id) => {
    const pass = passById(id);
    const outcome = await pass.run(oneNode(node('Abs', ['x'], ['y'])), resolveOptions(pass, {}), passContext());
    expect(outcome.changes).toEqual([]);
    expect(outcome.refusals.map(({ reason }) => reason).join(' ')).toMatch(/\.$/);
  },
);

it.each(['quantize-weights', 'prune-channels'])('%s sends the quantized back to the float model', async (id) => {
  const pass = passById(id);
  const quantized = oneNode(node('DequantizeLinear', ['stored', 'scale'], ['w']), node('MatMul', ['x', 'w'], ['y']));
  const { refusals } = await pass.run(quantized, resolveOptions(pass, {}), passContext());
  expect(refusals.map(({ reason }) => reason)).toContain(
    'The model is already quantized. Start with the float32 model.',
  );
});
