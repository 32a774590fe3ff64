import { writeFileSync } from 'node:fs';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode';
import { graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';

/** Writes a model of one GridSample, which compiled modules do not have. */
export function writeSampledModel(path: string): void {
  const sampled = node('GridSample', ['x', 'grid'], ['y']);
  const inputs = [valueInfo('x', [1, 1, 4, 4]), valueInfo('grid', [1, 2, 2, 2])];
  const net = model(graph({ nodes: [sampled], inputs, outputs: [valueInfo('y', [1, 1, 2, 2])] }));
  writeFileSync(path, joinParts(encodeModel(net)));
}
