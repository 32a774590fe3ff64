/**
 * Emits the nodes of a step graph. Every value has a known static shape, and equal constants are made once. Every name
 * is fresh, because names such as `w`, `v` and `loss` occur in real models.
 */
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../onnx/attributes';
import { DataType, type DataTypeCode } from '../onnx/data-type';
import { AttributeType, type Attribute, type Node, type Tensor, type ValueName } from '../onnx/graph';
import { NameSet } from '../onnx/name-set';
import { createTensor } from '../onnx/tensor';

/** Sizes of a value, all known. */
export type StaticShape = readonly number[];

export interface SliceRange {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

export class StepBuilder {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly #shapes = new Map<ValueName, StaticShape>();
  readonly #constants = new Map<string, ValueName>();
  readonly #valueNames: NameSet;
  readonly #nodeNames: NameSet;

  /** @param taken names of values and nodes that the graphs put into the step have already. */
  constructor(taken: { readonly values: Iterable<string>; readonly nodes: Iterable<string> }) {
    this.#valueNames = new NameSet(taken.values);
    this.#nodeNames = new NameSet(taken.nodes);
  }

  freshName(base: string): ValueName {
    return this.#valueNames.addFree(base);
  }

  freshNodeName(base: string): string {
    return this.#nodeNames.addFree(base);
  }

  /** States the shape of a value that a graph put into the step defines. */
  declare(name: ValueName, shape: StaticShape): void {
    this.#shapes.set(name, shape);
  }

  hasShape(name: ValueName): boolean {
    return this.#shapes.has(name);
  }

  shapeOf(name: ValueName): StaticShape {
    const shape = this.#shapes.get(name);
    if (shape === undefined) throw new TypeError(`The step graph has no shape for the value "${name}".`);
    return shape;
  }

  /** One node with one output of the given shape; the name of the output. */
  emit(
    opType: string,
    inputs: readonly ValueName[],
    shape: StaticShape,
    attributes: readonly Attribute[] = [],
    outputBase = `step/${opType}`,
  ): ValueName {
    const output = this.freshName(outputBase);
    this.nodes.push({ name: this.freshNodeName(outputBase), opType, inputs, outputs: [output], attributes });
    this.#shapes.set(output, shape);
    return output;
  }

