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

const operators: ReadonlyMap<string, CompiledOperator> = new Map(
  [convolutions, elementwise, matrices, moving, normalizations, poolings].flatMap((family) => [...family]),
);

export function compiledOperator(node: Node): CompiledOperator | undefined {
  return isDefaultDomain(node.domain) ? operators.get(node.opType ?? '') : undefined;
}
