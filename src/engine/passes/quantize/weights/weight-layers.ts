/** Finds the layers whose weight can be quantized, and explains why others cannot. Reads no weights. */
import { DataType, dataTypeName, isFloatDataType } from '../../../onnx/data-type';
import type { Model, Tensor } from '../../../onnx/graph';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { elementCount } from '../../../onnx/tensor';
import {
  canonicalDomain,
  getAttributeInt,
  isInsideFunction,
  isWithin,
  nodes,
  type NodeVisit,
} from '../../../onnx/traverse';
import { weights, type Weight, type WeightConsumer } from '../../../onnx/weights';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import type { Refusal } from '../../pass';
import type { MatrixShape } from './weight-matrix';
import { layerOperators, type LayerOperator, type WeightsOptions } from './weights-options';
import { productOf } from '../../../product-of';

/** A node that multiplies with a constant matrix, or looks up its rows. A recurrent one is two layers: input and state. */
export interface WeightLayer {
  readonly visit: NodeVisit;
  readonly op: LayerOperator;
  /** The index of the weight among the inputs of the node. */
  readonly input: number;
  readonly weight: Weight;
  readonly shape: MatrixShape;
  /** Parts of the rows with inputs of their own: channels of a Conv, directions of a recurrent state; 1 for all others. */
  readonly groups: number;
  /** The Transpose between the weight and the node, of a product with a table that a Gather reads too. */
  readonly through?: WeightConsumer;
}

export interface FoundLayers {
  /** Layers in file order, those of the main graph first. */
  readonly layers: readonly WeightLayer[];
  readonly refusals: readonly Refusal[];
}

interface Reason {
  readonly code: string;
  readonly reason: string;
}

type Filter = Pick<WeightsOptions, 'opTypes' | 'include' | 'exclude' | 'bitsByLayer' | 'blockSizeByLayer'>;

/** Finds the layers that the options choose. Refuses, with reasons, those that cannot be quantized and names that no node has. */
export function findWeightLayers(model: Model, options: Filter): FoundLayers {
  const all = [...nodes(model)];
  const order = new Map(all.map(({ path }, index) => [path, index]));
  const overridable = overridableInitializers(model);
  const found: WeightLayer[] = [];
  const held = weights(model);
  const refusals = unknownNodeNames(
    [
      ...options.include,
      ...options.exclude,
      ...Object.keys(options.bitsByLayer),
      ...Object.keys(options.blockSizeByLayer),
    ],
    new Set(all.flatMap(namesOfNode)),
  );
  for (const weight of held) {
    if (!isFloatDataType(weight.tensor.dataType ?? DataType.undefined)) continue;
    const layersOf = tiedProducts(weight, all);
    for (const consumer of weight.consumers) {
      const tied = layersOf(consumer);
      for (const layer of tied.length > 0 ? tied : [layerOf(weight, consumer)]) {
        if (layer === undefined) continue;
        const isRefused = 'reason' in layer;
        const { path, node } = isRefused ? consumer : layer.visit;
        const obstacle = isRefused
          ? layer
          : (deselection(layer, options) ?? obstacleOf(weight, layer.visit, overridable));
        if (obstacle) refusals.push({ path, op: node.opType ?? '', ...obstacle });
        else found.push(layer as WeightLayer);
      }
    }
  }
  refusals.push(...calculatedWeights(all, held));
  const position = ({ visit, input }: WeightLayer): number => 3 * order.get(visit.path)! + input;
  return { layers: found.toSorted((a, b) => position(a) - position(b)), refusals };
}