  /** A constant that the step holds; equal ones are one initializer. */
  constant(dataType: DataTypeCode, dims: StaticShape, bytes: Float32Array | BigInt64Array | Int32Array): ValueName {
    const content = bytes.length <= 64 ? bytes.join() : undefined;
    const key = content === undefined ? undefined : `${dataType}|${dims.join()}|${content}`;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.freshName('step/constant');
    this.initializers.push(createTensor({ name, dataType, dims, bytes }));
    this.#shapes.set(name, dims);
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  /** Adds a float scalar with dims []. Array helpers that make it [1] change the rank of the values that it is combined with. */
  scalar(value: number): ValueName {
    return this.constant(DataType.float32, [], Float32Array.of(value));
  }

  floats(dims: StaticShape, values: Float32Array): ValueName {
    return this.constant(DataType.float32, dims, values);
  }

  ints(values: readonly number[]): ValueName {
    return this.constant(DataType.int64, [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  add(a: ValueName, b: ValueName): ValueName {
    return this.#binary('Add', a, b);
  }

  subtract(a: ValueName, b: ValueName): ValueName {
    return this.#binary('Sub', a, b);
  }

  multiply(a: ValueName, b: ValueName): ValueName {
    return this.#binary('Mul', a, b);
  }

  divide(a: ValueName, b: ValueName): ValueName {
    return this.#binary('Div', a, b);
  }

  scale(a: ValueName, factor: number): ValueName {
    return factor === 1 ? a : this.multiply(a, this.scalar(factor));
  }

  unary(opType: string, a: ValueName, attributes: readonly Attribute[] = []): ValueName {
    return this.emit(opType, [a], this.shapeOf(a), attributes);
  }

  /** A comparison: bool, broadcast. */
  compare(opType: 'Greater' | 'Less' | 'Equal' | 'GreaterOrEqual', a: ValueName, b: ValueName): ValueName {
    return this.#binary(opType, a, b);
  }

  where(condition: ValueName, a: ValueName, b: ValueName): ValueName {
    const shape = broadcastShapes(this.shapeOf(condition), broadcastShapes(this.shapeOf(a), this.shapeOf(b)));
    return this.emit('Where', [condition, a, b], shape);
  }

  /** The same value if it has that shape already. */
  reshape(a: ValueName, shape: StaticShape): ValueName {
    if (sameShape(this.shapeOf(a), shape)) return a;
    return this.emit('Reshape', [a, this.ints(shape)], shape);
  }

  transpose(a: ValueName, permutation: readonly number[]): ValueName {
    if (permutation.every((axis, index) => axis === index)) return a;
    const shape = this.shapeOf(a);
    return this.emit(
      'Transpose',
      [a],
      permutation.map((axis) => shape[axis]!),
      [intsAttribute('perm', permutation)],
    );
  }

  /** Sum over axes, which stay with size 1 if `keep` says so. */
  sum(a: ValueName, axes: readonly number[], keep = false): ValueName {
    return this.#reduce('ReduceSum', a, axes, keep);
  }

  mean(a: ValueName, axes: readonly number[], keep = false): ValueName {
    return this.#reduce('ReduceMean', a, axes, keep);
  }

  matMul(a: ValueName, b: ValueName): ValueName {
    const [left, right] = [this.shapeOf(a), this.shapeOf(b)];
    const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
    return this.emit('MatMul', [a, b], [...batch, left.at(-2)!, right.at(-1)!]);
  }

  /** α·A·B + β·C of matrices. A and B are each read transposed if the flag says so. */
  gemm(
    a: ValueName,
    b: ValueName,
    transA: boolean,
    transB: boolean,
    {
      alpha = 1,
      added,
      beta = 1,
    }: { readonly alpha?: number; readonly added?: ValueName; readonly beta?: number } = {},
  ): ValueName {
    const shape = [this.shapeOf(a)[transA ? 1 : 0]!, this.shapeOf(b)[transB ? 0 : 1]!];
    return this.emit('Gemm', [a, b, ...(added === undefined ? [] : [added])], shape, [
      ...(alpha === 1 ? [] : [floatAttribute('alpha', alpha)]),
      ...(added === undefined || beta === 1 ? [] : [floatAttribute('beta', beta)]),
      intAttribute('transA', transA ? 1 : 0),
      intAttribute('transB', transB ? 1 : 0),
    ]);
  }

  slice(a: ValueName, ranges: readonly SliceRange[]): ValueName {
    const shape = [...this.shapeOf(a)];
    const changing = ranges.filter(
      ({ axis, start, end, step = 1 }) => start !== 0 || end !== shape[axis] || step !== 1,
    );
    if (changing.length === 0) return a;
    for (const { axis, start, end, step = 1 } of changing) shape[axis] = Math.max(0, Math.ceil((end - start) / step));
    const inputs = [
      a,
      this.ints(changing.map(({ start }) => start)),
      this.ints(changing.map(({ end }) => end)),
      this.ints(changing.map(({ axis }) => axis)),
      this.ints(changing.map(({ step = 1 }) => step)),
    ];
    return this.emit('Slice', inputs, shape);
  }

  /** Puts a constant around a value, zero unless told. */
  pad(a: ValueName, before: readonly number[], after: readonly number[], value = 0): ValueName {
    if ([...before, ...after].every((count) => count === 0)) return a;
    const shape = this.shapeOf(a).map((size, axis) => size + before[axis]! + after[axis]!);
    const inputs = [a, this.ints([...before, ...after]), ...(value === 0 ? [] : [this.scalar(value)])];
    return this.emit('Pad', inputs, shape, [stringAttribute('mode', 'constant')]);
  }

  /** Puts step − 1 zeros between the elements of an axis. */
  spread(a: ValueName, axis: number, step: number): ValueName {
    if (step === 1) return a;
    const shape = this.shapeOf(a);
    const apart = this.reshape(a, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
    const before = [...shape, 0].map(() => 0);
    const padded = this.pad(
      apart,
      before,
      before.map((_, at) => (at === axis + 1 ? step - 1 : 0)),
    );
    const joined = shape.map((size, at) => (at === axis ? size * step : size));
    const end = (shape[axis]! - 1) * step + 1;
    return this.slice(this.reshape(padded, joined), [{ axis, start: 0, end }]);
  }

  concat(parts: readonly ValueName[], axis: number): ValueName {
    if (parts.length === 1) return parts[0]!;
    const shape = [...this.shapeOf(parts[0]!)];
    shape[axis] = parts.reduce((sum, part) => sum + this.shapeOf(part)[axis]!, 0);
    return this.emit('Concat', parts, shape, [intAttribute('axis', axis)]);
  }

  expand(a: ValueName, shape: StaticShape): ValueName {
    if (sameShape(this.shapeOf(a), shape)) return a;
    return this.emit('Expand', [a, this.ints(shape)], shape);
  }

  /** Zeros of a shape, made while the graph runs if they would take a large constant. */
  zeros(shape: StaticShape): ValueName {
    const zero: Attribute = {
      name: 'value',
      type: AttributeType.tensor,
      t: createTensor({ dataType: DataType.float32, dims: [1], bytes: new Float32Array(1) }),
    };
    return this.emit('ConstantOfShape', [this.ints(shape)], shape, [zero]);
  }

  /** Sums over the axes along which a value of `shape` was broadcast, and gives it that shape back. */
  unbroadcast(gradient: ValueName, shape: StaticShape): ValueName {
    const from = this.shapeOf(gradient);
    const lead = from.length - shape.length;
    const axes = from.map((_, axis) => axis).filter((axis) => axis < lead || shape[axis - lead] !== from[axis]);
    return this.reshape(axes.length === 0 ? gradient : this.sum(gradient, axes, true), shape);
  }

  #binary(opType: string, a: ValueName, b: ValueName): ValueName {
    return this.emit(opType, [a, b], broadcastShapes(this.shapeOf(a), this.shapeOf(b)));
  }

  #reduce(opType: string, a: ValueName, axes: readonly number[], keep: boolean): ValueName {
    if (axes.length === 0) return a;
    const from = this.shapeOf(a);
    const shape = keep
      ? from.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : from.filter((_, axis) => !axes.includes(axis));
    return this.emit(opType, [a, this.ints(axes)], shape, [intAttribute('keepdims', keep ? 1 : 0)]);
  }
}

export function sameShape(a: StaticShape, b: StaticShape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The shape of an elementwise result (ONNX, multidirectional broadcasting). */
function broadcastShapes(a: StaticShape, b: StaticShape): StaticShape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return one === 1 ? other : one;
  });
}
