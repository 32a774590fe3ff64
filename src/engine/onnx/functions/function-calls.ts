/** Functions that a model brings along, and the nodes that call them. */
import { functionDefaults, functionOverload, nodeOverload } from '../codec/function-fields';
import type { Attribute, Model, ModelFunction, Node } from '../graph';
import { mapShared } from '../map-shared';
import { withSubgraphs } from '../subgraphs';
import { canonicalDomain, getAttribute } from '../traverse';

/** Returns the function that a node calls; `undefined` for a node that calls none. */
export type FunctionLookup = (node: Node) => ModelFunction | undefined;

/** Finds functions by domain, name and overload, as ONNX does from IR version 10 on. */
export function functionLookup({ functions }: Pick<Model, 'functions'>): FunctionLookup {
  if (functions.length === 0) return () => undefined;
  const byKey = new Map(
    functions.map((entry) => [keyOf(entry.domain, entry.name, functionOverload(entry)), entry] as const),
  );
  const names = new Set(functions.map(({ name }) => name));
  return (node) =>
    names.has(node.opType) ? byKey.get(keyOf(node.domain, node.opType, nodeOverload(node))) : undefined;
}

function keyOf(domain: string | undefined, name: string | undefined, overload: string): string {
  return JSON.stringify([canonicalDomain(domain), name ?? '', overload]);
}

/**
 * The nodes of a function's body as one call means them: with the attributes that the call gives, or else the defaults of
 * the function. One that neither gives is absent. Names are those of the function.
 */
export function bodyOfCall(call: Node, called: ModelFunction): readonly Node[] {
  const defaults = functionDefaults(called);
  const given = (name: string) => getAttribute(call, name) ?? defaults.find((attribute) => attribute.name === name);
  return mapShared(called.nodes, (inner) => withAttributes(inner, given));
}

function withAttributes(node: Node, given: (name: string) => Attribute | undefined): Node {
  const inside = withSubgraphs(node, (graph) => {
    const nodes = mapShared(graph.nodes, (inner) => withAttributes(inner, given));
    return nodes === graph.nodes ? graph : { ...graph, nodes };
  });
  if (!inside.attributes.some(({ refAttrName }) => refAttrName)) return inside;
  const attributes = inside.attributes.flatMap((attribute): readonly Attribute[] => {
    if (!attribute.refAttrName) return [attribute];
    const value = given(attribute.refAttrName);
    return value === undefined ? [] : [{ ...value, name: attribute.name }];
  });
  return { ...inside, attributes };
}