/** Recurrent layers whose weight other nodes make, as PyTorch's newer exporter writes a GRU. */
function calculatedWeights(all: readonly NodeVisit[], held: readonly Weight[]): readonly Refusal[] {
  // Integers are stored already.
  if (all.some(({ node }) => node.opType === 'DequantizeLinear')) return [];
  const read = new Set(held.flatMap(({ consumers }) => consumers.map(({ path, input }) => `${path} ${input}`)));
  return all.flatMap(({ node, path, scope }) => {
    const op = layerOperators.find((name) => name === node.opType);
    if (op === undefined || !isRecurrent(op) || read.has(`${path} 1`)) return [];
    if (!scope.nodes.some(({ outputs }) => outputs.includes(node.inputs[1] ?? ''))) return [];
    const reason = 'Its weights are computed at run time. Run simplify first.';
    return [{ path, op, code: 'calculated-weight', reason }];
  });
}

/**
 * Finds products with a transposed table of embeddings, as decoders share it between their first and their last layer. The result
 * returns the products behind a Transpose: none if something else reads it too, or if no Gather reads the table.
 */
function tiedProducts(weight: Weight, all: readonly NodeVisit[]): (consumer: WeightConsumer) => readonly WeightLayer[] {
  const isTable = weight.consumers.some(
    (consumer) => consumer.node.opType === 'Gather' && layerOf(weight, consumer) !== undefined,
  );
  const [rows = 0, columns = 0] = weight.tensor.dims.map(Number);
  return (consumer) => {
    const { node, scope } = consumer;
    if (!isTable || node.opType !== 'Transpose' || canonicalDomain(node.domain) !== '') return [];
    const [output = ''] = node.outputs;
    // Branches of an If may give other values the same name.
    const readers = all.filter((visit) => visit.node.inputs.includes(output) && isWithin(visit.scope, scope));
    const isOutput = scope.graph?.outputs.some(({ name }) => name === output) ?? true;
    const areProducts = readers.every(
      ({ node: reader, scope: own }) =>
        own.graph === scope.graph && reader.opType === 'MatMul' && reader.inputs.indexOf(output) === 1,
    );
    if (isOutput || !areProducts) return [];
    const shape = { rows, columns, storedBy: 'rows' } as const;
    return readers.map((visit) => ({ visit, op: 'MatMul', input: 1, weight, shape, groups: 1, through: consumer }));
  };
}

/** `undefined` for a reader that does not multiply with the weight. */
function layerOf(weight: Weight, consumer: WeightConsumer): WeightLayer | Reason | undefined {
  const { node, input } = consumer;
  const op = layerOperators.find((name) => name === node.opType);
  const isTable = op === 'Gather' && input === 0;
  const isOperand = weightOperandsOf(node).some((operand) => operand.input === input);
  if (!isTable && !isOperand) return undefined;
  if (op === undefined || canonicalDomain(node.domain) !== '') {
    const reason = `Weights of ${node.opType ?? 'this operator'} stay float32: only ${layerOperators.join(', ')} can be quantized.`;
    return { code: 'no-weight-only-form', reason };
  }
  const shape = matrixOf(op, consumer, weight.tensor);
  // Gather from a list of numbers is no table of embeddings.
  if (shape === undefined && isTable) return undefined;
  if (shape === undefined) {
    const dims = weight.tensor.dims.join(' × ');
    const reason =
      op === 'ConvTranspose'
        ? `The weight of ${dims} stays float32: its channel groups are laid out so that no output could have a scale.`
        : `The weight of ${dims} is not the right operand of ${op}.`;
    return { code: 'unsupported-shape', reason };
  }
  return { visit: consumer, op, input, weight, shape, groups: groupsOf(op, consumer, weight.tensor) };
}

function groupsOf(op: LayerOperator, { node, input }: WeightConsumer, { dims }: Tensor): number {
  if (isConvolution(op)) return getAttributeInt(node, 'group') ?? 1;
  return isRecurrent(op) && input === stateInput ? Number(dims[0]) : 1;
}

/** The input of a recurrent node that multiplies its state. */
export const stateInput = 2;

export function isConvolution(op: LayerOperator): boolean {
  return op === 'Conv' || op === 'ConvTranspose';
}

