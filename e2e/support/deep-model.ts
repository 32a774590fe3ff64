/** A model of thousands of nodes, built here: residual blocks with shortcuts over some of them. */
import { joinParts } from '../../src/engine/onnx/codec/encode.ts';
import { encodeFiles } from '../../src/engine/onnx/codec/encode-files.ts';
import type { Node } from '../../src/engine/onnx/graph.ts';
import { floatTensor, graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build.ts';

export function deepModelFile(count: number): { readonly name: string; readonly buffer: Buffer } {
  const nodes: Node[] = [];
  const values = ['x'];
  while (nodes.length < count) {
    const [at, before] = [nodes.length, values.at(-1)!];
    const output = `v${at}`;
    const shortcut = values.at(-(1 + (at % 97 === 0 ? 90 : 4))) ?? 'x';
    if (at % 5 === 4) nodes.push(node('Add', [before, shortcut], [output], {}, { name: `block${at}.add` }));
    else if (at % 5 === 1) nodes.push(node('Relu', [before], [output], {}, { name: `block${at}.relu` }));
    else nodes.push(node('Conv', [before, 'w'], [output], {}, { name: `block${at}.conv` }));
    values.push(output);
  }
  const main = graph({
    nodes,
    initializers: [floatTensor('w', [4, 4, 1, 1], new Float32Array(16).fill(0.1))],
    inputs: [valueInfo('x', [1, 4, 8, 8])],
    outputs: [valueInfo(values.at(-1)!, [1, 4, 8, 8])],
  });
  const { model: parts } = encodeFiles(model(main), { storage: 'auto', dataFileName: 'deep.data' });
  return { name: 'deep.onnx', buffer: Buffer.from(joinParts(parts)) };
}
