import { describe, expect, it } from 'vitest';
import { DataType } from './data-type';
import type { Node, Tensor, ValueInfo } from './graph';
import { inferModel } from './infer';
import { textOfSize } from './size';
import { attribute, floatTensor, graph, int64Tensor, model, node, valueInfo } from './testing/build';

interface Case {
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Tensor[];
  readonly inputs?: readonly ValueInfo[];
  readonly opset?: number;
}

/** Infers the value `y`. */
function inferredOf({ nodes, initializers = [], inputs = [valueInfo('x', [2, 3])], opset }: Case) {
  const candidate = model(graph({ nodes, initializers, inputs, outputs: [valueInfo('y', null)] }), { opset });
  return inferModel(candidate).value(candidate.graph!, 'y');
}

const list = (name: string, ...values: (number | bigint)[]) => int64Tensor(name, [values.length], values);
const listInput = (length: number | string) => [valueInfo('x', [2, 3]), valueInfo('list', [length], DataType.int64)];
const huge = 2 ** 40;

describe('sizes that a file only names', () => {
  it.each([
    ['the target of a Reshape', 'Reshape'],
    ['the target of an Expand', 'Expand'],
  ])('do not become the rank of %s', (_, opType) => {
    const inputs = listInput(huge);
    expect(inferredOf({ nodes: [node(opType, ['x', 'list'], ['y'])], inputs })?.shape).toBeUndefined();
  });

  it('do not become the rank of a filled tensor', () => {
    const inputs = listInput(huge);
    expect(inferredOf({ nodes: [node('ConstantOfShape', ['list'], ['y'])], inputs })?.shape).toBeUndefined();
  });

  it('do not become axes of a Slice', () => {
    const inputs = listInput(huge);
    const nodes = [node('Slice', ['x', 'list', 'list'], ['y'])];
    expect(inferredOf({ nodes, inputs })?.shape).toEqual([null, null]);
  });

  it.each([
    ['one repeated element', [node('Expand', ['one', 'long'], ['y'])]],
    [
      'a list made from two',
      [node('Expand', ['one', 'long'], ['e']), node('Concat', ['e', 'one'], ['y'], { axis: 0n })],
    ],
    ['a list of open elements', [node('Concat', ['open', 'one'], ['y'], { axis: 0n })]],
    ['a run of numbers', [node('Range', ['zero', 'end', 'step'], ['y'])]],
  ])('are not built as %s', (_, nodes) => {
    const initializers = [
      list('one', 1),
      list('long', huge),
      int64Tensor('zero', [], [0]),
      int64Tensor('end', [], [huge]),
      int64Tensor('step', [], [1]),
    ];
    const inputs = [valueInfo('open', [huge], DataType.int64)];
    const y = inferredOf({ nodes, initializers, inputs });
    expect(y?.content).toBeUndefined();
    expect(y?.shape).toHaveLength(1);
  });

  it('do not become parts of a Split', () => {
    const nodes = [node('Split', ['x'], ['y', 'z'], { axis: 0n, num_outputs: BigInt(huge) })];
    expect(inferredOf({ nodes, opset: 18 })?.shape).toEqual([1, 3]);
  });

  it.each([
    ['sliced', node('Slice', ['r', 'zero', 'end', 'zero'], ['y'])],
    ['transposed', node('Transpose', ['r'], ['y'])],
  ])('are no positions if a list is reshaped to them and %s', (_, last) => {
    const initializers = [list('sizes', 4, 5), list('target', huge), list('zero', 0), list('end', huge)];
    const nodes = [node('Reshape', ['sizes', 'target'], ['r']), last];
    expect(inferredOf({ nodes, initializers, inputs: [] })?.content).toBeUndefined();
  });

  it('are open if a rule reads an axis that does not exist', () => {
    const nodes = [node('Attention', ['x', 'w', 'b'], ['y'])];
    const initializers = [floatTensor('w', [2], [1, 2]), floatTensor('b', [], [1])];
    expect(inferredOf({ nodes, initializers, inputs: [valueInfo('x', [])], opset: 23 })?.shape).not.toContain(
      undefined,
    );
  });

  it.each([
    ['infinite', 'Range', ['zero', 'end', 'tiny'], [null]],
    ['negative', 'Pad', ['x', 'cut'], [null, 3]],
    ['beyond what numbers tell apart', 'Tile', ['x', 'often'], [null, 3]],
  ])('are not %s', (_, opType, inputs, shape) => {
    const float = (name: string, value: number) => floatTensor(name, [], [value]);
    const initializers = [
      float('zero', 0),
      float('end', 3e38),
      float('tiny', 1e-45),
      list('cut', -9, 0, 0, 0),
      list('often', 2n ** 62n, 1),
    ];
    expect(inferredOf({ nodes: [node(opType, inputs, ['y'])], initializers })?.shape).toEqual(shape);
  });

  it('are no positions if another size is 0', () => {
    const initializers = [list('sizes'), list('target', huge, 0)];
    const nodes = [node('Reshape', ['sizes', 'target'], ['r'], { allowzero: 1n }), node('Transpose', ['r'], ['y'])];
    expect(inferredOf({ nodes, initializers, inputs: [] })?.content).toBeUndefined();
  });
});

