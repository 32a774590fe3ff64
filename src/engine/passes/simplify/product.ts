import type { Node, ValueName } from '../../onnx/graph';
import type { Pattern } from './pattern';
import { scalarOf } from './scalar-constant';

/** `scalar` × all of `values`. */
export interface Product {
  readonly scalar: number;
  readonly values: readonly ValueName[];
}

/**
 * What a Mul or a Div by a number computes, with the products that nothing else reads taken apart. They become part of the
 * pattern. `undefined` for other nodes.
 */
export function productOf(pattern: Pattern, node: Node): Product | undefined {
  const { graph } = pattern;
  if (!isProduct(pattern, node)) return undefined;
  let scalar = 1;
  const values: ValueName[] = [];
  const multiply = (name: ValueName) => {
    const number = scalarOf(graph, name);
    const inner = graph.onlyReader(name) === node ? graph.producer(name) : undefined;
    if (number !== undefined) scalar *= number;
    else if (inner !== undefined && isProduct(pattern, inner)) {
      pattern.find(name, inner.opType!);
      const product = productOf(pattern, inner)!;
      scalar *= product.scalar;
      values.push(...product.values);
    } else values.push(name);
  };
  multiply(node.inputs[0]!);
  if (node.opType === 'Div') scalar /= scalarOf(graph, node.inputs[1]!)!;
  else multiply(node.inputs[1]!);
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
