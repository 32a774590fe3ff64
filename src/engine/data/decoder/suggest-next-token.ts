import { freeDimensionKey } from '../free-dimensions';
import { hasGrowingCache, tokenAxis, tokensInput } from './input-roles';
import { answeringOutputs } from '../mapping/answering-outputs';
import type { ModelSides } from '../mapping/check-mapping';
import type { DataMapping, EvaluationTask, LabelMapping } from '../mapping/mapping';

type NextTokenTask = Extract<EvaluationTask, { readonly kind: 'next-token' }>;

/**
 * Suggests the task of a decoder: its output holds a distribution over the vocabulary for each token. Returns
 * `undefined` if there are labels, or if the tokens do not come from the data. Also `undefined` without a cache,
 * because such a model may see later tokens.
 */
export function suggestNextToken(
  inputs: DataMapping['inputs'],
  labels: LabelMapping,
  model: ModelSides,
): NextTokenTask | undefined {
  const tokens = tokensInput(model.inputs);
  const fed = tokens && Object.hasOwn(inputs, tokens.name) ? inputs[tokens.name] : undefined;
  if (labels !== null || fed === undefined || !('text' in fed || 'array' in fed) || !hasGrowingCache(model.inputs)) {
    return undefined;
  }
  // Vectors instead of token ids do not show which token comes next.
  if (tokens!.shape?.length !== 2) return undefined;
  const key = freeDimensionKey(tokens!, tokenAxis);
  const fitting = answeringOutputs(model.outputs, { inputs }).filter(
    (output) =>
      output.dtype.startsWith('float') &&
      output.shape?.length === 3 &&
      (key === undefined || freeDimensionKey(output, tokenAxis) === key || output.shape[tokenAxis] === null),
  );
  const output = fitting.find(({ name }) => /logit|score/i.test(name)) ?? fitting[0];
  return output && { kind: 'next-token', output: output.name };
}
