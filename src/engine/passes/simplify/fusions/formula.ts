/**
 * Formulas that a pattern is compared with. They read like the formula of an operator's definition: `op('Sqrt', value('x'))` is the
 * square root of a value that is called x.
 */
import { DataType } from '../../../onnx/data-type';
import type { Node, ValueName } from '../../../onnx/graph';
import { integerConstant } from '../integer-constant';
import { scalarOf } from '../scalar-constant';
import type { Pattern } from './pattern';

/** A part of a formula. True if it computes the value; the nodes that it finds are part of the pattern. */
export type Term = (pattern: Pattern, name: ValueName) => boolean;

/** A condition on a number. */
export type NumberTest = (pattern: Pattern, found: number) => boolean;

/**
 * A value that is no number, computed by a formula if one is given. The same label stands for the same value
 * everywhere.
 */
export function value(label: string, formula: Term = () => true): Term {
  return (pattern, name) =>
    name !== '' && scalarOf(pattern.graph, name) === undefined && formula(pattern, name) && pattern.bind(label, name);
}

/** A constant of one element. */
export function number(test: NumberTest): Term {
  return (pattern, name) => {
    const integers = integerConstant(pattern.graph, name);
    const found = integers?.length === 1 ? integers[0] : scalarOf(pattern.graph, name);
    return found !== undefined && test(pattern, found);
  };
}

export function is(wanted: number): NumberTest {
  return (_pattern, found) => found === wanted;
}

/** Any number, under a label. */
export function any(label: string): NumberTest {
  return (pattern, found) => pattern.bind(label, found);
}

/** Exporters write the numbers of a formula rounded to the type of the model, or to five places by hand. */
const tolerance = 1e-5;
/** Half of the distance of float16 numbers. */
const halfTolerance = 2 ** -11;

/** A number of a formula, as exact as constants of the model are. */
export function near(wanted: number): NumberTest {
  return ({ graph, root }, found) => {
    const isHalf = graph.value(root.outputs[0]!).elementType === DataType.float16;
    return Math.abs(found - wanted) <= Math.abs(wanted) * (isHalf ? halfTolerance : tolerance);
  };
}

/** A node of this operator, with formulas of its first inputs. */
export function op(operator: string, ...inputs: readonly Term[]): Term {
  return (pattern, name) => {
    const node = pattern.find(name, operator);
    return node !== undefined && inputs.every((term, index) => term(pattern, node.inputs[index] ?? ''));
  };
}

export function either(...terms: readonly Term[]): Term {
  return (pattern, name) => pattern.either(...terms.map((term) => () => term(pattern, name)));
}

/** An operator of two inputs in either order. */
export function commutative(operator: string, left: Term, right: Term): Term {
  return either(op(operator, left, right), op(operator, right, left));
}

export const sum = (left: Term, right: Term): Term => commutative('Add', left, right);

/** A product of one or two values and a number, in any order and over several nodes. The number is 1 if there is none. */
export function product(test: NumberTest, first: Term, second?: Term): Term {
  return (pattern, name) => {
    const found = productOf(pattern, name);
    if (found === undefined || !test(pattern, found.scalar)) return false;
    const [left = '', right = ''] = found.values;
    if (found.values.length !== (second === undefined ? 1 : 2)) return false;
    if (second === undefined) return first(pattern, left);
    return pattern.either(
      () => first(pattern, left) && second(pattern, right),
      () => first(pattern, right) && second(pattern, left),
    );
  };
}

/** A number times a power of a value that has been found: as Pow, as a product of the value with itself, or both. */
export function power(test: NumberTest, label: string, exponent: number): Term {
  return (pattern, name) => {
    const found = productOf(pattern, name);
    if (found === undefined || !test(pattern, found.scalar)) return false;
    return powerOf(pattern, found.values, pattern.valueOf(label)) === exponent;
  };
}

/**
 * The limit exceeds the products of every formula. A graph may have more, and following them to the beginning from each
 * node would take too long.
 */
const mostNodes = 16;

/**
 * Returns the factor and the values of a Mul or a Div by a number. Products that nothing else reads are taken apart and
 * become part of the pattern. Returns `undefined` for other nodes, for inner ones with other readers, and for products
 * of more than 16 nodes.
 */
function productOf(
  pattern: Pattern,
  last: ValueName,
): { readonly scalar: number; readonly values: readonly ValueName[] } | undefined {
  const { graph } = pattern;
  const node = pattern.find(last, 'Mul', 'Div');
  if (node === undefined || !isProduct(pattern, node)) return undefined;
  if (node !== pattern.root && graph.onlyReader(last) === undefined) return undefined;
  let scalar = 1;
  const values: ValueName[] = [];
  const open: { readonly name: ValueName; readonly reader: Node }[] = [];
  const takeApart = (inner: Node) => {
    const [left, right] = inner.inputs as readonly [ValueName, ValueName];
    if (inner.opType === 'Div') scalar /= scalarOf(graph, right)!;
    else open.push({ name: right, reader: inner });
    open.push({ name: left, reader: inner });
  };
  takeApart(node);
  let nodes = 1;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { name, reader } = next;
    const factor = scalarOf(graph, name);
    const inner = graph.onlyReader(name) === reader ? graph.producer(name) : undefined;
    if (factor !== undefined) scalar *= factor;
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

/** The value of `x × x`, `x³` and the like: the power of x, `undefined` if another value takes part. */
function powerOf(pattern: Pattern, values: readonly ValueName[], x: ValueName | undefined): number | undefined {
  let exponents = 0;
  for (const name of values) {
    const node = name === x ? undefined : pattern.find(name, 'Pow');
    const exponent =
      name === x ? 1 : node && node.inputs[0] === x ? scalarOf(pattern.graph, node.inputs[1]!) : undefined;
    if (exponent === undefined) return undefined;
    exponents += exponent;
  }
  return exponents;
}
