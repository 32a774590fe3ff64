/** All operators of compiled modules. */
import type { Node } from '../../onnx/graph';
import { isDefaultDomain } from '../../onnx/traverse';
import type { CompiledOperator } from './compiled-operator';
import { convolutions } from './convolution';
import { dynamic } from './dynamic';
import { elementwise } from './elementwise';
import { gatherings } from './gathering';
import { quantizedForms } from './integers';
import { lowBits, products } from './low-bits';
import { moving } from './moving';
import { normalizations } from './normalization';
import { poolings } from './pooling';
import { quantization } from './quantization';
import { recurrents } from './recurrent';
import { reductions } from './reduction';
import { resizing } from './resize';
import { transposed } from './transposed-convolution';
import { typed } from './typed';

const families = [
  ...[
    convolutions,
    dynamic,
    elementwise,
    gatherings,
    products,
    moving,
    normalizations,
    poolings,
    quantization,
    recurrents,
  ],
  ...[reductions, resizing, transposed, typed],
];

const operators: ReadonlyMap<string, CompiledOperator> = new Map(
  families.flatMap((family) => [...family].map(([name, operator]) => [name, withQuantizedForm(name, operator)])),
);

function withQuantizedForm(name: string, operator: CompiledOperator): CompiledOperator {
  const lowerQuantized = quantizedForms.get(name);
  return lowerQuantized === undefined ? operator : { ...operator, lowerQuantized };
}

export function compiledOperator(node: Node): CompiledOperator | undefined {
  const { domain, opType = '' } = node;
  if (domain === 'com.microsoft') return lowBits.get(opType);
  return isDefaultDomain(domain) ? operators.get(opType) : undefined;
}

/** Names of all operators, those of the domain com.microsoft with it. An If is lowered with its branches. */
export const compiledOperatorNames: readonly string[] = [
  ...['If', ...operators.keys()].toSorted(),
  ...[...lowBits.keys()].map((name) => `com.microsoft.${name}`),
];
