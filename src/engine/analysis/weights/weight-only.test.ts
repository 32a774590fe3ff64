import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../../errors';
import { MemorySource } from '../../onnx/byte-source';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import { scanNodes } from '../../onnx/codec/scan-nodes';
import { DataType } from '../../onnx/data-type';
import type { Model, Node } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { mutate, mutations } from '../../onnx/testing/mutate';
import { holdsIntegerWeightsOnly, isWeightOnly } from './weight-only';

const integers = createTensor({ name: 'w', dataType: DataType.int8, dims: [2, 2], bytes: Int8Array.of(1, 2, 3, 4) });

function modelOf(nodes: readonly Node[], initializers = [integers]): Model {
  const all = [...initializers, floatTensor('s', [], [0.5])];
  return model(graph({ nodes, initializers: all, inputs: [valueInfo('x', [1, 2])], outputs: [valueInfo('y', null)] }));
}

const dequantize = node('DequantizeLinear', ['w', 's'], ['f']);
const multiply = node('MatMul', ['x', 'f'], ['y']);
const body = (nodes: readonly Node[]) => graph({ nodes, outputs: [valueInfo('y', null)] });

const cases: readonly (readonly [string, Model, boolean])[] = [
  ['weights that are dequantized', modelOf([dequantize, multiply]), true],
  ['a Constant node', modelOf([node('Constant', [], ['w'], { value: integers }), dequantize, multiply], []), true],
  ['the body of a node', modelOf([node('If', ['x'], ['y'], { then_branch: body([dequantize, multiply]) })]), true],
  ['integer activations', modelOf([node('QuantizeLinear', ['x', 's'], ['q']), dequantize, multiply]), false],
  ['a value that is dequantized', modelOf([node('DequantizeLinear', ['x', 's'], ['f']), multiply]), false],
  ['floats alone', modelOf([node('MatMul', ['x', 's'], ['y'])]), false],
];

describe('holdsIntegerWeightsOnly', () => {
  it.each(cases)('is the same of a decoded model and of its bytes: %s', (_, given, expected) => {
    expect(isWeightOnly(given)).toBe(expected);
    const { nodes, constants } = scanNodes(new MemorySource(joinParts(encodeModel(given))));
    expect(holdsIntegerWeightsOnly(nodes, constants)).toBe(expected);
  });

  it('reads damaged files to an end, or says that they are damaged', () => {
    const file = joinParts(encodeModel(cases[2]![1]));
    fc.assert(
      fc.property(mutations, (changes) => {
        try {
          scanNodes(new MemorySource(mutate(file, changes)));
        } catch (error) {
          expect(isParetoError(error)).toBe(true);
        }
      }),
    );
  });
});
