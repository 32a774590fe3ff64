import { pythonBoolean, pythonList, type ScriptPart } from '../../script-part';
import type { StaticOptions } from './static-options';
import { floatNodes, tensorrtOperators, usesOtherBits } from './static-scheme';

const types: Readonly<Record<StaticOptions['activationType'] | StaticOptions['weightType'], string>> = {
  int8: 'QInt8',
  uint8: 'QUInt8',
  int16: 'QInt16',
  uint16: 'QUInt16',
  int4: 'QInt4',
  uint4: 'QUInt4',
};

const methods: Readonly<Record<StaticOptions['calibrator'], string>> = {
  minmax: 'MinMax',
  entropy: 'Entropy',
  percentile: 'Percentile',
  'moving-average': 'MinMax',
};

/** The options whose value the target decides. */
function decided(options: StaticOptions): StaticOptions {
  if (options.target !== 'tensorrt') return options;
  const int8 = {
    activationType: 'int8',
    symmetricActivations: true,
    weightType: 'int8',
    symmetricWeights: 'true',
  } as const;
  return { ...options, ...int8, opTypes: [...tensorrtOperators].filter((op) => options.opTypes.includes(op)) };
}

/** Writes the step with `onnxruntime.quantization.quantize_static`, which also made the golden fixtures of the pass. */
export function scriptOfStatic(given: StaticOptions): ScriptPart {
  const options = decided(given);
  return {
    imports: [
      'from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static',
    ],
    body: [
      'class Samples(CalibrationDataReader):',
      '    def __init__(self):',
      '        self.remaining = iter(samples)',
      '',
      '    def get_next(self):',
      '        return next(self.remaining, None)',
      '',
      'quantize_static(',
      `    source, target, Samples(), quant_format=QuantFormat.${options.format === 'qoperator' ? 'QOperator' : 'QDQ'},`,
      `    op_types_to_quantize=${pythonList(options.opTypes)},`,
      `    nodes_to_quantize=${pythonList(options.include)},`,
      `    nodes_to_exclude=${pythonList([...options.exclude, ...floatNodes(options)])},`,
      `    per_channel=${pythonBoolean(options.perChannel)}, reduce_range=${pythonBoolean(options.reduceRange)},`,
      `    activation_type=QuantType.${types[options.activationType]}, weight_type=QuantType.${types[options.weightType]},`,
      `    calibrate_method=CalibrationMethod.${methods[options.calibrator]},`,
      `    extra_options={${extraOptions(options).join(', ')}},`,
      ')',
    ],
    missing: missingOf(options),
    usesSamples: true,
  };
}

function extraOptions(options: StaticOptions): readonly string[] {
  return [
    `"ActivationSymmetric": ${pythonBoolean(options.symmetricActivations)}`,
    ...(options.symmetricWeights === 'auto'
      ? []
      : [`"WeightSymmetric": ${pythonBoolean(options.symmetricWeights === 'true')}`]),
    ...(options.target === 'tensorrt'
      ? ['"QuantizeBias": False', `"OpTypesToExcludeOutputQuantization": ${pythonList(options.opTypes)}`]
      : []),
    ...(options.calibrator === 'moving-average' ? ['"CalibMovingAverage": True'] : []),
    ...(options.calibrator === 'percentile' ? [`"CalibPercentile": ${options.percentile}`] : []),
  ];
}

function missingOf(options: StaticOptions): readonly string[] {
  const { biasCorrection, calibrator, closeness, rounding, target } = options;
  return [
    ...(biasCorrection ? ['Biases are not corrected: ONNX Runtime’s tool does not support it (biasCorrection).'] : []),
    ...(closeness > 0
      ? ['Every value becomes an integer, whatever the loss: list exceptions in nodes_to_exclude (closeness).']
      : []),
    ...(rounding === 'adaround' ? ['Weights are rounded to nearest: the tool has no AdaRound.'] : []),
    ...(calibrator === 'entropy' || calibrator === 'percentile'
      ? ['The tool keeps every value of every sample in memory, and uses other bins.']
      : []),
    ...(target === 'onnxruntime' || target === 'tensorrt'
      ? []
      : [`The rules of ${target} are not applied: compare the types with its documentation.`]),
    ...(usesOtherBits(options)
      ? [
          'Single nodes with 16 or 4 bits are quantized like the others: the tool needs "TensorQuantOverrides" for each tensor.',
        ]
      : []),
    ...(options.integerEnds
      ? ['Inputs and outputs stay float32: the tool does not support integers there (integerEnds).']
      : []),
    'The set of quantized operators may differ: Pareto skips nodes that gain nothing, the tool does not.',
  ];
}
