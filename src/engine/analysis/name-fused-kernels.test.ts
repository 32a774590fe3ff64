import { describe, expect, it } from 'vitest';
import type { KernelTime } from '../metrics/node-time';
import type { Node } from '../onnx/graph';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { markNodes } from '../onnx/parts/mark-nodes';
import { nameFusedKernels } from './name-fused-kernels';

const kernel = (name: string, op: string): KernelTime => ({ name, op, provider: 'CPU', microseconds: [1] });

function namesOf(nodes: readonly Node[], kernels: readonly KernelTime[]): readonly string[] {
  const main = graph({ nodes, inputs: [valueInfo('x', [4])], outputs: [valueInfo('y', [4])] });
  return nameFusedKernels(markNodes(model(main)).model, kernels).map(({ name }) => name);
}

const chain = [node('Erf', ['x'], ['a']), node('Neg', ['a'], ['b']), node('Erf', ['b'], ['y'])];
const beside = [node('Erf', ['x'], ['a']), node('Erf', ['x'], ['b']), node('Add', ['a', 'b'], ['y'])];

describe('nameFusedKernels', () => {
  it('gives activations the marks of the nodes at their cores, in their order', () => {
    const kernels = [kernel('BiasGelu', 'BiasGelu'), kernel('@node1@', 'Neg'), kernel('Gelu_token_4', 'Gelu')];
    expect(namesOf(chain, kernels)).toEqual(['@node0@/BiasGelu', '@node1@', '@node2@/Gelu_token_4']);
  });

  it('leaves kernels of which the order tells nothing', () => {
    const kernels = [kernel('Gelu', 'Gelu'), kernel('Gelu_2', 'Gelu'), kernel('@node2@', 'Add')];
    expect(namesOf(beside, kernels)).toEqual(['Gelu', 'Gelu_2', '@node2@']);
  });

  it('keeps kernel names if other nodes are also missing or the kernel is not fused', () => {
    expect(namesOf(chain, [kernel('Gelu', 'Gelu'), kernel('@node1@', 'Neg')])).toEqual(['Gelu', '@node1@']);
    expect(namesOf(chain, [kernel('MemcpyToHost', 'MemcpyToHost')])).toEqual(['MemcpyToHost']);
  });

  it('takes a node that ran by itself for none of them', () => {
    const kernels = [kernel('@node0@', 'Erf'), kernel('Gelu', 'Gelu')];
    expect(namesOf(chain, kernels)).toEqual(['@node0@', '@node2@/Gelu']);
  });

  it('leaves nodes of graphs inside nodes, which may run or not', () => {
    const branch = graph({ nodes: [node('Erf', ['x'], ['t'])], outputs: [valueInfo('t', [4])] });
    const choice = node('If', ['c'], ['y'], {
      then_branch: branch,
      else_branch: graph({ outputs: [valueInfo('x', [4])] }),
    });
    expect(namesOf([choice], [kernel('Gelu', 'Gelu')])).toEqual(['Gelu']);
  });
});
