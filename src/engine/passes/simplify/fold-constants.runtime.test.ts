import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import type { Node, Tensor } from '../../onnx/graph';
import { DataType } from '../../onnx/data-type';
import { subgraphsOf } from '../../onnx/subgraphs';
import { readFloat32 } from '../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { foldConstants } from './fold-constants';
import { operators, simplified } from './testing/simplified.runtime';

const inference = createInProcessInference();

const adding = (nodes: readonly Node[], initializers: readonly Tensor[]) =>
  model(
    graph({
      nodes: [...nodes, node('Add', ['x', 'k'], ['y'])],
      initializers,
      inputs: [valueInfo('x', ['N', 4])],
      outputs: [valueInfo('y', ['N', 4])],
    }),
  );

describe('fold-constants', () => {
  it('runs constant subgraphs, all at once, and keeps the last results', async () => {
    const original = adding(
      [node('Mul', ['a', 'b'], ['m']), node('Exp', ['m'], ['e']), node('Reshape', ['e', 's'], ['k'])],
      [floatTensor('a', [2, 2], [1, 2, 3, 4]), floatTensor('b', [], [0.5]), int64Tensor('s', [1], [4])],
    );
    const { model: result, changes } = await simplified(original, foldConstants, { exact: true, inference });
    expect(operators(result)).toEqual(['Add']);
    const folded = result.graph!.initializers.find(({ name }) => name === 'k')!;
    expect(folded.dims).toEqual([4n]);
    expect(readFloat32(folded)[1]).toBeCloseTo(Math.E, 5);
    expect(changes.map(({ op }) => op)).toEqual(['Mul', 'Exp', 'Reshape']);
  });

  it('leaves results that would enlarge the model, with the reason, and folds their inputs', async () => {
    const original = adding(
      [node('Neg', ['one'], ['less']), node('Expand', ['less', 'many'], ['k'])],
      [floatTensor('one', [], [1]), int64Tensor('many', [2], [2000, 4])],
    );
    const { model: result, refusals } = await simplified(original, foldConstants, {
      inference,
      dimensions: { N: 2000 },
    });
    expect(operators(result)).toEqual(['Expand', 'Add']);
    expect(refusals).toMatchObject([{ path: 'graph/Expand_1', code: 'larger-when-folded' }]);
  });

  it('leaves remainders of 64-bit integers with fmod, which runtimes work out differently', async () => {
    const remainder = (attributes: Parameters<typeof node>[3]) =>
      model(
        graph({
          nodes: [node('Mod', ['a', 'b'], ['m'], attributes), node('Add', ['x', 'm'], ['y'])],
          initializers: [int64Tensor('a', [2], [2 ** 53, 7]), int64Tensor('b', [], [5])],
          inputs: [valueInfo('x', [2], DataType.int64)],
          outputs: [valueInfo('y', [2], DataType.int64)],
        }),
      );
    const original = remainder({ fmod: 1n });
    expect((await simplified(original, foldConstants, { inference, exact: true })).model).toBe(original);
    const { model: result } = await simplified(remainder({}), foldConstants, { inference, exact: true });
    expect(operators(result)).toEqual(['Add']);
  });

  it('computes large results on the way to small ones', async () => {
    const original = adding(
      [node('Expand', ['one', 'many'], ['wide']), node('ReduceSum', ['wide', 'axes'], ['k'], { keepdims: 0n })],
      [floatTensor('one', [], [1]), int64Tensor('many', [2], [2000, 4]), int64Tensor('axes', [1], [0])],
    );
    const { model: result, refusals } = await simplified(original, foldConstants, { inference, exact: true });
    expect(operators(result)).toEqual(['Add']);
    expect(refusals).toEqual([]);
  });

  it('leaves a changed copy of weights that something else reads too', async () => {
    const original = model(
      graph({
        nodes: [
          node('Gather', ['table', 'ids'], ['x']),
          node('Transpose', ['table'], ['turned'], { perm: [1n, 0n] }),
          node('MatMul', ['x', 'turned'], ['y']),
        ],
        initializers: [
          floatTensor(
            'table',
            [100, 20],
            Array.from({ length: 2000 }, (_, at) => Math.sin(at)),
          ),
        ],
        inputs: [valueInfo('ids', [3], DataType.int64)],
        outputs: [valueInfo('y', [3, 100])],
      }),
    );
    const { model: result, refusals } = await simplified(original, foldConstants, { inference });
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/Transpose_1', code: 'larger-when-folded' }]);
  });

  it('folds inside branches, which may use the names of one another, and leaves their results', async () => {
    const branch = (factor: number) =>
      graph({
        nodes: [
          node('Mul', ['outside', 'own'], ['scaled']),
          node('Exp', ['scaled'], ['e']),
          node('Add', ['x', 'e'], ['sum']),
          node('Neg', ['own'], ['constant']),
        ],
        initializers: [floatTensor('own', [4], [factor, 2, 3, 4])],
        outputs: [valueInfo('sum', ['N', 4]), valueInfo('constant', [4])],
      });
    const original = model(
      graph({
        nodes: [
          node('Sqrt', ['two'], ['outside']),
          node('If', ['c'], ['y', 'z'], { then_branch: branch(1), else_branch: branch(-1) }),
        ],
        initializers: [floatTensor('two', [], [2])],
        inputs: [valueInfo('x', ['N', 4]), valueInfo('c', [], DataType.bool)],
        outputs: [valueInfo('y', ['N', 4]), valueInfo('z', [4])],
      }),
    );
    const { model: result, changes } = await simplified(original, foldConstants, { inference, exact: true });
    const [yes, no] = subgraphsOf(result.graph!.nodes.at(-1)!);
    for (const inner of [yes!, no!]) expect(inner.nodes.map(({ opType }) => opType)).toEqual(['Add', 'Neg']);
    const folded = [yes!, no!].map((inner) => readFloat32(inner.initializers.find(({ name }) => name === 'e')!)[0]);
    expect(folded[0]).toBeCloseTo(Math.exp(Math.SQRT2), 5);
    expect(folded[1]).toBeCloseTo(Math.exp(-Math.SQRT2), 5);
    expect(changes.map(({ path }) => path)).toEqual([
      'graph/Sqrt_0',
      'graph/If_1.then_branch/Mul_0',
      'graph/If_1.then_branch/Exp_1',
      'graph/If_1.else_branch/Mul_0',
      'graph/If_1.else_branch/Exp_1',
    ]);
  });

  it('leaves nodes that depend on a replaceable initializer', async () => {
    const plain = adding([node('Neg', ['a'], ['k'])], [floatTensor('a', [4], [1, 2, 3, 4])]);
    const inputs = [...plain.graph!.inputs, valueInfo('a', [4])];
    const original = { ...plain, graph: { ...plain.graph!, inputs } };
    expect((await simplified(original, foldConstants, { inference })).model).toBe(original);
  });

  it('leaves random numbers and quantized weights', async () => {
    const random = adding([node('RandomNormalLike', ['a'], ['k'])], [floatTensor('a', [4], [1, 2, 3, 4])]);
    expect((await simplified(random, foldConstants, { inference })).model).toBe(random);
    const quantized = adding(
      [node('DequantizeLinear', ['q', 'scale'], ['k'])],
      [{ name: 'q', dims: [4n], dataType: 3, int32Data: Int32Array.of(1, 2, 3, 4) }, floatTensor('scale', [], [0.1])],
    );
    expect((await simplified(quantized, foldConstants, { inference })).model).toBe(quantized);
  });

  it('does nothing on a host that cannot run models', async () => {
    const original = adding([node('Neg', ['a'], ['k'])], [floatTensor('a', [4], [1, 2, 3, 4])]);
    expect((await simplified(original, foldConstants)).model).toBe(original);
  });

  it('leaves a node that computes an output, with the reason', async () => {
    const original = model(
      graph({
        nodes: [node('Neg', ['a'], ['y'])],
        initializers: [floatTensor('a', [4], [1, 2, 3, 4])],
        outputs: [valueInfo('y', [4])],
      }),
    );
    const { model: result, refusals } = await simplified(original, foldConstants, { inference });
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ path: 'graph/Neg_0', code: 'constant-output' }]);
  });
});
