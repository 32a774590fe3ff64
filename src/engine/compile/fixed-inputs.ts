/** Inputs of one number that choose what a model computes, such as a sample rate. A module can be made for one value of them. */
import { inspectInputs } from '../analysis/inspect';
import type { FeedTensor, Feeds, InputDescription } from '../data/feeds';
import { DataType, type DataTypeName } from '../onnx/data-type';
import type { Model, Tensor, ValueName } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { isDefaultDomain, nodes } from '../onnx/traverse';
import { ownValue } from '../own-value';

/** Numbers by the names of inputs. */
export type FixedValues = Readonly<Record<string, number>>;

const makers = {
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Inputs of one integer or truth value. */
export function singleInputs(model: Model): readonly InputDescription[] {
  return inspectInputs(model).filter(
    ({ dtype, shape }) => dtype in makers && shape?.every((size) => size === 1) === true,
  );
}

/** Single inputs that the condition of an If follows from. */
export function decidingInputs(model: Model): readonly InputDescription[] {
  return singleInputs(model).filter(({ name }) => decidesBranch(model, name));
}

function decidesBranch(model: Model, input: ValueName): boolean {
  const reached = new Set([input]);
  for (const { node } of nodes(model)) {
    const [condition = ''] = node.inputs;
    if (node.opType === 'If' && isDefaultDomain(node.domain) && reached.has(condition)) return true;
    if (node.inputs.some((name) => reached.has(name))) for (const name of node.outputs) reached.add(name);
  }
  return false;
}

/** The numbers that some feeds give to inputs. */
export function valuesIn(feeds: Feeds, inputs: readonly InputDescription[]): FixedValues {
  const found = inputs.flatMap(({ name }) => {
    const value = ownValue(feeds, name)?.data[0];
    return value === undefined ? [] : [[name, Number(value)] as const];
  });
  return Object.fromEntries(found);
}

function arrayOf(dtype: string, value: number): BigInt64Array | Int32Array | Uint8Array {
  const make = makers[dtype as keyof typeof makers];
  return make === BigInt64Array ? BigInt64Array.of(BigInt(value)) : (make as typeof Int32Array).of(value);
}

/** The model with these inputs as constants. */
export function withFixedInputs(model: Model, values: FixedValues): Model {
  const { graph } = model;
  const chosen = singleInputs(model).filter(({ name }) => ownValue(values, name) !== undefined);
  if (graph === undefined || chosen.length === 0) return model;
  const constants = chosen.map(({ name, dtype, shape }): Tensor => {
    const bytes = arrayOf(dtype, values[name]!);
    return createTensor({ name, dataType: DataType[dtype as DataTypeName], dims: shape!.map(Number), bytes });
  });
  const names = new Set<string | undefined>(chosen.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !names.has(name));
  return { ...model, graph: { ...graph, inputs, initializers: [...graph.initializers, ...constants] } };
}

/** Feeds of the model itself: those that a module is run with, and the fixed inputs. */
export function withFixedFeeds(feeds: Feeds, model: Model, values: FixedValues): Feeds {
  const fixed = singleInputs(model).flatMap(({ name, dtype, shape }): readonly (readonly [string, FeedTensor])[] => {
    const value = ownValue(values, name);
    return value === undefined ? [] : [[name, { dtype, dims: shape!.map(Number), data: arrayOf(dtype, value) }]];
  });
  return { ...feeds, ...Object.fromEntries(fixed) };
}
