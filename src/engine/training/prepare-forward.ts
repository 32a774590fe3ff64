/** A model made ready to stand inside a step graph: every size known, constants as initializers, one batch size. */
import { tensorOfConstant } from '../onnx/constant-node';
import type { DataTypeCode } from '../onnx/data-type';
import { statedSize } from '../onnx/declared-shape';
import type { Graph, Model, Node, Tensor, ValueInfo, ValueName } from '../onnx/graph';
import { inferModel, type InferredModel } from '../onnx/infer';
import { namesDefinedBy } from '../onnx/subgraphs';
import { createTensor, holdsIntegers, readIntegers, tensorBytes } from '../onnx/tensor';
import { defaultOpsetVersion, nodePathPart, wholeModel } from '../onnx/traverse';
import { lowerForward, needsLowering } from './lower-forward';
import type { StaticShape } from './step-builder';
import { productOf } from '../product-of';

/** Reductions, Split and Pad take axes and sizes as inputs from here on, which is how the rules read and write them. */
export const leastStepOpset = 18;

/**
 * The domain of operators that only forward graphs hold. The step replaces them with operators of ONNX; they have gradients of their own.
 */
export const trainingDomain = 'pareto.training';

export interface ForwardGraph {
  /** Nodes in topological order, without Constant nodes. */
  readonly graph: Graph;
  readonly opsetImports: Model['opsetImports'];
  readonly batch: number;
  /** Values that the model lacks, of operators that were written as others. Absent: none. */
  readonly added?: ReadonlySet<ValueName>;
  /** The shape of a value; `undefined` if a size is not known. Nothing that is trained reads such a value. */
  shapeOf(name: ValueName): StaticShape | undefined;
  elementTypeOf(name: ValueName): DataTypeCode | undefined;
  /** Elements of a small value that are known before the model runs. */
  contentOf(name: ValueName): readonly number[] | undefined;
}

/** The place in the model that prevents training, and a sentence for people that says why. */
export interface NotTrainable {
  readonly path: string;
  readonly op: string;
  readonly reason: string;
}

export interface ForwardSizes {
  readonly batch: number;
  /** The shape of each input with that batch. */
  readonly inputs: ReadonlyMap<ValueName, StaticShape>;
}

/**
 * The forward graph of a model of opset 18 or newer whose functions are inlined. Declared shapes are not read, because
 * they may be for another batch. Constant targets of Reshape with a batch of one get the new batch.
 */
export function prepareForward(model: Model, sizes: ForwardSizes): ForwardGraph | NotTrainable {
  if (model.graph === undefined || model.functions.length > 0) {
    return { ...wholeModel, reason: 'The model calls functions that cannot be inlined.' };
  }
  if (defaultOpsetVersion(model) < BigInt(leastStepOpset)) {
    return { ...wholeModel, reason: `The model cannot be converted to operator set ${leastStepOpset}.` };
  }
  const plain = withPlainConstants(model.graph);
  const forward = withLoweredOperators(model, infer(model, withFixedSizes(plain, sizes), sizes.batch));
  return findBatchProblem(forward) ?? forward;
}

function infer(model: Model, graph: Graph, batch: number): ForwardGraph {
  return createForward(graph, model, batch, inferModel({ ...model, graph }, { byRulesOnly: true }));
}

/** Moves the nodes that read weights of a replaced operator to the domain of training, so that the weights are trained. */
function withLoweredOperators(model: Model, forward: ForwardGraph): ForwardGraph {
  if (!forward.graph.nodes.some(needsLowering)) return forward;
  const { graph, views } = lowerForward({ ...model, graph: forward.graph }, forward);
  const nodes = graph.nodes.map((node) =>
    views.has(node.outputs[0] ?? '') ? { ...node, domain: trainingDomain } : node,
  );
  const own = new Set(namesDefinedBy(forward.graph));
  const added = new Set([...namesDefinedBy(graph)].filter((name) => !own.has(name)));
  return { ...infer(model, graph, forward.batch), graph: { ...graph, nodes }, added };
}

export function isNotTrainable(result: ForwardGraph | NotTrainable): result is NotTrainable {
  return 'reason' in result;
}

function createForward(graph: Graph, model: Model, batch: number, inferred: InferredModel): ForwardGraph {
  return {
    graph,
    opsetImports: model.opsetImports,
    batch,
    shapeOf(name) {
      const shape = inferred.value(graph, name)?.shape;
      return shape?.every((size) => typeof size === 'number') ? (shape as readonly number[]) : undefined;
    },
    elementTypeOf: (name) => inferred.value(graph, name)?.elementType,
    contentOf(name) {
      const content = inferred.value(graph, name)?.content;
      return content?.every((size) => typeof size === 'number') ? (content as readonly number[]) : undefined;
    },
  };
}

