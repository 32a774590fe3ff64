/** Which inputs of an operator are weights: matrices and kernels that the operator multiplies with. */
import type { Node } from '../graph';

export interface WeightOperand {
  /** Input of the weight. */
  readonly input: number;
  /** Input of the weight's zero point, for operators on quantized weights. */
  readonly zeroPointInput?: number;
  /** Input of the weight's scale, where the operator itself takes one. */
  readonly scaleInput?: number;
}

const microsoft = 'com.microsoft';

/** Keys are `domain::op`; the default domain is empty. Biases and normalization parameters are no weights here. */
const weightOperands: ReadonlyMap<string, readonly WeightOperand[]> = new Map([
  ['::MatMul', [{ input: 0 }, { input: 1 }]],
  ['::Gemm', [{ input: 0 }, { input: 1 }]],
  ['::Conv', [{ input: 1 }]],
  ['::ConvTranspose', [{ input: 1 }]],
  ['::LSTM', [{ input: 1 }, { input: 2 }]],
  ['::GRU', [{ input: 1 }, { input: 2 }]],
  ['::RNN', [{ input: 1 }, { input: 2 }]],
  [`${microsoft}::FusedMatMul`, [{ input: 0 }, { input: 1 }]],
  [`${microsoft}::FusedGemm`, [{ input: 0 }, { input: 1 }]],
  [`${microsoft}::FusedConv`, [{ input: 1 }]],
  [`${microsoft}::Attention`, [{ input: 1 }]],
  ['::MatMulInteger', [{ input: 1, zeroPointInput: 3 }]],
  ['::ConvInteger', [{ input: 1, zeroPointInput: 3 }]],
  ['::QLinearMatMul', [{ input: 3, scaleInput: 4, zeroPointInput: 5 }]],
  ['::QLinearConv', [{ input: 3, scaleInput: 4, zeroPointInput: 5 }]],
  [
    `${microsoft}::DynamicQuantizeLSTM`,
    [
      { input: 1, scaleInput: 8, zeroPointInput: 9 },
      { input: 2, scaleInput: 10, zeroPointInput: 11 },
    ],
  ],
  [`${microsoft}::DynamicQuantizeMatMul`, [{ input: 1, scaleInput: 2, zeroPointInput: 3 }]],
  [`${microsoft}::MatMulIntegerToFloat`, [{ input: 1, scaleInput: 3, zeroPointInput: 5 }]],
  [`${microsoft}::QAttention`, [{ input: 1, scaleInput: 4, zeroPointInput: 7 }]],
]);

/** The weight inputs of a node; none for operators without weights. */
export function weightOperandsOf(node: Pick<Node, 'opType' | 'domain'>): readonly WeightOperand[] {
  const domain = node.domain === 'ai.onnx' ? '' : (node.domain ?? '');
  return weightOperands.get(`${domain}::${node.opType ?? ''}`) ?? [];
}
