/**
 * Merges two consecutive nodes of a kind into one, or into none if the second reverses the first. Nothing else may read
 * the value in between.
 */
import { isDefaultDomain } from '../../onnx/traverse';
import { mergeArithmetic } from './chains/merge-arithmetic';
import { mergeBounds } from './chains/merge-bounds';
import { mergeCasts } from './chains/merge-casts';
import { mergeConcats } from './chains/merge-concats';
import { mergeReshapes } from './chains/merge-reshapes';
import { mergeSlices } from './chains/merge-slices';
import { mergeTransposes } from './chains/merge-transposes';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';
import { ownValue } from '../../own-value';

const rules: Readonly<Record<string, NodeRule>> = {
  Transpose: (graph, node) => mergeTransposes(graph, node) ?? mergeReshapes(graph, node),
  Reshape: mergeReshapes,
  Flatten: mergeReshapes,
  Squeeze: mergeReshapes,
  Unsqueeze: mergeReshapes,
  Cast: mergeCasts,
  Clip: mergeBounds,
  Relu: mergeBounds,
  Slice: mergeSlices,
  Concat: mergeConcats,
  Mul: mergeArithmetic,
  Div: mergeArithmetic,
  Add: mergeArithmetic,
  Sub: mergeArithmetic,
};

const merge: NodeRule = (graph, node) =>
  isDefaultDomain(node.domain) ? ownValue(rules, node.opType ?? '')?.(graph, node) : undefined;

export const mergeChains: Simplification = {
  id: 'merge-chains',
  summary: 'Merges two consecutive nodes of a kind.',
  apply: (model, context) => rewriteModel(model, context, merge),
};
