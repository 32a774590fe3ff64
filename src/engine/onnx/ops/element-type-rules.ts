/**
 * The element type of each operator's outputs, from the operator specifications of ONNX (opsets 1 to 24) and of
 * ONNX Runtime's `com.microsoft` domain.
 */
import { AttributeType, type Attribute, type Node } from '../graph';
import { DataType, type DataTypeCode } from '../data-type';
import { getAttribute, getAttributeInt, getAttributeText, isDefaultDomain, MICROSOFT_DOMAIN } from '../traverse';

/** `undefined` is an unknown type. */
type ElementType = DataTypeCode | undefined;
type InputTypes = readonly ElementType[];

/** Element types of the outputs in order; an output beyond the list is unknown. `opset`: of the node's domain. */
export type ElementTypeRule = (node: Node, inputs: InputTypes, opset: number) => readonly ElementType[];

const sameAs =
  (input: number): ElementTypeRule =>
  (node, inputs) =>
    node.outputs.map(() => inputs[input]);

const always =
  (...types: readonly DataTypeCode[]): ElementTypeRule =>
  () =>
    types;

/** The type in an attribute, or a default when the attribute is absent. */
const fromAttribute =
  (name: string, fallback: (inputs: InputTypes) => ElementType): ElementTypeRule =>
  (node, inputs) => [getAttributeInt(node, name) ?? fallback(inputs)];

/** Before opset 6 a Cast says in words what it casts to. */
const typesByText: ReadonlyMap<string, DataTypeCode> = new Map([
  ...Object.entries(DataType),
  ['float', DataType.float32],
  ['double', DataType.float64],
]);

const typeOfText = (text = ''): ElementType => typesByText.get(text.toLowerCase());

const firstThen =
  (...rest: readonly DataTypeCode[]): ElementTypeRule =>
  (_node, inputs) => [inputs[0], ...rest];

function each(names: string, rule: ElementTypeRule): [string, ElementTypeRule][] {
  return names.split(' ').map((name) => [name, rule]);
}

const float32 = (): ElementType => DataType.float32;

const typeOfConstant: ElementTypeRule = (node) => {
  for (const attribute of node.attributes) {
    const type = typeOfConstantAttribute(attribute);
    if (type !== undefined) return [type];
  }
  return [];
};

function typeOfConstantAttribute(attribute: Attribute): ElementType {
  switch (attribute.type) {
    case AttributeType.tensor:
      return attribute.t?.dataType;
    case AttributeType.sparseTensor:
      return attribute.sparseTensor?.values?.dataType;
    case AttributeType.float:
    case AttributeType.floats:
      return DataType.float32;
    case AttributeType.int:
    case AttributeType.ints:
      return DataType.int64;
    case AttributeType.string:
    case AttributeType.strings:
      return DataType.string;
    default:
      return undefined;
  }
}

/** Operators of the default domain whose outputs all have the type of input 0. */
const LIKE_INPUT_0 =
  'Abs Acos Acosh Add Affine Asin Asinh Atan Atanh AveragePool BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor ' +
  'Ceil Celu CenterCropPad Clip Col2Im Compress Concat Conv ConvTranspose Cos Cosh CumSum DeformConv DepthToSpace Det ' +
  'Div Einsum Elu Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool ' +
  'GlobalLpPool GlobalMaxPool GRU GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity ' +
  'InstanceNormalization LRN LSTM LeakyRelu Log LogSoftmax LpNormalization LpPool MatMul Max MaxUnpool ' +
  'Mean MeanVarianceNormalization Min Mish Mod Mul Neg PRelu Pad Pow RMSNormalization RNN Reciprocal ReduceL1 ' +
  'ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu ' +
  'Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round Scatter ScatterElements ScatterND Selu Shrink Sigmoid ' +
  'Sign Sin Sinh Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh ThresholdedRelu ' +
  'Tile Transpose Trilu Unsqueeze Upsample BatchNormalization Attention TensorScatter CumProd ' +
  'NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss AffineGrid MaxRoiPool';

