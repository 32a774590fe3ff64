import { expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Node } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { resolveOptions } from './options';
import { findPass, passById, passes } from './registry';
import { passContext } from './testing/pass-context';

it('finds every pass by its id, and none that only a later Pareto knows', () => {
  for (const pass of passes) expect(findPass(pass.id)).toBe(pass);
  for (const unknown of ['from-the-future', 'constructor', '']) {
    expect(findPass(unknown)).toBeUndefined();
    expect(() => passById(unknown)).toThrow(`There is no pass “${unknown}”.`);
  }
});

it.each(passes)('$id takes its own defaults, and describes each option', (pass) => {
  const defaults = Object.fromEntries(Object.entries(pass.options).map(([name, spec]) => [name, spec.default]));
  expect(resolveOptions(pass, defaults)).toEqual(defaults);
  for (const { label, explanation } of Object.values(pass.options)) expect([label, explanation]).not.toContain('');
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
/** These passes accept any graph, and change nothing if there is nothing to do. */
const takeAnything: ReadonlySet<string> = new Set(['simplify', 'convert-opset', 'convert-float16']);

it.each(passes.map(({ id }) => id).filter((id) => !takeAnything.has(id)))(
  '%s describes its target if it finds none',
  async (id) => {
    const pass = passById(id);
    const outcome = await pass.run(oneNode(node('Abs', ['x'], ['y'])), resolveOptions(pass, {}), passContext());
    expect(outcome.changes).toEqual([]);
    expect(outcome.refusals.map(({ reason }) => reason).join(' ')).toMatch(/\.$/);
  },
);

it.each(['quantize-weights', 'prune-channels'])('%s sends quantized models to restore-float', async (id) => {
  const pass = passById(id);
  const quantized = oneNode(node('DequantizeLinear', ['stored', 'scale'], ['w']), node('MatMul', ['x', 'w'], ['y']));
  const { refusals } = await pass.run(quantized, resolveOptions(pass, {}), passContext());
  expect(refusals.map(({ reason }) => reason)).toContain('The model is already quantized. Run restore-float first.');
});