describe('values that grow from node to node', () => {
  it('is no rank that doubles', () => {
    const nodes = Array.from({ length: 40 }, (_, index) =>
      node('Gather', [`x${index}`, `x${index}`], [`x${index + 1}`]),
    );
    const last = nodes.at(-1)!;
    const inputs = [valueInfo('x0', [2, 2], DataType.int64)];
    expect(inferredOf({ nodes: [...nodes.slice(0, -1), { ...last, outputs: ['y'] }], inputs })?.shape).toBeUndefined();
  });

  it('is no order of axes that names one often', () => {
    const order = attribute(
      'perm',
      Array.from({ length: 12 }, () => 0n),
    );
    const nodes = [{ ...node('Transpose', ['sizes'], ['y']), attributes: [order] }];
    const initializers = [int64Tensor('sizes', [1000], Array<number>(1000).fill(1))];
    expect(inferredOf({ nodes, initializers, inputs: [] })).toEqual({ elementType: DataType.int64, shape: undefined });
  });

  it('is no text of a size that has itself in it twice', () => {
    const halves = Array.from({ length: 60 }, (_, index) => [
      node('Add', [`h${index}`, 'n'], [`a${index}`]),
      node('Mul', [`a${index}`, `h${index}`], [`m${index}`]),
      node('Div', [`m${index}`, 'seven'], [`h${index + 1}`]),
    ]).flat();
    const initializers = [list('seven', 7)];
    const inputs = [valueInfo('x', ['N'])];
    const sizes = [
      node('Shape', ['x'], ['n']),
      node('Identity', ['n'], ['h0']),
      ...halves,
      node('Identity', ['h60'], ['y']),
    ];
    const [size = null] = inferredOf({ nodes: sizes, initializers, inputs })?.content ?? [];
    expect(textOfSize(size)?.length ?? 0).toBeLessThan(2000);
  });

  it('is no sequence that each node copies', () => {
    const count = 4000;
    const nodes = [
      node('SequenceEmpty', [], ['s0']),
      ...Array.from({ length: count }, (_, index) => node('SequenceInsert', [`s${index}`, 'x'], [`s${index + 1}`])),
      node('SequenceAt', [`s${count}`, 'zero'], ['y']),
    ];
    expect(inferredOf({ nodes, initializers: [list('zero', 0)] })?.shape).toEqual([2, 3]);
  });

  it('is no sum of more operands than a call can have arguments', () => {
    const nodes = [node('Sum', Array<string>(300_000).fill('x'), ['y'])];
    expect(inferredOf({ nodes })?.shape).toEqual([2, 3]);
  });
});
