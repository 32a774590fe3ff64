import { pythonBoolean, pythonList, type ScriptPart } from '../../script-part';
import { usualBlockSize, type WeightsOptions } from './weights-options';

const toolOperators: readonly string[] = ['MatMul', 'Gather'];

/** Writes the step with `MatMulNBitsQuantizer` of ONNX Runtime. */
export function scriptOfWeights(options: WeightsOptions): ScriptPart {
  const { bits, symmetric, opTypes, include, exclude, accuracyLevel } = options;
  // Scales of whole channels are another operator's.
  const blockSize = options.blockSize === '0' ? usualBlockSize : Number(options.blockSize);
  const operators = opTypes.filter((type) => toolOperators.includes(type) && (type !== 'Gather' || bits !== '2'));
  const names = operators.map((type) => JSON.stringify(type)).join(', ');
  return {
    imports: ['from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer'],
    body: [
      'quantizer = MatMulNBitsQuantizer(',
      `    source, bits=${bits}, block_size=${blockSize}, is_symmetric=${pythonBoolean(symmetric)},`,
      `    op_types_to_quantize=(${names}${operators.length === 1 ? ',' : ''}),`,
      ...(accuracyLevel === 'unset' ? [] : [`    accuracy_level=${accuracyLevel},`]),
      ...(include.length > 0 ? [`    nodes_to_include=${pythonList(include)},`] : []),
      `    nodes_to_exclude=${pythonList(exclude)},`,
      ')',
      'quantizer.process()',
      'quantizer.model.save_model_to_file(target, False)',
    ],
    missing: missingOf(options),
  };
}

/** The parts of a method that ONNX Runtime's tool lacks, because it rounds to nearest. */
const missingRounding: Readonly<Partial<Record<WeightsOptions['method'], string>>> = {
  gptq: 'Weights are rounded to nearest: the tool has no equivalent of Pareto’s GPTQ.',
  'by-layer': 'All weights are rounded to nearest, not chosen per layer.',
  adaround: 'Weights are rounded to nearest: the tool has no AdaRound.',
};

function missingOf({
  method,
  blockSize,
  opTypes,
  form,
  bits,
  bitsByLayer,
  blockSizeByLayer,
}: WeightsOptions): readonly string[] {
  const others = opTypes.filter((type) => !toolOperators.includes(type));
  return [
    ...(method === 'rtn' ? [] : [missingRounding[method] ?? `Weights are rounded to nearest instead of by ${method}.`]),
    ...(others.length > 0
      ? [`Weights of ${others.join(', ')} stay float32: the tool supports only MatMul and Gather.`]
      : []),
    ...(blockSize === '0' ? [`${usualBlockSize} weights share a scale, instead of a whole channel.`] : []),
    ...(form === 'auto' || form === 'matmul-nbits'
      ? []
      : ['Weights are stored as MatMulNBits, the format of the tool.']),
    ...(bits === '2' ? ['Whether 2 bits run depends on the version of ONNX Runtime.'] : []),
    ...(Object.keys(bitsByLayer).length > 0 || Object.keys(blockSizeByLayer).length > 0
      ? ['All layers have the same bits and blocks: the tool has no setting per layer.']
      : []),
  ];
}
