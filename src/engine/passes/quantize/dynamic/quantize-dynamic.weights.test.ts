/** Tests which values quantize-dynamic takes for weights, and what it reports about the others. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../../onnx/check';
import { DataType } from '../../../onnx/data-type';
import type { Graph, Model, Node } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import type { PassOutcome } from '../../pass';
import { quantizeDynamic } from './quantize-dynamic';
import { testContext } from '../../testing/pass-context';

const square = [3, 3];
const matrix = (name: string) => floatTensor(name, square, [1, -2, 3, -4, 5, -6, 7, -8, 9]);
const integerProduct = ['DynamicQuantizeLinear', 'MatMulInteger', 'Cast', 'Mul', 'Mul'];

function product(name: string, input = 'x', weight = 'w'): Node {
  return node('MatMul', [input, weight], [`${name}_out`], {}, { name });
}

/** A value that no node reads is an output. */
function modelOf(nodes: readonly Node[], parts: Partial<Graph> = {}, overrides = {}): Model {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const outputs = nodes.flatMap((entry) => entry.outputs.filter((name) => !read.has(name)));
  return model(
    graph({
      ...{ nodes, initializers: [matrix('w')], inputs: [valueInfo('x', square)] },
      outputs: outputs.map((name) => valueInfo(name, null)),
      ...parts,
    }),
    overrides,
  );
}

async function run(original: Model): Promise<PassOutcome> {
  const outcome = await quantizeDynamic.run(original, resolveOptions(quantizeDynamic, {}), testContext());
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const ops = ({ model: { graph: result } }: PassOutcome) => result!.nodes.map(({ opType }) => opType);
const initializerNames = (outcome: PassOutcome) => outcome.model.graph!.initializers.map(({ name }) => name);
const codes = (outcome: PassOutcome) => outcome.refusals.map(({ path, code }) => `${path}: ${code}`);

describe('weights of quantize-dynamic', () => {
  it('finds weights that are shared through Identity, and removes unused ones', async () => {
    const nodes = [
      node('Identity', ['w'], ['again'], {}, { name: 'share' }),
      node('Identity', ['again'], ['once more'], {}, { name: 'share twice' }),
      product('a', 'x', 'again'),
      product('b', 'a_out', 'once more'),
    ];
    const outcome = await run(modelOf(nodes));
    expect(outcome.refusals).toEqual([]);
    expect(ops(outcome)).toEqual([...integerProduct, ...integerProduct]);
    expect(initializerNames(outcome)).toEqual(['w_scale', 'w_zero_point', 'w_quantized']);
  });

  it('keeps an Identity of a weight for a float reader', async () => {
    const nodes = [product('a'), node('Identity', ['w'], ['again']), node('Add', ['a_out', 'again'], ['y'])];
    const outcome = await run(modelOf(nodes));
    expect(ops(outcome)).toEqual([...integerProduct, 'DequantizeLinear', 'Identity', 'Add']);
  });

  it('refuses a weight without elements', async () => {
    const original = modelOf([product('fc')], {
      initializers: [floatTensor('w', [0, 4], [])],
      inputs: [valueInfo('x', [2, 0])],
    });
    const outcome = await run(original);
    expect(codes(outcome)).toEqual(['graph/fc: empty']);
    expect(outcome.model).toBe(original);
  });

  it('counts the dimensions of a weight of the wrong rank', async () => {
    const outcome = await run(modelOf([product('fc')], { initializers: [floatTensor('w', [3], [1, 2, 3])] }));
    expect(outcome.refusals.map(({ reason }) => reason)).toEqual(['The weight "w" has 1 dimension.']);
  });

  it('names weights as quantized or only converted', async () => {
    const nodes = [
      node('DequantizeLinear', ['q', 's'], ['d']),
      node('Cast', ['half'], ['c'], { to: 1n }),
      product('quantized', 'x', 'd'),
      product('converted', 'x', 'c'),
      product('left', 'c', 'x'),
    ];
    const q = createTensor({ name: 'q', dataType: DataType.int8, dims: square, bytes: new Int8Array(9) });
    const half = createTensor({ name: 'half', dataType: DataType.bfloat16, dims: square, bytes: new Uint16Array(9) });
    const outcome = await run(modelOf(nodes, { initializers: [q, half, floatTensor('s', [], [1])] }));
    expect(outcome.refusals.map(({ reason }) => reason)).toEqual([
      'The weight "d" is already quantized (DequantizeLinear). Run restore-float first.',
      'Cast computes the weight "c" from constants. Run simplify first to store it.',
      'The weight is the left operand "c"; only the right one can be quantized.',
    ]);
  });

  it('says of its own output that it is quantized already', async () => {
    const once = await run(modelOf([product('fc')]));
    const twice = await run(once.model);
    expect(twice.model).toBe(once.model);
    expect(twice.refusals.map(({ op, code }) => [op, code])).toEqual([['MatMulInteger', 'already-quantized']]);
  });

  it('keeps a weight that a caller may override, also as an activation', async () => {
    const inputs = [valueInfo('x', square), valueInfo('w', square)];
    const original = modelOf([product('fc')], { inputs });
    const outcome = await run(original);
    expect(codes(outcome)).toEqual(['graph/fc: overridable']);
    expect(outcome.model).toBe(original);
    const initializers = [matrix('w'), matrix('v')];
    const nodes = [product('as activation', 'w', 'v'), node('Add', ['as activation_out', 'w'], ['y'])];
    const kept = await run(modelOf(nodes, { inputs, initializers }));
    expect(kept.model.graph!.inputs.map(({ name }) => name)).toEqual(['x', 'w']);
    expect(initializerNames(kept)[0]).toBe('w');
    expect(ops(kept)).toEqual([...integerProduct, 'Add']);
    const old = await run(modelOf([product('fc')], { inputs }, { irVersion: 3n }));
    expect(old.changes).toHaveLength(1);
  });
});
