/** All operators of compiled modules. */
import type { Node } from '../../onnx/graph';
import { isDefaultDomain } from '../../onnx/traverse';
import type { CompiledOperator } from './compiled-operator';
import { convolutions } from './convolution';
import { elementwise } from './elementwise';
import { matrices } from './matrix';
import { moving } from './moving';
import { normalizations } from './normalization';
import { poolings } from './pooling';
import { quantization } from './quantization';

const operators: ReadonlyMap<string, CompiledOperator> = new Map(
  [convolutions, elementwise, matrices, moving, normalizations, poolings, quantization].flatMap((family) => [
    ...family,
  ]),
);

export function compiledOperator(node: Node): CompiledOperator | undefined {
  return isDefaultDomain(node.domain) ? operators.get(node.opType ?? '') : undefined;
}
