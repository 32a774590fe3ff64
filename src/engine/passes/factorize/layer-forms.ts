/** The ways to write a layer as two, their costs, and the rank up to which they cost less than the layer. */
import type { Graph, ValueName } from '../../onnx/graph';
import type { InferredModel } from '../../onnx/infer';
import type { FactorizableLayer } from './factorizable-layers';
import type { FactorizeOptions } from './factorize-options';
import { productOf } from '../../product-of';

export type FormMethod = Exclude<FactorizeOptions['method'], 'auto'>;

export interface Cost {
  readonly macs: number;
  readonly parameters: number;
}

/** Two layers in the place of one. The rank is the number of channels between them; for each input channel, where it is depthwise. */
export interface LayerForm {
  readonly method: FormMethod;
  /** The rank at which nothing is lost. */
  readonly fullRank: number;
  /** The largest rank that costs less than the layer, at least 1. */
  readonly mostRank: number;
  readonly costPerRank: Cost;
}

export const formNames: Readonly<Record<FormMethod, string>> = {
  svd: 'fewer channels between',
  'spatial-svd': 'columns, then rows',
  'depthwise-separable': 'depthwise, then pointwise',
};

/** Decompositions of larger matrices take minutes. */
const mostDecomposed = 1152;

export function layerCost({ outputs, inputs, kernel, positions }: FactorizableLayer): Cost {
  const parameters = outputs * inputs * productOf(kernel);
  return { macs: parameters * positions, parameters };
}

/** The forms of a method, or of all methods for `auto`, that can save MACs and the counted cost. */
export function layerForms(
  layer: FactorizableLayer,
  { method, of }: Pick<FactorizeOptions, 'method' | 'of'>,
  graph: Graph,
  inferred: InferredModel,
): readonly LayerForm[] {
  const whole = layerCost(layer);
  return formsOf(layer, graph, inferred).flatMap((form) => {
    if (method !== 'auto' && method !== form.method) return [];
    const mostOf = (measure: keyof Cost): number => Math.ceil(whole[measure] / form.costPerRank[measure]) - 1;
    const mostRank = Math.min(form.fullRank, mostOf('macs'), mostOf(of));
    return mostRank >= 1 ? [{ ...form, mostRank }] : [];
  });
}

type UnboundForm = Omit<LayerForm, 'mostRank'>;

/** All that the layer can become, whatever they cost. */
export function formsOf(layer: FactorizableLayer, graph: Graph, inferred: InferredModel): readonly UnboundForm[] {
  return [svd(layer), spatial(layer, graph, inferred), depthwise(layer)].filter((form) => form !== undefined);
}

function svd({ outputs, inputs, kernel, positions }: FactorizableLayer): UnboundForm | undefined {
  const reads = inputs * productOf(kernel);
  const fullRank = Math.min(outputs, reads);
  if (fullRank > mostDecomposed) return undefined;
  const parameters = reads + outputs;
  return { method: 'svd', fullRank, costPerRank: { macs: parameters * positions, parameters } };
}

/** [inputs, height, 1] at each row of the output and each column of the input, then [outputs, 1, width]. */
function spatial(layer: FactorizableLayer, graph: Graph, inferred: InferredModel): UnboundForm | undefined {
  const { outputs, inputs, kernel, readers, positions } = layer;
  const [height = 1, width = 1] = kernel;
  if (kernel.length !== 2 || height === 1 || width === 1) return undefined;
  const fullRank = Math.min(inputs * height, outputs * width);
  if (fullRank > mostDecomposed) return undefined;
  let columns = 0;
  for (const { data, node } of readers) {
    const [before, after] = [widthOf(data, graph, inferred), widthOf(node.outputs[0]!, graph, inferred)];
    if (before === undefined || after === undefined) return undefined;
    columns += before / after / readers.length;
  }
  const macs = positions * (inputs * height * columns + outputs * width);
  return { method: 'spatial-svd', fullRank, costPerRank: { macs, parameters: inputs * height + outputs * width } };
}

function depthwise({ outputs, inputs, kernel, positions }: FactorizableLayer): UnboundForm | undefined {
  const taps = productOf(kernel);
  // This form equals the other one if there is a single channel.
  if (taps === 1 || inputs === 1) return undefined;
  const parameters = inputs * (taps + outputs);
  return {
    method: 'depthwise-separable',
    fullRank: Math.min(outputs, taps),
    costPerRank: { macs: parameters * positions, parameters },
  };
}

function widthOf(name: ValueName, graph: Graph, inferred: InferredModel): number | undefined {
  const width = inferred.value(graph, name)?.shape?.[3];
  return typeof width === 'number' && width > 0 ? width : undefined;
}
