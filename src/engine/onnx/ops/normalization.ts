/** Normalization, alone or fused with the nodes around it. */
import { DataType } from '../data-type';
import type { Node, ValueName } from '../graph';
import { getAttributeFloat, getAttributeInt } from '../traverse';
import {
  coupleBatchNormalization,
  coupleEmbedLayerNormalization,
  coupleGroupNormalization,
  coupleInstanceNormalization,
  coupleLayerNormalization,
  coupleLengthNormalization,
  coupleSkipLayerNormalization,
} from './coupling/normalization';
import { typeOfInput, typeOfInputThen, typesAlways } from './element-type-rules';
import { likeFirst } from './elementwise';
import {
  axisFromFront,
  likeInput,
  type ElementTypeRule,
  type NodeFacts,
  type ShapeRule,
  type SymbolicShape,
} from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { oncePerOutput } from './work-rules';

/** The output, then the statistics of each channel. */
const batchNormalization: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const channels: SymbolicShape = [facts.shape(1)?.[0] ?? input?.[1] ?? null];
  return [input, channels, channels, channels, channels];
};

/** From this version on an attribute says whether a BatchNormalization trains. In older versions several outputs mean training. */
const opsetOfTrainingMode = 14;

/**
 * True for a BatchNormalization that normalizes with the statistics of its batch instead of its inputs. All of its
 * outputs must stay then, because they mark this mode (before opset 14) or belong to it. `opset` is that of the node.
 */
export function trainsBatchNormalization(node: Node, opset: number): boolean {
  return opset < opsetOfTrainingMode ? node.outputs.length > 1 : getAttributeInt(node, 'training_mode') === 1;
}

/** y = scale · x + shift for each channel. */
export interface ChannelScales {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * Returns the scale γ / √(σ² + ε) and the shift β − scale · μ of a BatchNormalization's channels by the statistics of
 * training (Ioffe and Szegedy 2015). Returns `undefined` if one of its four vectors is not known.
 */
export function batchNormalizationScales(
  node: Node,
  vectorOf: (name: ValueName) => Float32Array | Float64Array | undefined,
): ChannelScales | undefined {
  const [gain, bias, mean, variance] = node.inputs.slice(1, 5).map(vectorOf);
  if (!gain || !bias || !mean || !variance) return undefined;
  const epsilon = getAttributeFloat(node, 'epsilon') ?? 1e-5;
  const scale = Float64Array.from(gain, (value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  return { scale, shift: scale.map((value, channel) => bias[channel]! - value * mean[channel]!) };
}

/** Mean and inverse deviation keep the axes before the normalized ones; the others are 1. */
function statisticsShape(facts: NodeFacts, input: SymbolicShape | undefined): SymbolicShape | undefined {
  const axis = input && axisFromFront(facts.int('axis') ?? -1, input.length);
  return input && axis !== undefined ? input.map((size, index) => (index < axis ? size : 1)) : undefined;
}

const layerNormalization: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const statistics = statisticsShape(facts, input);
  return [input, statistics, statistics];
};

/** Output, mean, inverse deviation, and the sum of input and skip. */
const skipLayerNormalization: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const statistics = input && [...input.slice(0, -1), 1];
  return [input, statistics, statistics, input];
};

/** Ids [batch, sequence] become [batch, sequence, hidden]; the mask becomes one index for each batch entry. */
const embedLayerNormalization: ShapeRule = (facts) => {
  const ids = facts.shape(0);
  const hidden = facts.shape(2)?.[1] ?? null;
  const embedded = ids && [...ids, hidden];
  return [embedded, [ids?.[0] ?? null], embedded];
};

/** The statistics in between are of full precision. */
const typesWithSkip: ElementTypeRule = (facts) => {
  const type = facts.elementType(0);
  return [type, DataType.float32, DataType.float32, type];
};

const typesOfEmbedded: ElementTypeRule = (facts) => {
  const type = facts.elementType(2);
  return [type, DataType.int32, type];
};

const normalizationOfLayer: OperatorRecord = {
  shapes: layerNormalization,
  elementTypes: typeOfInputThen(DataType.float32, DataType.float32),
  work: oncePerOutput,
  coupling: coupleLayerNormalization,
  optionalOutputsFrom: 1,
};

export const normalizations: OperatorFamily = {
  BatchNormalization: {
    ...likeFirst,
    divisor: 4,
    shapes: batchNormalization,
    coupling: coupleBatchNormalization,
  },
  // ONNX Runtime has the second one in the domain of ONNX too.
  ...alike('LayerNormalization SimplifiedLayerNormalization', normalizationOfLayer),
  RMSNormalization: { ...normalizationOfLayer, elementTypes: typeOfInput(0) },
  InstanceNormalization: { ...likeFirst, coupling: coupleInstanceNormalization },
  LpNormalization: { ...likeFirst, coupling: coupleLengthNormalization },
  GroupNormalization: { ...likeFirst, coupling: coupleGroupNormalization },
  ...alike('LRN MeanVarianceNormalization', likeFirst),
};

export const microsoftNormalizations: OperatorFamily = {
  ...alike('GroupNorm SkipGroupNorm', { shapes: likeInput(0), elementTypes: typeOfInput(0) }),
  ...alike('SkipLayerNormalization SkipSimplifiedLayerNormalization', {
    shapes: skipLayerNormalization,
    elementTypes: typesWithSkip,
    work: oncePerOutput,
    coupling: coupleSkipLayerNormalization,
  }),
  EmbedLayerNormalization: {
    shapes: embedLayerNormalization,
    elementTypes: typesOfEmbedded,
    coupling: coupleEmbedLayerNormalization,
  },
  QEmbedLayerNormalization: {
    shapes: embedLayerNormalization,
    elementTypes: typesAlways(DataType.float32, DataType.int32),
  },
};