const defaultDomain = new Map<string, ElementTypeRule>([
  ...each(LIKE_INPUT_0, sameAs(0)),
  ...each('Equal Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual', always(DataType.bool)),
  ...each('And Or Xor Not', always(DataType.bool)),
  ...each('ArgMax ArgMin NonMaxSuppression NonZero Shape Size', always(DataType.int64)),
  ...each('ConvInteger MatMulInteger', always(DataType.int32)),
  // The mask is boolean from opset 10 on.
  ['Dropout', (_node, inputs, opset) => [inputs[0], opset < 10 ? inputs[0] : DataType.bool]],
  ...each('MaxPool TopK', firstThen(DataType.int64)),
  ...each('Unique', firstThen(DataType.int64, DataType.int64, DataType.int64)),
  ...each('Where OneHot', (node, inputs) => [inputs[node.opType === 'Where' ? 1 : 2]]),
  ...each('LayerNormalization', (_node, inputs) => [inputs[0], DataType.float32, DataType.float32]),
  ...each(
    'Range RandomNormalLike RandomUniformLike EyeLike',
    fromAttribute('dtype', (inputs) => inputs[0]),
  ),
  ...each('RandomNormal RandomUniform HannWindow HammingWindow BlackmanWindow', fromAttribute('dtype', float32)),
  ['Bernoulli', fromAttribute('dtype', (inputs) => inputs[0])],
  ['Multinomial', fromAttribute('dtype', () => DataType.int32)],
  ['Cast', (node) => [getAttributeInt(node, 'to') ?? typeOfText(getAttributeText(node, 'to'))]],
  ['BitCast', fromAttribute('to', () => undefined)],
  ['CastLike', sameAs(1)],
  ['MelWeightMatrix', fromAttribute('output_datatype', float32)],
  ['Constant', typeOfConstant],
  ['ConstantOfShape', (node) => [getAttribute(node, 'value')?.t?.dataType ?? DataType.float32]],
  ['DequantizeLinear', (node, inputs) => [getAttributeInt(node, 'output_dtype') || inputs[1]]],
  ['QuantizeLinear', (node, inputs) => [getAttributeInt(node, 'output_dtype') || (inputs[2] ?? DataType.uint8)]],
  ['DynamicQuantizeLinear', always(DataType.uint8, DataType.float32, DataType.uint8)],
  ['QLinearConv', sameAs(7)],
  ['QLinearMatMul', sameAs(7)],
  ['STFT', sameAs(0)],
  ['ImageDecoder', always(DataType.uint8)],
  ['TfIdfVectorizer', always(DataType.float32)],
  ['StringSplit', always(DataType.string, DataType.int64)],
  ...each('StringNormalizer StringConcat', always(DataType.string)),
  ...each('RegexFullMatch OptionalHasElement', always(DataType.bool)),
  ...each('SequenceLength', always(DataType.int64)),
  ['DFT', sameAs(0)],
]);

const microsoftDomain = new Map<string, ElementTypeRule>([
  ...each(
    'BiasAdd BiasSoftmax CDist ConvTransposeWithDynamicPads CropAndResize DecoderAttention ExpandDims FusedMatMulActivation ' +
      'GatherND GemmFastGelu GridSample GroupNorm Inverse LongformerAttention MatMulBnb4 MatMulFpQ4 MaxpoolWithMask MoE ' +
      'NhwcFusedConv NhwcMaxPool PackedAttention Pad QLinearAdd QLinearAveragePool QLinearGlobalAveragePool ' +
      'QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid QLinearSoftmax QMoE Range SkipGroupNorm SparseAttention ' +
      'TransposeMatMul Trilu DecoderMaskedMultiHeadAttention ' +
      'Attention BiasGelu BiasSplitGelu DynamicQuantizeLSTM FastGelu FusedConv FusedGemm FusedMatMul Gelu GroupQueryAttention ' +
      'MatMulNBits MultiHeadAttention NhwcConv QuickGelu RotaryEmbedding',
    sameAs(0),
  ),
  // The statistics in between are of full precision.
  ...each('SkipLayerNormalization SkipSimplifiedLayerNormalization', (_node, inputs) => [
    ...[inputs[0], DataType.float32, DataType.float32, inputs[0]],
  ]),
  ...each('MatMulInteger16 MulInteger ReduceSumInteger', always(DataType.int32)),
  ...each('QLinearConcat QLinearWhere NGramRepeatBlock', sameAs(1)),
  ...each('QLinearConv QLinearMatMul', sameAs(7)),
  ['BiasDropout', firstThen(DataType.bool)],
  ['GatherBlockQuantized', sameAs(2)],
  ['QGemm', (node, inputs) => [node.inputs[8] ? inputs[8] : DataType.float32]],
  ['QuantizeLinear', (_node, inputs) => [inputs[2] ?? DataType.uint8]],
  ['DequantizeLinear', sameAs(1)],
  ...each('EmbedLayerNormalization', (_node, inputs) => [inputs[2], DataType.int32, inputs[2]]),
  ...each('QEmbedLayerNormalization', always(DataType.float32, DataType.int32)),
  ...each('QAttention', (_node, inputs) => [inputs[3], inputs[3]]),
  ...each('DynamicQuantizeMatMul MatMulIntegerToFloat', always(DataType.float32)),
]);

/** The rule of an operator, or `undefined` for one that this table does not know. */
export function elementTypeRule(domain: string | undefined, opType: string): ElementTypeRule | undefined {
  if (isDefaultDomain(domain)) return defaultDomain.get(opType);
  return domain === MICROSOFT_DOMAIN ? microsoftDomain.get(opType) : undefined;
}
