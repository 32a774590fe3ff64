/** Compares with ONNX Runtime's own tool: tools/golden/make-weight-files.py made the fixtures. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../onnx/byte-source';
import { checkModel } from '../../../onnx/check';
import { decodeModel } from '../../../onnx/codec/decode';
import type { Model } from '../../../onnx/graph';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { comparableGraph } from '../dynamic/testing/comparable-graph';
import { quantizeWeights } from './quantize-weights';

const load = (name: string): Model =>
  decodeModel(new MemorySource(readFileSync(new URL(`./fixtures/${name}.onnx`, import.meta.url))));

const cases = [
  ['nbits-4', { form: 'matmul-nbits' }],
  ['nbits-4-symmetric', { form: 'matmul-nbits', blockSize: '16', symmetric: true }],
  ['nbits-8', { form: 'matmul-nbits', bits: '8', blockSize: '64' }],
  ['qdq-4', { form: 'dequantize' }],
  ['qdq-4-symmetric', { form: 'dequantize', blockSize: '16', symmetric: true }],
] as const;

/**
 * The graph without intended differences: here a product keeps its name, by which layers are compared, and every added
 * node has a name.
 */
function toolGraph(model: Model) {
  const graph = comparableGraph(model.graph!);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({
      ...node,
      name: node.name.replace(/_matmul_Q4$/, '').replace(/^w3_DQ_Q4$/, ''),
    })),
  };
}

describe('quantize-weights against the tool', () => {
  it.each(cases)('%s', async (variant, given) => {
    // Every layer has the bits of the others.
    const bitsByLayer = Object.fromEntries(
      ['first', 'second', 'graph/MatMul_3'].map((name) => [name, Number('bits' in given ? given.bits : 4)]),
    );
    const options = resolveOptions(quantizeWeights, { method: 'rtn', bitsByLayer, ...given });
    const { model } = await quantizeWeights.run(load('products'), options, passContext());
    expect(checkModel(model)).toEqual([]);
    expect(toolGraph(model)).toEqual(toolGraph(load(`products.${variant}`)));
  });
});
