/** Every operator that Pareto knows, by domain. */
import { floorDivideSizes } from '../size';
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../traverse';
import { attentionLayers, microsoftAttention } from './attention';
import { convolutions, microsoftConvolutions } from './convolution';
import { elementwise } from './elementwise';
import { generators } from './generating';
import { matrixProducts, microsoftMatrixProducts } from './matrix';
import { normalizations } from './normalization';
import { alike, axisFromFront, likeInput, type OperatorFacts, type OperatorFamily, type ShapeRule } from './operator';
import { microsoftQuantizers, quantizers } from './quantization';
import { recurrentLayers } from './recurrent';
import { reductions } from './reduction';
import { reshaping } from './reshaping';
import { selecting } from './selecting';
import { sequences, texts } from './sequence';

const onnx: OperatorFamily = {
  ...elementwise,
  ...reshaping,
  ...selecting,
  ...generators,
  ...convolutions,
  ...matrixProducts,
  ...reductions,
  ...normalizations,
  ...recurrentLayers,
  ...quantizers,
  ...attentionLayers,
  ...sequences,
  ...texts,
};

/** [batch, sequence, 2 × width]: one half is the gate of the other. */
const halfOfLast: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), floorDivideSizes(input.at(-1) ?? null, 2)]];
};

const expandDims: ShapeRule = (facts) => {
  const [input, axis] = [facts.shape(0), facts.numbers(1)?.[0]];
  const at = input && axis !== undefined ? axisFromFront(axis, input.length + 1) : undefined;
  return [at === undefined ? undefined : input?.toSpliced(at, 0, 1)];
};

const microsoft: OperatorFamily = {
  ...alike('BiasAdd BiasDropout BiasGelu BiasSoftmax FastGelu Gelu Inverse MoE QMoE QuickGelu RotaryEmbedding Trilu', {
    shapes: (facts) => [facts.shape(0)],
  }),
  BiasSplitGelu: { shapes: halfOfLast },
  NGramRepeatBlock: { shapes: likeInput(1) },
  ExpandDims: { shapes: expandDims },
  GatherND: selecting.GatherND!,
  Pad: selecting.Pad!,
  Range: selecting.Range!,
  ...microsoftConvolutions,
  ...microsoftMatrixProducts,
  ...normalizations,
  ...recurrentLayers,
  ...quantizers,
  ...microsoftQuantizers,
  ...microsoftAttention,
};

/** What is known about an operator, or `undefined` for one of another domain or one that nobody described. */
export function operatorFacts(domain: string | undefined, opType: string): OperatorFacts | undefined {
  const family = isDefaultDomain(domain) ? onnx : domain === MICROSOFT_DOMAIN ? microsoft : undefined;
  return family !== undefined && Object.hasOwn(family, opType) ? family[opType] : undefined;
}
