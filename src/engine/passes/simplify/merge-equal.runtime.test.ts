import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import type { Model, Node } from '../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { mergeEqual } from './merge-equal';
import { operators, simplified } from './testing/simplified.runtime';

describe('merge-equal', () => {
  it('keeps equal nodes and equal weights once, and the nodes behind them', async () => {
    const original = model(
      graph({
        nodes: [
          node('Mul', ['x', 'w'], ['a']),
          node('Mul', ['x', 'v'], ['b']),
          node('Softmax', ['a'], ['c'], { axis: 1n }),
          node('Softmax', ['b'], ['d'], { axis: 1n }),
          node('Softmax', ['b'], ['e'], { axis: 0n }),
          node('Concat', ['c', 'd', 'e'], ['y'], { axis: 0n }),
        ],
        initializers: [floatTensor('w', [4], [1, 2, 3, 4]), floatTensor('v', [4], [1, 2, 3, 4])],
        inputs: [valueInfo('x', [2, 4])],
        outputs: [valueInfo('y', [6, 4])],
      }),
    );
    const { model: result, changes } = await simplified(original, mergeEqual, { exact: true });
    expect(operators(result)).toEqual(['Mul', 'Softmax', 'Softmax', 'Concat']);
    expect(result.graph!.nodes.at(-1)!.inputs).toEqual(['c', 'c', 'e']);
    expect(changes.map(({ op }) => op)).toEqual(['Initializer', 'Mul', 'Softmax']);
  });

  it('leaves outputs, random numbers, and weights that differ in their last element', async () => {
    const long = Array.from({ length: 3000 }, (_, index) => index);
    const original = model(
      graph({
        nodes: [
          node('Relu', ['x'], ['y']),
          node('Relu', ['x'], ['z']),
          node('Add', ['x', 'w'], ['p']),
          node('Add', ['x', 'v'], ['q']),
          node('RandomUniformLike', ['x'], ['r']),
          node('RandomUniformLike', ['x'], ['s']),
          node('Sub', ['r', 's'], ['t']),
        ],
        initializers: [floatTensor('w', [3000], long), floatTensor('v', [3000], long.with(2999, 7))],
        inputs: [valueInfo('x', [1, 3000])],
        outputs: ['y', 'z', 'p', 'q'].map((name) => valueInfo(name, [1, 3000])),
      }),
    );
    expect((await simplified(original, mergeEqual)).model).toBe(original);
  });

  it('leaves a result out of the comparison that only one of two nodes gives', async () => {
    const original = model(
      graph({
        nodes: [
          node('MaxPool', ['x'], ['a', ''], { kernel_shape: [2n, 2n] }),
          node('MaxPool', ['x'], ['b', 'at'], { kernel_shape: [2n, 2n] }),
          node('Add', ['a', 'b'], ['y']),
        ],
        inputs: [valueInfo('x', [1, 1, 4, 4])],
        outputs: [valueInfo('y', [1, 1, 3, 3]), valueInfo('at', [1, 1, 3, 3], DataType.int64)],
      }),
    );
    expect((await simplified(original, mergeEqual)).model).toBe(original);
  });

  describe('in graphs inside nodes', () => {
    const choosing = (yes: readonly Node[], after: readonly Node[] = []) =>
      model(
        graph({
          nodes: [
            node('If', ['c'], ['y'], {
              then_branch: graph({ nodes: yes, outputs: [valueInfo('out', ['N', 4])] }),
              else_branch: graph({ nodes: [node('Neg', ['x'], ['other'])], outputs: [valueInfo('other', ['N', 4])] }),
            }),
            ...after,
          ],
          inputs: [valueInfo('x', ['N', 4]), valueInfo('c', [], DataType.bool)],
          outputs: [valueInfo('y', ['N', 4]), ...after.map(({ outputs }) => valueInfo(outputs[0]!, ['N', 4]))],
        }),
      );
    const inside = (result: Model) =>
      result
        .graph!.nodes.find(({ opType }) => opType === 'If')!
        .attributes[0]!.g!.nodes.map(({ opType, inputs }) => [opType, ...inputs]);

    it('takes results of the outer graph, which then stand first', async () => {
      const original = choosing(
        [node('Exp', ['x'], ['e']), node('Sqrt', ['e'], ['s']), node('Relu', ['s'], ['out'])],
        [node('Exp', ['x'], ['f']), node('Sqrt', ['f'], ['g'])],
      );
      const { model: result, changes } = await simplified(original, mergeEqual, { exact: true });
      expect(inside(result)).toEqual([['Relu', 'g']]);
      expect(operators(result)).toEqual(['Exp', 'Sqrt', 'If']);
      expect(changes.map(({ path }) => path)).toEqual([
        'graph/If_0.then_branch/Exp_0',
        'graph/If_0.then_branch/Sqrt_1',
      ]);
    });

    it('leaves results of a branch, and readers of a name that the branch itself gives', async () => {
      const result = choosing([node('Exp', ['x'], ['out'])], [node('Exp', ['x'], ['f'])]);
      expect((await simplified(result, mergeEqual)).model).toBe(result);
      const own = choosing(
        [node('Neg', ['x'], ['n']), node('Exp', ['n'], ['e']), node('Relu', ['e'], ['out'])],
        [node('Abs', ['x'], ['m']), node('Exp', ['m'], ['f'])],
      );
      expect((await simplified(own, mergeEqual)).model).toBe(own);
    });

    it('keeps one copy of a weight that branches and the graph around them hold', async () => {
      const values = Float32Array.from({ length: 512 }, (_, index) => Math.sin(index));
      const branch = (weight: string, own: readonly number[]) =>
        graph({
          nodes: [node('MatMul', ['x', weight], ['m']), node('MatMul', ['m', 'w'], ['out'])],
          initializers: [floatTensor(weight, [16, 32], values), floatTensor('w', [32, 16], own)],
          outputs: [valueInfo('out', ['N', 16])],
        });
      const shared = Array.from(values);
      const original = model(
        graph({
          nodes: [
            node('If', ['c'], ['y'], { then_branch: branch('w0', shared), else_branch: branch('v', shared) }),
            node('MatMul', ['y', 'v'], ['z']),
          ],
          initializers: [floatTensor('v', [16, 32], values)],
          inputs: [valueInfo('x', ['N', 16]), valueInfo('c', [], DataType.bool)],
          outputs: [valueInfo('z', ['N', 32])],
        }),
      );
      const { model: result, changes } = await simplified(original, mergeEqual, { exact: true });
      const branches = result.graph!.nodes[0]!.attributes.map(({ g }) => g!);
      expect(branches.map(({ initializers }) => initializers)).toEqual([[], []]);
      expect(result.graph!.initializers).toHaveLength(2);
      expect(changes.map(({ path }) => path)).toContain('graph/If_0.then_branch/w0');
    });
  });
});
