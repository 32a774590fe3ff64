import type { Node } from '../graph';

const random = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/**
 * True for a node that may give something else at every run: it can neither be run once for all, nor stand for an equal
 * one. A Dropout draws when it trains, which its third input says (opset 12 and later).
 */
export function drawsRandomNumbers({ opType = '', inputs }: Node): boolean {
  return random.has(opType) || (opType === 'Dropout' && (inputs[2] ?? '') !== '');
}
