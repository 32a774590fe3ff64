import { describe, expect, it } from 'vitest';
import { MemorySource } from '../onnx/byte-source';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import { scanNodes } from '../onnx/codec/scan-nodes';
import { DataType } from '../onnx/data-type';
import type { Node } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { idCount, outlineOf } from './id-count';

function countOf(nodes: readonly Node[]): number | undefined {
  const initializers = [
    floatTensor('few', [3, 2], new Float32Array(6)),
    floatTensor('many', [7, 1], new Float32Array(7)),
  ];
  const given = graph({
    nodes,
    initializers,
    inputs: [valueInfo('ids', [1, 4], DataType.int64)],
    outputs: [valueInfo('y', null)],
  });
  const ids = { name: 'ids', dtype: 'int64' };
  const scanned = idCount(scanNodes(new MemorySource(joinParts(encodeModel(model(given))))), ids);
  expect(idCount(outlineOf(model(given)), ids)).toBe(scanned);
  return scanned;
}

describe('idCount', () => {
  it('returns the rows of the smallest table that the ids index, past value-preserving nodes', () => {
    const other = node('Gather', ['many', 'ids'], ['z']);
    expect(countOf([other])).toBe(7);
    expect(countOf([node('Cast', ['ids'], ['i'], { to: 7n }), node('Gather', ['few', 'i'], ['y']), other])).toBe(3);
    const table = node('DequantizeLinear', ['few', 's'], ['t']);
    expect(countOf([table, node('Gather', ['t', 'ids'], ['y'], { axis: 0n })])).toBe(3);
    const shared = node('Reshape', ['few', 'shape'], ['t']);
    expect(countOf([shared, node('GatherBlockQuantized', ['t', 'ids', 's'], ['y'])])).toBe(3);
  });

  it('is not known along another axis, of a computed table and of numbers that are changed first', () => {
    expect(countOf([node('Gather', ['few', 'ids'], ['y'], { axis: 1n })])).toBeUndefined();
    expect(countOf([node('Relu', ['few'], ['t']), node('Gather', ['t', 'ids'], ['y'])])).toBeUndefined();
    expect(countOf([node('Reshape', ['few', 'shape'], ['t']), node('Gather', ['t', 'ids'], ['y'])])).toBeUndefined();
    expect(countOf([node('Add', ['ids', 'ids'], ['i']), node('Gather', ['few', 'i'], ['y'])])).toBeUndefined();
  });
});
