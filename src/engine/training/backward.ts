/**
 * Reverse-mode differentiation of a forward graph. It walks the nodes backwards and adds up the gradients of each
 * value.
 */
import { DataType } from '../onnx/data-type';
import type { Node, ValueName } from '../onnx/graph';
import { nodePathPart } from '../onnx/traverse';
import { GradientSite, type InputGradients, type NoGradient } from './gradients/gradient-rule';
import { gradientRuleOf } from './gradients/registry';
import { needsLowering, whyNotLowered } from './lower-forward';
import type { ForwardGraph, NotTrainable } from './prepare-forward';
import type { StepBuilder } from './step-builder';

export interface Backward {
  /** The gradient of each parameter that one reached. */
  readonly gradients: ReadonlyMap<ValueName, ValueName>;
  /** Nodes that let no gradient through. Weights that are only before them are not trained. */
  readonly stoppedAt: readonly NotTrainable[];
}

/**
 * Emits the gradients of a scalar with respect to the parameters. @param seeds its gradient with respect to values of
 * the graph, outputs as a rule. Only the part between a parameter and a seed is differentiated.
 */
export function emitBackward(
  builder: StepBuilder,
  forward: ForwardGraph,
  parameters: ReadonlySet<ValueName>,
  seeds: ReadonlyMap<ValueName, ValueName>,
): Backward {
  const needed = dependentValues(forward, parameters);
  const sums = new Map(seeds);
  const stoppedAt: NotTrainable[] = [];
  const { nodes } = forward.graph;
  for (const [backwards, node] of nodes.toReversed().entries()) {
    const gradients = node.outputs.map((name) => sums.get(name));
    const needs = node.inputs.map((name) => needed.has(name));
    if (!gradients.some((gradient) => gradient !== undefined) || !needs.includes(true)) continue;
    const result = gradientsAt(builder, forward, node, { needs, gradients });
    if (isNone(result)) {
      const path = `graph/${nodePathPart(node, nodes.length - 1 - backwards)}`;
      stoppedAt.push({ path, op: node.opType ?? '', reason: result.reason });
      continue;
    }
    result.forEach((gradient, input) => {
      const name = node.inputs[input]!;
      if (gradient === undefined || !needs[input]) return;
      const before = sums.get(name);
      sums.set(name, before === undefined ? gradient : builder.add(before, gradient));
    });
  }
  const known = new Set(stoppedAt.map(({ path }) => path));
  stoppedAt.push(...holdingUntrained(forward).filter(({ path }) => !known.has(path)));
  const reached = [...parameters].filter((name) => sums.has(name));
  return { gradients: new Map(reached.map((name) => [name, sums.get(name)!])), stoppedAt };
}

/** Nodes with weights of their own that no rule trains: nothing may stand before them that the walk would have stopped for. */
function holdingUntrained({ graph }: ForwardGraph): NotTrainable[] {
  const weights = new Set(
    graph.initializers.flatMap(({ name = '', dataType, dims }) => {
      const isWeight = dataType === DataType.float32 && dims.length > 1;
      return isWeight ? [name] : [];
    }),
  );
  return graph.nodes.flatMap((node, index) => {
    if (gradientRuleOf(node) !== undefined || !node.inputs.some((name) => weights.has(name))) return [];
    const op = node.opType ?? '';
    return [{ path: `graph/${nodePathPart(node, index)}`, op, reason: `Pareto cannot train the weights of ${op}.` }];
  });
}

/** Float values that a parameter has a part in. */
function dependentValues(forward: ForwardGraph, parameters: ReadonlySet<ValueName>): ReadonlySet<ValueName> {
  const dependent = new Set(parameters);
  for (const node of forward.graph.nodes) {
    if (!node.inputs.some((name) => dependent.has(name))) continue;
    for (const name of node.outputs) if (forward.elementTypeOf(name) === DataType.float32) dependent.add(name);
  }
  return dependent;
}

function gradientsAt(
  builder: StepBuilder,
  forward: ForwardGraph,
  node: Node,
  site: { readonly needs: readonly boolean[]; readonly gradients: readonly (ValueName | undefined)[] },
): InputGradients | NoGradient {
  const opType = node.opType ?? '';
  const rule = gradientRuleOf(node);
  if (rule === undefined) {
    const why = needsLowering(node) ? whyNotLowered(node, forward.shapeOf) : undefined;
    return { reason: `Pareto has no gradient for ${why === undefined ? opType : `this ${opType}: ${why}`}.` };
  }
  const unknown = [...node.inputs, ...node.outputs].find((name) => name !== '' && !builder.hasShape(name));
  if (unknown !== undefined) return { reason: `The size of ${unknown} is known only while the model runs.` };
  if (site.gradients[0] === undefined && opType !== 'Split') return { reason: 'Only its second output is used.' };
  const content = (input: number): readonly number[] | undefined => forward.contentOf(node.inputs[input]!);
  const result = rule(new GradientSite({ builder, node, ...site, content }));
  return isNone(result) ? { reason: `Pareto has no gradient for this ${opType}: ${result.reason}.` } : result;
}

function isNone(result: InputGradients | NoGradient): result is NoGradient {
  return 'reason' in result;
}
