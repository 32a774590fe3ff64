/** Activations, as numbers for kernels. `kernels/compiled/activations.ts` has the same. */
import { getAttributeFloat, getAttributeText } from '../onnx/traverse';
import type { Node } from '../onnx/graph';
import { Float32, type Argument } from './wasm/call';

export interface Activation {
  readonly kind: number;
  readonly alpha: number;
  readonly beta: number;
}

export const noActivation: Activation = { kind: 0, alpha: 0, beta: 0 };

/** The three last arguments of kernels that apply an activation. */
export function activationArguments({ kind, alpha, beta }: Activation): readonly Argument[] {
  return [kind, new Float32(alpha), new Float32(beta)];
}

export const silu: Activation = { kind: 7, alpha: 1, beta: 0 };

type ActivationRule = (attribute: (name: string, otherwise: number) => number) => Activation;

const rules: ReadonlyMap<string, ActivationRule> = new Map<string, ActivationRule>([
  ['Relu', () => ({ kind: 1, alpha: 0, beta: 0 })],
  ['LeakyRelu', (get) => ({ kind: 3, alpha: get('alpha', 0.01), beta: 0 })],
  ['Sigmoid', () => ({ kind: 4, alpha: 0, beta: 0 })],
  ['HardSigmoid', (get) => ({ kind: 5, alpha: get('alpha', 0.2), beta: get('beta', 0.5) })],
  ['HardSwish', () => ({ kind: 6, alpha: 1 / 6, beta: 0.5 })],
  ['Swish', (get) => ({ kind: 7, alpha: get('alpha', 1), beta: 0 })],
  ['Tanh', () => ({ kind: 8, alpha: 0, beta: 0 })],
  ['Elu', (get) => ({ kind: 9, alpha: get('alpha', 1), beta: 1 })],
  [
    'Selu',
    (get) => ({
      kind: 9,
      alpha: get('alpha', 1.67326319217681884765625),
      beta: get('gamma', 1.05070102214813232421875),
    }),
  ],
  ['Softplus', () => ({ kind: 10, alpha: 0, beta: 0 })],
  ['Mish', () => ({ kind: 11, alpha: 0, beta: 0 })],
  ['Softsign', () => ({ kind: 12, alpha: 0, beta: 0 })],
  ['Erf', () => ({ kind: 13, alpha: 0, beta: 0 })],
]);

export const activationNames: readonly string[] = [...rules.keys(), 'Clip', 'Gelu'];

/** The activation that a node is, or `undefined`. `bound` reads the bounds that Clip takes as inputs. */
export function activationOf(node: Node, bound: (name: string) => number | undefined): Activation | undefined {
  if (node.opType === 'Clip') return clipOf(node, bound);
  if (node.opType === 'Gelu') {
    return { kind: getAttributeText(node, 'approximate') === 'tanh' ? 15 : 14, alpha: 0, beta: 0 };
  }
  return rules.get(node.opType ?? '')?.((name, otherwise) => getAttributeFloat(node, name) ?? otherwise);
}

function clipOf(node: Node, bound: (name: string) => number | undefined): Activation | undefined {
  const [, low = '', high = ''] = node.inputs;
  const alpha = low === '' ? (getAttributeFloat(node, 'min') ?? -Infinity) : bound(low);
  const beta = high === '' ? (getAttributeFloat(node, 'max') ?? Infinity) : bound(high);
  return alpha === undefined || beta === undefined ? undefined : { kind: 2, alpha, beta };
}
