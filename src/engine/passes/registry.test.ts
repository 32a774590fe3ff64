import { expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Node } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { parseOptionAssignment, resolveOptions } from './options';
import { isRemovedOption, removalReason, removedParts } from './removed-parts';
import { findPass, passById, passes, removedPassOf } from './registry';
import { passContext } from './testing/pass-context';

it('finds every pass by its id of now and of before, and none that only a later Pareto knows', () => {
  for (const pass of passes) expect(findPass(pass.id)).toBe(pass);
  expect(findPass('prune-magnitude')?.id).toBe('prune-weights');
  for (const unknown of ['from-the-future', 'constructor', '']) {
    expect(findPass(unknown)).toBeUndefined();
    expect(() => passById(unknown)).toThrow(`There is no pass “${unknown}”.`);
  }
});

it.each(passes)('$id takes its own defaults, and says of each option what it does', (pass) => {
  const defaults = Object.fromEntries(Object.entries(pass.options).map(([name, spec]) => [name, spec.default]));
  expect(resolveOptions(pass, defaults)).toEqual(defaults);
  for (const { label, explanation } of Object.values(pass.options)) expect([label, explanation]).not.toContain('');
});

it.each(removedParts)('gives the reason if a recipe names a removed part: $pass $option $values', (part) => {
  const { pass: id, option, values = ['something'], reason } = part;
  expect(reason).toMatch(/^[^A-Z].*\.$|^(?:Adam|SparseGPT|WebGPU) .*\.$/);
  const spec = option === undefined ? undefined : findPass(id)!.options[option];
  if (option === undefined) expect(findPass(id)).toBeUndefined();
  else if (part.values === undefined) expect(spec).toBeUndefined();
  else if (spec?.kind === 'choice') expect(spec.choices.some(({ value }) => values.includes(value))).toBe(false);
  else expect.unreachable();
  for (const value of values) {
    const options = option === undefined ? {} : { [option]: value };
    expect(removalReason(id, options)).toContain(reason);
    expect(removedPassOf({ pass: id, options })?.id).toBe(id);
    if (option !== undefined) expect(() => resolveOptions(findPass(id)!, options)).toThrow(reason);
  }
  if (part.usual === undefined) return;
  // A removed option that changed nothing is no reason to refuse a step.
  const asItWas = { [option!]: part.usual };
  expect(removedPassOf({ pass: id, options: asItWas })).toBeUndefined();
  expect(resolveOptions(findPass(id)!, asItWas)).toEqual(resolveOptions(findPass(id)!, {}));
});

it('refuses a removed option on the command line, whatever its value', () => {
  expect(isRemovedOption('prune-weights', 'embeddings')).toBe(true);
  expect(isRemovedOption('prune-weights', 'amount')).toBe(false);
  const assign = (text: string) => () => parseOptionAssignment(findPass('prune-weights')!, text);
  expect(assign('embeddings=true')).toThrow('prune-weights has no “embeddings”: small numbers');
  expect(assign('embeddings=false')).toThrow('prune-weights has no option “embeddings”.');
  expect(assign('method=wanda')).toThrow('prune-weights has no “method=wanda”: SparseGPT');
  expect(() => passById('equalize-layers')).toThrow(
    'Pareto has no pass “equalize-layers”: it does not change the accuracy',
  );
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
  '%s says what it looks for where it finds nothing',
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
