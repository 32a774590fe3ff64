import type { Node, ValueName } from '../../../onnx/graph';
import type { Pattern } from './pattern';
import { scalarOf } from '../scalar-constant';

/** `scalar` × all of `values`. */
export interface Product {
  readonly scalar: number;
  readonly values: readonly ValueName[];
}

/** No formula multiplies more often; a graph may, and going back to its beginning from each node would never end. */
const mostNodes = 16;

/**
 * What a Mul or a Div by a number computes, with the products that nothing else reads taken apart. They become part of the
 * pattern. `undefined` for other nodes, and for products of more than 16 nodes.
 */
export function productOf(pattern: Pattern, node: Node): Product | undefined {
  const { graph } = pattern;
  if (!isProduct(pattern, node)) return undefined;
  let scalar = 1;
  const values: ValueName[] = [];
  const open: { readonly name: ValueName; readonly reader: Node }[] = [];
  const takeApart = (product: Node) => {
    const [left, right] = product.inputs as readonly [ValueName, ValueName];
    if (product.opType === 'Div') scalar /= scalarOf(graph, right)!;
    else open.push({ name: right, reader: product });
    open.push({ name: left, reader: product });
  };
  takeApart(node);
  let nodes = 1;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { name, reader } = next;
    const number = scalarOf(graph, name);
    const inner = graph.onlyReader(name) === reader ? graph.producer(name) : undefined;
    if (number !== undefined) scalar *= number;
    else if (inner !== undefined && isProduct(pattern, inner)) {
      if (++nodes > mostNodes) return undefined;
      pattern.find(name, inner.opType!);
      takeApart(inner);
    } else values.push(name);
  }
  return { scalar, values };
}

function isProduct({ graph }: Pattern, { opType, inputs }: Node): boolean {
  return inputs.length === 2 && (opType === 'Mul' || (opType === 'Div' && scalarOf(graph, inputs[1]!) !== undefined));
}

/** The value of `x × x`, `x³` and the like: the power of x, `undefined` where another value takes part. */
export function powerOf(pattern: Pattern, values: readonly ValueName[], x: ValueName): number | undefined {
  let power = 0;
  for (const name of values) {
    const node = name === x ? undefined : pattern.find(name, 'Pow');
    const exponent = name === x ? 1 : node?.inputs[0] === x ? scalarOf(pattern.graph, node.inputs[1]!) : undefined;
    if (exponent === undefined) return undefined;
    power += exponent;
  }
  return power;
}
