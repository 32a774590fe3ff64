/** Where the outputs of layers can be shifted: values that the original and the model made of it both have. */
import { DataType } from '../../../onnx/data-type';
import { ModelEditor } from '../../../onnx/edit';
import type { Model, Node, Tensor, ValueName } from '../../../onnx/graph';
import { createTensor, elementCount, readFloat32 } from '../../../onnx/tensor';
import { getAttributeFloat, isDefaultDomain } from '../../../onnx/traverse';
import { createNode } from '../node-builders';
import type { ValueGraph } from '../static/value-graph';

/** What a layer computes, in both models under the same name. */
export interface LayerValue {
  readonly value: ValueName;
  /** Of the channels: the second of convolutions, the last of products. */
  readonly axis: 1 | -1;
}

/** A layer with a bias that nothing else reads. */
export interface BiasedLayer extends LayerValue {
  /** An initializer of the prepared model, with a number for each channel. */
  readonly bias: Tensor & { readonly name: ValueName };
}

const convolutions: ReadonlySet<string | undefined> = new Set(['Conv', 'ConvTranspose']);
const products: ReadonlySet<string | undefined> = new Set(['Gemm', 'MatMul']);
/** What may stand behind a layer and still be linear in each channel, where all else that it reads is constant. */
const linear: ReadonlySet<string | undefined> = new Set(['BatchNormalization', 'Add', 'Sub', 'Mul', 'Div']);

/** Behind others an Add is needed. */
const mayHaveBias: ReadonlySet<string | undefined> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'Add']);

/**
 * The layers with weights of the original's own graph, each by the last value behind it that is linear in what it computes and that the
 * smaller model computes too, as floats.
 */
export function layersOfBoth(original: ValueGraph, made: ValueGraph): readonly LayerValue[] {
  const found = new Map<ValueName, LayerValue>();
  for (const node of original.nodes) {
    const axis = convolutions.has(node.opType) ? 1 : -1;
    const isLayer = isDefaultDomain(node.domain) && (axis === 1 || products.has(node.opType));
    if (!isLayer || !original.constant(node.inputs[1] ?? '')) continue;
    const common = linearPath(node.outputs[0]!, original).filter((name) => made.producer(name) && made.isFloat(name));
    const value = common.findLast((name) => mayHaveBias.has(made.producer(name)!.opType)) ?? common.at(-1);
    if (value !== undefined) found.set(value, { value, axis });
  }
  return [...found.values()];
}

function linearPath(output: ValueName, graph: ValueGraph): readonly ValueName[] {
  const path = [output];
  for (let value = output; ; path.push(value)) {
    const [reader, ...others] = graph.readers(value);
    const isLinear = reader && isDefaultDomain(reader.domain) && linear.has(reader.opType);
    if (!isLinear || others.length > 0 || graph.isOutput(value)) return path;
    const read: ValueName = value;
    if (reader.inputs.some((name) => name !== '' && name !== read && !graph.constant(name))) return path;
    value = reader.outputs[0]!;
  }
}

/** @param dims of the value of one sample. */
export interface MeasuredLayer extends LayerValue {
  readonly dims: readonly number[];
}

/**
 * The model with a float bias of its own for each layer: the one that is there, copied, or zeros; an Add where the node can have none.
 * Left out is what is stored in integers, or has a bias of them: integer kernels are found by these patterns.
 */
export function withOwnBiases(
  model: Model,
  graph: ValueGraph,
  layers: readonly MeasuredLayer[],
): { readonly model: Model; readonly layers: readonly BiasedLayer[] } {
  const editor = new ModelEditor(model);
  const biased = layers.flatMap((layer): BiasedLayer[] => {
    const node = graph.producer(layer.value)!;
    const place = placeOfBias(node, graph, layer);
    if (place === 'integers' || (!place && isStoredInIntegers(layer.value, graph))) return [];
    if (place?.own) return [{ ...layer, bias: place.own }];
    const channels = channelsOf(layer);
    const name = editor.graph.freshValueName('bias');
    const bytes = place?.numbers ?? new Float32Array(channels);
    const dims = place?.dims ?? (layer.axis === -1 ? [channels] : [channels, ...layer.dims.slice(2).map(() => 1)]);
    const bias = { ...createTensor({ name, dataType: DataType.float32, dims, bytes }), name };
    editor.graph.addInitializer(bias);
    const biasedNodes = place
      ? [withInput(node, place.input, name)]
      : withSum(node, layer.value, { without: editor.graph.freshValueName('unbiased'), bias: name });
    editor.graph.replaceNode(node, biasedNodes);
    return [{ ...layer, bias }];
  });
  return { model: editor.finish(), layers: biased };
}

