/** Decides whether WebNN supports a node, from the documentation of onnxruntime-web. */
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../../traverse';
import type { InferredValue } from '../operator';
import { microsoftWebnnOperators, webnnOperators } from './webnn-operators';

export interface WebnnRequest {
  readonly domain: string | undefined;
  readonly opType: string;
  readonly opset: number;
  readonly inputs: readonly InferredValue[];
  readonly outputs: readonly InferredValue[];
  /** True if a present input is known before the model runs. */
  readonly isConstant: (input: number) => boolean;
}

/** The reason why WebNN does not support the node. */
export type WebnnRefusal = 'no operator' | 'open size' | 'input not constant' | 'rank';

/** `undefined` for a node that WebNN supports. */
export function webnnRefusal({
  domain,
  opType,
  opset,
  inputs,
  outputs,
  isConstant,
}: WebnnRequest): WebnnRefusal | undefined {
  if (domain === MICROSOFT_DOMAIN) {
    if (!microsoftWebnnOperators.has(opType)) return 'no operator';
    return hasOpenSize(inputs, outputs) ? 'open size' : undefined;
  }
  if (!isDefaultDomain(domain) || !Object.hasOwn(webnnOperators, opType)) return 'no operator';
  const { since, constantInputs = [], ranks } = webnnOperators[opType]!;
  if (opset < since) return 'no operator';
  if (hasOpenSize(inputs, outputs)) return 'open size';
  if (constantInputs.some((input) => !isConstant(input))) return 'input not constant';
  return ranks !== undefined && !ranks.includes(inputs[0]!.shape!.length) ? 'rank' : undefined;
}

/** WebNN's graphs are built from fixed sizes. */
function hasOpenSize(inputs: readonly InferredValue[], outputs: readonly InferredValue[]): boolean {
  const isOpen = ({ shape }: InferredValue): boolean =>
    shape === undefined || shape.some((size) => typeof size !== 'number');
  return inputs.some(isOpen) || outputs.some(isOpen);
}
