import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Graph } from '../onnx/graph';
import { inferModel } from '../onnx/infer';
import { int64Tensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { createTensor } from '../onnx/tensor';
import { predictPlacements } from './predict-placement';

function predict(parts: Partial<Graph>, dimensions = {}) {
  const main = model(graph(parts));
  return predictPlacements(main, inferModel(main, { dimensions }));
}

const named = (op: string, inputs: string[], outputs: string[], attributes = {}, name = op) =>
  node(op, inputs, outputs, attributes, { name });

describe('predictPlacements', () => {
  it('groups nodes that leave WebGPU in one sentence', () => {
    const { webgpu, wasm } = predict({
      nodes: [
        named('Round', ['x'], ['a'], {}, 'first'),
        named('Relu', ['a'], ['b']),
        named('Round', ['b'], ['c'], {}, 'second'),
        named('NonZero', ['c'], ['y']),
      ],
      inputs: [valueInfo('x', [4])],
      outputs: [valueInfo('y', null, DataType.int64)],
    });
    // Two values are copied: the first Round's output for Relu, and Relu's output for the second Round. NonZero reads its input on the CPU.
    expect(webgpu.sentence).toContain('3 nodes will not run on WebGPU (2 copies): Round ×2, NonZero.');
    expect(webgpu.copies).toBe(2);
    expect(webgpu.leaves[0]).toEqual({ path: 'graph/first', op: 'Round', reason: 'no kernel' });
    expect(wasm.leaves).toEqual([]);
  });

  it('reports unmeasured nodes instead of guessing', () => {
    const { webgpu } = predict({
      nodes: [node('Wild', ['x'], ['y'], {}, { domain: 'com.example' })],
      inputs: [valueInfo('x', [4])],
      outputs: [valueInfo('y', [4])],
    });
    expect(webgpu.sentence).toBe('All nodes with known support run on WebGPU. Not measured for 1 node: Wild.');
    expect(webgpu.notMeasured).toEqual([{ op: 'Wild', nodes: 1, paths: ['graph/Wild_0'] }]);
  });

  /** Shape → Cast → Add → Cast: of int32, for which there are kernels. */
  const shapeChain: Partial<Graph> = {
    nodes: [
      named('Shape', ['x'], ['s']),
      named('Cast', ['s'], ['t'], { to: BigInt(DataType.int32) }),
      named('Add', ['t', 't'], ['u']),
      named('Relu', ['x'], ['y']),
    ],
    inputs: [valueInfo('x', ['N', 4])],
    outputs: [valueInfo('y', ['N', 4]), valueInfo('u', [2], DataType.int32)],
  };

  it('follows values computed from shapes, which the runtime keeps on the CPU', () => {
    expect(predict(shapeChain).webgpu.leaves).toEqual([
      { path: 'graph/Cast', op: 'Cast', reason: 'no kernel' },
      { path: 'graph/Add', op: 'Add', reason: 'shape work' },
    ]);
    // The CPU has the shape already.
    expect(predict(shapeChain).webgpu.copies).toBe(0);
  });

  it('counts a value once that several nodes on the other side read', () => {
    const { webgpu } = predict({
      nodes: [
        named('Relu', ['x'], ['a']),
        named('Round', ['a'], ['b'], {}, 'first'),
        named('Round', ['a'], ['c'], {}, 'second'),
        named('Add', ['b', 'c'], ['y']),
      ],
      inputs: [valueInfo('x', [4])],
      outputs: [valueInfo('y', [4])],
    });
    expect(webgpu.copies).toBe(3);
  });

  it.each([3n, 8n])('takes a weight that is listed as an input for a weight, in files of version %i', (irVersion) => {
    const leaves = (rows: number) => {
      const main = graph({
        ...shapeChain,
        nodes: [...shapeChain.nodes!, named('Mul', ['u', 'w'], ['v'])],
        initializers: [
          createTensor({ name: 'w', dataType: DataType.int32, dims: [rows, 2], bytes: new Int32Array(rows * 2) }),
        ],
        inputs: [...shapeChain.inputs!, valueInfo('w', [rows, 2], DataType.int32)],
      });
      const listed = model(main, { irVersion });
      return predictPlacements(listed, inferModel(listed)).webgpu.leaves.map(({ op }) => op);
    };
    expect(leaves(2)).toEqual(['Cast', 'Add', 'Mul']);
    expect(leaves(200)).toEqual(['Cast', 'Add']);
  });

  it('omits nodes that the runtime folds at load', () => {
    expect(predict(shapeChain, { N: 2 }).webgpu.leaves).toEqual([]);
  });

  it('asks WebNN for fixed sizes, ranks and constants', () => {
    const parts: Partial<Graph> = {
      nodes: [
        named('MaxPool', ['x'], ['p'], { kernel_shape: [1n] }),
        named('Reshape', ['p', 'r'], ['q']),
        named('Det', ['m'], ['d']),
        named('Relu', ['q'], ['y']),
      ],
      initializers: [int64Tensor('unused', [1], [1])],
      inputs: [valueInfo('x', ['N', 2, 4]), valueInfo('r', [2], DataType.int64), valueInfo('m', [2, 2])],
      outputs: [valueInfo('y', [2, 4]), valueInfo('d', [])],
      valueInfos: [valueInfo('q', [2, 4])],
    };
    const reasons = (dimensions = {}) => predict(parts, dimensions).webnn.leaves.map(({ reason }) => reason);
    expect(reasons()).toEqual(['open size', 'open size', 'no kernel']);
    expect(reasons({ N: 1 })).toEqual(['rank', 'input not constant', 'no kernel']);
    expect(predict(parts).webnn.sentence).toContain('fix the free dimensions');
  });

  it('takes weights of old files, which had to list them as inputs, for constants', () => {
    const parts: Partial<Graph> = {
      nodes: [named('Reshape', ['x', 'r'], ['y'])],
      initializers: [int64Tensor('r', [2], [2, 4])],
      inputs: [valueInfo('x', [8]), valueInfo('r', [2], DataType.int64)],
      outputs: [valueInfo('y', [2, 4])],
    };
    const leaves = (irVersion: bigint) => {
      const main = { ...model(graph(parts)), irVersion };
      return predictPlacements(main, inferModel(main)).webnn.leaves.map(({ reason }) => reason);
    };
    expect(leaves(3n)).toEqual([]);
    expect(leaves(4n)).toEqual(['input not constant']);
  });
});