function withSum(
  node: Node,
  value: ValueName,
  { without, bias }: { readonly without: ValueName; readonly bias: ValueName },
): readonly Node[] {
  const outputs = node.outputs.map((output) => (output === value ? without : output));
  return [{ ...node, outputs }, createNode('Add', '', [without, bias], [value])];
}

/** An Add in between would keep the layer from integer kernels. */
function isStoredInIntegers(value: ValueName, graph: ValueGraph): boolean {
  return graph.readers(value).some(({ opType }) => opType === 'QuantizeLinear');
}

interface BiasPlace {
  readonly input: number;
  readonly dims: readonly (number | bigint)[];
  readonly numbers: Float32Array;
  /** The initializer that is there, where nothing else reads it. */
  readonly own?: BiasedLayer['bias'];
}

/** `undefined`: the node has no input for one. */
function placeOfBias(node: Node, graph: ValueGraph, layer: MeasuredLayer): BiasPlace | 'integers' | undefined {
  const channels = channelsOf(layer);
  if (!isDefaultDomain(node.domain)) return undefined;
  if (node.opType === 'DequantizeLinear') return 'integers';
  if (node.opType === 'Add') {
    const input = node.inputs.findIndex((name) => isAlongChannels(graph.constant(name), layer));
    return input === -1 ? undefined : placeAt(input, node.inputs[input]!, graph);
  }
  if (!convolutions.has(node.opType) && node.opType !== 'Gemm') return undefined;
  if ((getAttributeFloat(node, 'beta') ?? 1) !== 1) return undefined;
  const [, , name = ''] = node.inputs;
  if (name === '') return { input: 2, dims: [channels], numbers: new Float32Array(channels) };
  const tensor = graph.constant(name);
  if (!tensor) return 'integers';
  return elementCount(tensor) === channels ? placeAt(2, name, graph) : undefined;
}

function placeAt(input: number, name: ValueName, graph: ValueGraph): BiasPlace {
  const tensor = graph.constant(name)!;
  const isOwn = graph.ownConstant(name) !== undefined && graph.graph.initializers.includes(tensor);
  return { input, dims: tensor.dims, numbers: readFloat32(tensor), ...(isOwn && { own: { ...tensor, name } }) };
}

/** Whether a constant has one number for each channel, broadcast along them. */
function isAlongChannels(tensor: Tensor | undefined, { axis, dims }: MeasuredLayer): boolean {
  if (tensor?.dataType !== DataType.float32) return false;
  const place = tensor.dims.length - (axis === 1 ? dims.length - 1 : 1);
  return place >= 0 && tensor.dims.every((size, at) => Number(size) === (at === place ? dims.at(axis) : 1));
}

function channelsOf({ axis, dims }: MeasuredLayer): number {
  return dims.at(axis)!;
}

function withInput(node: Node, input: number, name: ValueName): Node {
  const inputs = Array.from({ length: Math.max(node.inputs.length, input + 1) }, (_, at) => node.inputs[at] ?? '');
  return { ...node, inputs: inputs.with(input, name) };
}

/** Values in the order of the nodes that compute them. */
export function inOrderOfNodes<Layer extends LayerValue>(
  layers: readonly Layer[],
  nodes: readonly Node[],
): readonly Layer[] {
  const position = new Map(nodes.flatMap(({ outputs }, at) => outputs.map((name) => [name, at] as const)));
  return layers.toSorted((a, b) => position.get(a.value)! - position.get(b.value)!);
}