export function isRecurrent(op: LayerOperator): boolean {
  return op === 'LSTM' || op === 'GRU';
}

function matrixOf(op: LayerOperator, { node, input }: WeightConsumer, { dims }: Tensor): MatrixShape | undefined {
  const sizes = dims.map(Number);
  const [first = 0, second = 0] = sizes;
  switch (op) {
    case 'Conv':
      if (sizes.length < 3) return undefined;
      return { rows: first, columns: productOf(sizes.slice(1)), storedBy: 'rows' };
    case 'ConvTranspose':
      return transposedMatrix(sizes, getAttributeInt(node, 'group') ?? 1);
    case 'Gather':
      if (sizes.length !== 2 || ![0, -2].includes(getAttributeInt(node, 'axis') ?? 0)) return undefined;
      return { rows: first, columns: second, storedBy: 'rows' };
    case 'Gemm':
      if (sizes.length !== 2 || input !== 1) return undefined;
      return getAttributeInt(node, 'transB') === 1
        ? { rows: first, columns: second, storedBy: 'rows' }
        : { rows: second, columns: first, storedBy: 'columns' };
    case 'LSTM':
    case 'GRU':
      // Directions, gates × hidden, inputs.
      if (sizes.length !== 3) return undefined;
      return { rows: first * second, columns: sizes[2]!, storedBy: 'rows' };
    case 'MatMul':
      if (sizes.length !== 2 || input !== 1) return undefined;
      return { rows: second, columns: first, storedBy: 'columns' };
  }
}

/** Input channels, outputs of a group, kernel. With several groups, the layout allows no scale for each output. */
function transposedMatrix(sizes: readonly number[], groups: number): MatrixShape | undefined {
  const [inputs = 0, outputs = 0, ...kernel] = sizes;
  if (kernel.length === 0) return undefined;
  const together = productOf(kernel);
  if (groups === 1) return { rows: outputs, columns: inputs * together, storedBy: 'columns', together };
  return groups === inputs && outputs === 1 ? { rows: inputs, columns: together, storedBy: 'rows' } : undefined;
}

function obstacleOf(weight: Weight, { scope }: NodeVisit, overridable: ReadonlySet<string>): Reason | undefined {
  const { tensor, name, sparse } = weight;
  if (isInsideFunction(scope)) {
    return { code: 'inside-function', reason: 'It is part of a function, and functions are not quantized.' };
  }
  if (weight.owner === 'initializer' && weight.scope.parent === undefined && overridable.has(name)) {
    const reason = `The weight "${name}" is also an input of the model, so a caller may override it.`;
    return { code: 'overridable', reason };
  }
  if (sparse) return { code: 'sparse', reason: `The weight "${name}" is stored as a sparse tensor.` };
  if (tensor.dataType !== DataType.float32 && tensor.dataType !== DataType.float16) {
    const type = dataTypeName(tensor.dataType ?? 0);
    return {
      code: 'unsupported-type',
      reason: `The weight "${name}" is ${type}; float32 and float16 can be quantized.`,
    };
  }
  if (elementCount(tensor) === 0) return { code: 'empty', reason: `The weight "${name}" has no elements.` };
  return undefined;
}

/** The reason that options exclude a node. `undefined`: they do not. Named nodes are included whatever their type. */
function deselection({ visit, op }: WeightLayer, { opTypes, include, exclude }: Filter): Reason | undefined {
  const isNamedIn = (names: readonly string[]): boolean => namesOfNode(visit).some((name) => names.includes(name));
  if (isNamedIn(exclude)) return { code: 'excluded', reason: 'Excluded by the options.' };
  if (include.length > 0) {
    if (isNamedIn(include)) return undefined;
    const reason = 'The options include other nodes only.';
    return { code: 'not-included', reason };
  }
  if (opTypes.includes(op)) return undefined;
  return { code: 'op-type-not-selected', reason: `${op} is not one of the operator types to quantize.` };
}
