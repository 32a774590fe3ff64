/**
 * Selects the weights to train and places them in one vector. It needs one state tensor instead of one for each weight, and one operation
 * each for clipping, masks and averages.
 */
import { DataType } from '../onnx/data-type';
import type { Node, Tensor, ValueName } from '../onnx/graph';
import { elementCount, readFloat32 } from '../onnx/tensor';
import { isDefaultDomain } from '../onnx/traverse';
import { trainingDomain, type ForwardGraph } from './prepare-forward';
import type { StaticShape } from './step-builder';

export interface Parameter {
  readonly name: ValueName;
  readonly shape: StaticShape;
  readonly offset: number;
  readonly elements: number;
  /** Weight decay is for matrices and filters, not for biases, scales and normalizations. */
  readonly decays: boolean;
}

export interface ParameterLayout {
  /** The parameters in the order of the vector. */
  readonly parameters: readonly Parameter[];
  readonly elements: number;
}

/** Inputs of operators that hold weights to train. Bounds, exponents, scales of Resize and statistics are none. */
const trainedInputs: ReadonlyMap<string, readonly number[]> = new Map([
  ['Conv', [1, 2]],
  ['ConvTranspose', [1, 2]],
  ['Gemm', [0, 1, 2]],
  ['MatMul', [0, 1]],
  ['Einsum', [0, 1]],
  ['BatchNormalization', [1, 2]],
  ['LayerNormalization', [1, 2]],
  ['InstanceNormalization', [1, 2]],
  ['RMSNormalization', [1]],
  ['PRelu', [1]],
  ['Add', [0, 1]],
  ['Mul', [0, 1]],
  ['Gather', [0]],
]);

/** In the domain of training: the weight and its scales of fake quantization, and the weights of operators that were written as others. */
const inputsOfTraining: ReadonlyMap<string, readonly number[]> = new Map([
  ['Div', [0, 1]],
  ['Mul', [1]],
  ['Slice', [0]],
  ['Reshape', [0]],
]);

function trainedInputsOf({ domain, opType = '' }: Node): readonly number[] | undefined {
  if (domain === trainingDomain) return inputsOfTraining.get(opType);
  return isDefaultDomain(domain) ? trainedInputs.get(opType) : undefined;
}

/** A larger number in something that is added is a mask, not a bias. */
const largestBias = 1e4;

/** Float weights that are only read where weights are trained, in the order in which the graph first reads them. */
export function findParameters(forward: ForwardGraph): readonly Tensor[] {
  const { graph } = forward;
  const tensors = new Map(graph.initializers.map((tensor) => [tensor.name ?? '', tensor]));
  const found = new Map<ValueName, Tensor>();
  const excluded = new Set([...graph.outputs.map(({ name }) => name ?? ''), ...(forward.added ?? [])]);
  for (const node of graph.nodes) {
    const trained = trainedInputsOf(node);
    node.inputs.forEach((name, input) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) return;
      const isWeight = trained?.includes(input) === true && isTrainable(tensor, node);
      if (isWeight) found.set(name, tensor);
      else excluded.add(name);
    });
  }
  return [...found].filter(([name]) => !excluded.has(name)).map(([, tensor]) => tensor);
}

function isTrainable(tensor: Tensor, { domain, opType }: Node): boolean {
  if (tensor.dataType !== DataType.float32 || tensor.dims.length === 0 || elementCount(tensor) === 0) return false;
  if (domain === trainingDomain || (opType !== 'Add' && opType !== 'Mul')) return true;
  // One number for everything is a factor of the architecture, such as 1/√d before a Softmax.
  return elementCount(tensor) > 1 && readFloat32(tensor).every((value) => Math.abs(value) < largestBias);
}

/**
 * Lays parameters out one after another, the last one read first. The runtime orders nodes depth first from the
 * outputs. It would keep every gradient until the end if the first layer came first (measured: 764 against 572 MB).
 */
export function layOut(parameters: readonly Tensor[]): ParameterLayout {
  let offset = 0;
  const placed = [...parameters].reverse().map((tensor): Parameter => {
    const shape = tensor.dims.map(Number);
    const elements = elementCount(tensor);
    const parameter = {
      name: tensor.name ?? '',
      shape,
      offset,
      elements,
      decays: shape.filter((size) => size > 1).length > 1,
    };
    offset += elements;
    return parameter;
  });
  return { parameters: placed, elements: offset };
}

/** The values of all parameters as they stand in the vector. */
export function flatten(layout: ParameterLayout, tensors: readonly Tensor[]): Float32Array {
  const byName = new Map(tensors.map((tensor) => [tensor.name ?? '', tensor]));
  const flat = new Float32Array(layout.elements);
  for (const { name, offset } of layout.parameters) flat.set(readFloat32(byName.get(name)!), offset);
  return flat;
}

/** The values of one parameter: a view of the vector. */
export function valuesOf({ offset, elements }: Parameter, flat: Float32Array): Float32Array {
  return flat.subarray(offset, offset + elements);
}
