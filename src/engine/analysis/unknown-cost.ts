/** Explains why a cost of one run is not known, back to the value or the operator that caused it. */
import type { Model, Node, ValueName } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import { bytesOfValue } from '../onnx/ops/bytes-moved';
import { operatorRecord } from '../onnx/ops/registry';
import { childScopes, isDefaultDomain, nodes, nodesOf, type NodeVisit, type Scope } from '../onnx/traverse';

/** `null` if one is not known. */
export type NodeCost = (node: Node) => number | null;

/**
 * Explains the first node of the graph whose cost is not known; `undefined` if every cost is known. Returns a clause: `the size of … is
 * open`.
 */
export function reasonOfUnknownCost(scope: Scope, costOf: NodeCost, inferred: InferredModel): string | undefined {
  for (const visit of nodesOf(scope)) {
    if (costOf(visit.node) !== null) continue;
    const open = visit.node.inputs.find((name) => isOpen(scope, name, inferred));
    return open === undefined
      ? reasonOfNode(visit, costOf, inferred)
      : reasonOfOpenValue(scope, open, inferred, costOf);
  }
  return undefined;
}

/** Explains in a clause which value or operator makes the size of a value unknown. */
export function reasonOfOpenValue(
  scope: Scope,
  name: ValueName,
  inferred: InferredModel,
  costOf: NodeCost = (node) => inferred.bytes(node),
): string {
  const makers = new Map<ValueName, NodeVisit>();
  for (const visit of nodesOf(scope)) for (const output of visit.node.outputs) makers.set(output, visit);
  let [value, maker] = [name, makers.get(name)];
  while (maker !== undefined) {
    const { index, node } = maker;
    // Nodes come sorted; one that reads a later one would be followed in a circle.
    const before = node.inputs.find(
      (input) => isOpen(scope, input, inferred) && (makers.get(input)?.index ?? -1) < index,
    );
    if (before === undefined) return reasonOfNode(maker, costOf, inferred);
    [value, maker] = [before, makers.get(before)];
  }
  const isInput = scope.graph?.inputs.some((input) => input.name === value) === true;
  const isMain = scope.parent === undefined;
  const label = isMain ? `the input "${value}"` : `the input "${value}" of ${scope.path}`;
  const open = isMain ? 'has free dimensions without sizes' : 'is open';
  if (isInput) return reasonOfValue(scope, value, inferred, label, open);
  return `the size of "${value}", which comes from outside ${scope.path}, is unknown`;
}

/** Lists operators without a rule and without a function body. Their work is in no total. */
export function uncountedOperators(model: Model, inferred: InferredModel): readonly string[] {
  const found = new Set<string>();
  for (const { node } of nodes(model)) if (isWithoutRule(node, inferred)) found.add(nameOfOperator(node));
  return [...found];
}

/** All that the node reads is known. */
function reasonOfNode(visit: NodeVisit, costOf: NodeCost, inferred: InferredModel): string {
  const { node, path, scope } = visit;
  const label = `${nameOfOperator(node)} (${path})`;
  if (isWithoutRule(node, inferred)) return `Pareto does not know the operator ${label}`;
  const children = childScopes(visit);
  for (const child of children) {
    const reason = reasonOfUnknownCost(child, costOf, inferred);
    if (reason !== undefined) return reason;
  }
  if (children.length > 0) return `how often ${label} runs its graph depends on the data`;
  if (inferred.hasBody(node)) return `the cost of the function that ${label} calls is unknown`;
  const open = node.outputs.find((name) => isOpen(scope, name, inferred));
  if (open === undefined) return `Pareto cannot count ${label} with these inputs`;
  return reasonOfValue(scope, open, inferred, `"${open}" of ${label}`, 'depends on the data');
}

/** @param open the sentence for a tensor that has a size of its own. */
function reasonOfValue(
  { graph }: Scope,
  name: ValueName,
  inferred: InferredModel,
  label: string,
  open: string,
): string {
  const { elementType, shape, sequence, element } = (graph && inferred.value(graph, name)) ?? {};
  if (sequence !== undefined || element !== undefined) return `${label} is a sequence, which is not counted`;
  const hasSizes = shape?.every((size) => typeof size === 'number') === true;
  if (hasSizes && elementType === undefined) return `the element type of ${label} is unknown`;
  return hasSizes ? `elements of ${label} have no size of their own` : `the size of ${label} ${open}`;
}

function isWithoutRule(node: Node, inferred: InferredModel): boolean {
  return operatorRecord(node) === undefined && !inferred.hasBody(node);
}

function isOpen({ graph }: Scope, name: ValueName, inferred: InferredModel): boolean {
  return name !== '' && graph !== undefined && bytesOfValue(inferred.value(graph, name) ?? {}) === null;
}

function nameOfOperator({ domain, opType = '' }: Node): string {
  return isDefaultDomain(domain) ? opType : `${domain}.${opType}`;
}
