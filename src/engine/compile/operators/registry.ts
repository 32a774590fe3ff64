/** All operators of compiled modules. */
import type { Node } from '../../onnx/graph';
import { isDefaultDomain } from '../../onnx/traverse';
import type { CompiledOperator } from './compiled-operator';
import { convolutions } from './convolution';
import { elementwise } from './elementwise';
import { quantizedForms } from './integers';
import { matrices } from './matrix';
import { moving } from './moving';
import { normalizations } from './normalization';
import { poolings } from './pooling';
import { quantization } from './quantization';

const families = [convolutions, elementwise, matrices, moving, normalizations, poolings, quantization];

const operators: ReadonlyMap<string, CompiledOperator> = new Map(
  families.flatMap((family) => [...family].map(([name, operator]) => [name, withQuantizedForm(name, operator)])),
);

function withQuantizedForm(name: string, operator: CompiledOperator): CompiledOperator {
  const lowerQuantized = quantizedForms.get(name);
  return lowerQuantized === undefined ? operator : { ...operator, lowerQuantized };
}

export function compiledOperator(node: Node): CompiledOperator | undefined {
  return isDefaultDomain(node.domain) ? operators.get(node.opType ?? '') : undefined;
}
