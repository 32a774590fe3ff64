import { describe, expect, it } from 'vitest';
import type { Graph } from '../onnx/graph';
import { inferModel } from '../onnx/infer';
import { overridableInitializers } from '../onnx/overridable-initializers';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../onnx/testing/build';
import { constantsOf } from './constant-values';

function constants(parts: Partial<Graph>, outer?: ReadonlySet<string>): readonly string[] {
  const main = model(graph(parts));
  const overridable = overridableInitializers(main);
  return [...constantsOf(main.graph!, inferModel(main), { outer, overridable })].toSorted();
}

const input = valueInfo('x', ['N', 4]);
const weight = floatTensor('w', [4], [1, 2, 3, 4]);

describe('constantsOf', () => {
  it('follows values that nodes compute from constants alone', () => {
    const nodes = [
      node('Constant', [], ['k'], { value: int64Tensor('', [1], [2]) }),
      node('Neg', ['w'], ['less']),
      node('Reshape', ['less', 'k'], ['formed']),
      node('Add', ['x', 'formed'], ['y']),
    ];
    expect(constants({ nodes, initializers: [weight], inputs: [input] })).toEqual(['formed', 'k', 'less', 'w']);
  });

  it('knows the shape of a value whose sizes are fixed, and of no other', () => {
    const nodes = [node('Shape', ['x'], ['open']), node('Shape', ['fixed'], ['known']), node('Size', ['fixed'], ['n'])];
    expect(constants({ nodes, inputs: [input, valueInfo('fixed', [2, 3])] })).toEqual(['known', 'n']);
  });

  it('takes nothing for constant that a caller may replace', () => {
    const nodes = [node('Neg', ['w'], ['less'])];
    expect(constants({ nodes, initializers: [weight], inputs: [input, valueInfo('w', [4])] })).toEqual([]);
  });

  it('keeps random numbers, DequantizeLinear and nodes with graphs for the run', () => {
    const branch = graph({ nodes: [node('Neg', ['w'], ['b'])], outputs: [valueInfo('b', [4])] });
    const nodes = [
      node('RandomUniformLike', ['w'], ['drawn']),
      node('DequantizeLinear', ['w', 'w'], ['float']),
      node('If', ['w'], ['chosen'], { then_branch: branch, else_branch: branch }),
      node('RandomNormal', [], ['more'], { shape: [2n] }),
    ];
    expect(constants({ nodes, initializers: [weight] })).toEqual(['w']);
  });

  it('sees the constants around a graph, but for names that it uses itself', () => {
    const nodes = [node('Neg', ['outer'], ['less']), node('Add', ['x', 'hidden'], ['sum'])];
    const inputs = [input, valueInfo('hidden', [4])];
    expect(constants({ nodes, inputs }, new Set(['outer', 'hidden']))).toEqual(['less', 'outer']);
    const again = [node('Add', ['x', 'outer'], ['outer']), node('Neg', ['outer'], ['less'])];
    expect(constants({ nodes: again, inputs: [input] }, new Set(['outer']))).toEqual([]);
  });
});
