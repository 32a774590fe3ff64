import type { OptionsOf } from '../../option-spec';
import { pythonBoolean, pythonList, type ScriptPart } from '../../script-part';
import { readDynamicOptions, type dynamicOptionSpecs } from './dynamic-options';

/**
 * Writes the step with `onnxruntime.quantization.quantize_dynamic`. The pass creates the same nodes and integers,
 * except for the missing parts listed here.
 */
export function scriptOfDynamic(options: OptionsOf<typeof dynamicOptionSpecs>): ScriptPart {
  const { perToken, opTypes, weightType } = readDynamicOptions(options);
  const missing = [
    ...(perToken
      ? ['Activations have one scale per tensor: ONNX Runtime’s tool has no per-token scales (activations=per-token).']
      : []),
    ...(opTypes.has('Gemm') && !opTypes.has('MatMul')
      ? ['ONNX Runtime’s tool turns Gemm into MatMul, so it quantizes both.']
      : []),
    ...(opTypes.has('Conv') && weightType === 'int8'
      ? ['The tool also makes Conv weights int8, which ONNX Runtime does not load. Pareto uses uint8.']
      : []),
  ];
  // The tool makes a MatMul of each Gemm, and knows none.
  const types = new Set([...opTypes].map((type) => (type === 'Gemm' ? 'MatMul' : type)));
  return {
    imports: ['from onnxruntime.quantization import QuantType, quantize_dynamic'],
    body: [
      'quantize_dynamic(',
      '    source, target,',
      `    op_types_to_quantize=${pythonList([...types])},`,
      `    nodes_to_quantize=${pythonList(options.include)},`,
      `    nodes_to_exclude=${pythonList(options.exclude)},`,
      `    per_channel=${pythonBoolean(options.perChannel)}, reduce_range=${pythonBoolean(options.reduceRange)},`,
      `    weight_type=QuantType.${weightType === 'uint8' ? 'QUInt8' : 'QInt8'},`,
      ...(options.symmetric ? ['    extra_options={"WeightSymmetric": True},'] : []),
      ')',
    ],
    missing,
  };
}
