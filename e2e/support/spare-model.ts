/** A model with more weights than it needs, built here: one twice, and one that nothing reads. */
import { joinParts } from '../../src/engine/onnx/codec/encode.ts';
import { encodeFiles } from '../../src/engine/onnx/codec/encode-files.ts';
import { floatTensor, graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build.ts';

export function spareModelFile(): { readonly name: string; readonly buffer: Buffer } {
  const numbers = Float32Array.from({ length: 16 }, (_, at) => at / 16);
  const main = graph({
    nodes: [node('MatMul', ['x', 'first'], ['a']), node('MatMul', ['a', 'second'], ['y'])],
    initializers: [
      floatTensor('first', [4, 4], numbers),
      floatTensor('second', [4, 4], numbers),
      floatTensor('unread', [4], numbers.slice(0, 4)),
    ],
    inputs: [valueInfo('x', [1, 4])],
    outputs: [valueInfo('y', [1, 4])],
  });
  const { model: parts } = encodeFiles(model(main), { storage: 'auto', dataFileName: 'spare.data' });
  return { name: 'spare.onnx', buffer: Buffer.from(joinParts(parts)) };
}