/** Constant nodes become initializers, so that a weight is found in one place. */
function withPlainConstants(graph: Graph): Graph {
  const initializers: Tensor[] = [...graph.initializers];
  const nodes = graph.nodes.filter((node) => {
    const tensor = tensorOfConstant(node);
    if (tensor === undefined) return true;
    initializers.push({ ...tensor, name: node.outputs[0] });
    return false;
  });
  // A caller could replace an initializer that is also an input, but a training step never does.
  const held = new Set(initializers.map(({ name }) => name));
  return { ...graph, nodes, initializers, inputs: graph.inputs.filter(({ name }) => !held.has(name)), valueInfos: [] };
}

function withFixedSizes(graph: Graph, { batch, inputs }: ForwardSizes): Graph {
  const fixed = graph.inputs.map((input) => withShape(input, inputs.get(input.name ?? '')));
  const outputs = graph.outputs.map((output) => withShape(output, undefined));
  const held = graph.inputs.some(({ type }) =>
    (type?.shape?.dimensions ?? []).slice(0, 1).some((dimension) => statedSize(dimension) === 1),
  );
  const rebatched = held && batch > 1 ? withBatchInConstants(graph, batch) : graph;
  return { ...rebatched, inputs: fixed, outputs };
}

function withShape(info: ValueInfo, shape: StaticShape | undefined): ValueInfo {
  if (info.type === undefined) return info;
  const dimensions = shape?.map((size) => ({ size: BigInt(size) }));
  return { ...info, type: { ...info.type, shape: dimensions && { dimensions } } };
}

/**
 * Adapts constants that were written for one sample: the shape of a Reshape to [1, …], or a constant that is joined to an activation.
 * Several nodes may read such a constant, so each node gets its own.
 */
function withBatchInConstants(graph: Graph, batch: number): Graph {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  const added: Tensor[] = [];
  const replaced = (tensor: Tensor, bytes: Uint8Array | BigInt64Array, dims: readonly bigint[]): ValueName => {
    const name = freeName(constants, `${tensor.name}/batch`);
    const copy = createTensor({ name, dataType: tensor.dataType!, dims, bytes });
    constants.set(name, copy);
    added.push(copy);
    return name;
  };
  const inputs = ({ opType, inputs: names }: Node): readonly ValueName[] => {
    if (names.every((name) => constants.has(name))) return names;
    if (opType === 'Concat') {
      return names.map((name) => {
        const part = constants.get(name);
        return part?.dims[0] === 1n && part.dims.length > 1
          ? replaced(part, repeatBytes(tensorBytes(part), batch), [BigInt(batch), ...part.dims.slice(1)])
          : name;
      });
    }
    const target = opType === 'Reshape' && !constants.has(names[0]!) ? constants.get(names[1] ?? '') : undefined;
    if (target === undefined || !holdsIntegers(target)) return names;
    const [first, ...rest] = readIntegers(target);
    if (first !== 1n || rest.length === 0) return names;
    return [names[0]!, replaced(target, BigInt64Array.of(BigInt(batch), ...rest), target.dims)];
  };
  const nodes = graph.nodes.map((node): Node => ({ ...node, inputs: inputs(node) }));
  return { ...graph, nodes, initializers: [...graph.initializers, ...added] };
}

function repeatBytes(bytes: Uint8Array, count: number): Uint8Array {
  const repeated = new Uint8Array(bytes.length * count);
  for (let copy = 0; copy < count; copy++) repeated.set(bytes, copy * bytes.length);
  return repeated;
}

function freeName(taken: ReadonlyMap<string, Tensor>, base: string): string {
  let name = base;
  for (let suffix = 1; taken.has(name); suffix++) name = `${base}_${suffix}`;
  return name;
}

/** A batch that is written into the model somewhere shows as elements that come or go. */
function findBatchProblem(forward: ForwardGraph): NotTrainable | undefined {
  for (const [index, node] of forward.graph.nodes.entries()) {
    if (node.opType !== 'Reshape' && node.opType !== 'Concat') continue;
    // Joined or only moved, elements are as many as before.
    const from = node.inputs.slice(0, node.opType === 'Reshape' ? 1 : undefined).map((name) => forward.shapeOf(name));
    const to = forward.shapeOf(node.outputs[0]!);
    if (to === undefined || from.includes(undefined)) continue;
    if (from.reduce((sum, shape) => sum + productOf(shape!), 0) !== productOf(to)) {
      const reason = `It is fixed to another batch size than ${forward.batch}.`;
      return { path: `graph/${nodePathPart(node, index)}`, op: node.opType, reason };
    }
  }
  for (const { name = '' } of forward.graph.outputs) {
    const shape = forward.shapeOf(name);
    if (shape && forward.batch > 1 && shape[0] !== forward.batch) {
      const reason = `The output does not have one row for each of ${forward.batch} samples.`;
      return { path: `graph/${name}`, op: 'Output', reason };
    }
  }
  return undefined;
}
