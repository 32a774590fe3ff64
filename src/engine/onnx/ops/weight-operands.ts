/** Which inputs of an operator are weights: matrices and kernels that the operator multiplies with. */
import type { Node } from '../graph';
import { canonicalDomain, MICROSOFT_DOMAIN } from '../traverse';

export interface WeightOperand {
  /** Input of the weight. */
  readonly input: number;
  /** Input of the weight's zero point, for operators on quantized weights. */
  readonly zeroPointInput?: number;
  /** Input of the weight's scale, where the operator itself takes one. */
  readonly scaleInput?: number;
}

/** Keys are `domain::op`; the default domain is empty. Biases and normalization parameters are no weights here. */
const weightOperands: ReadonlyMap<string, readonly WeightOperand[]> = new Map([
  ['::MatMul', [{ input: 0 }, { input: 1 }]],
  ['::Gemm', [{ input: 0 }, { input: 1 }]],
  ['::Conv', [{ input: 1 }]],
  ['::ConvTranspose', [{ input: 1 }]],
  ['::DeformConv', [{ input: 1 }]],
  ['::LSTM', [{ input: 1 }, { input: 2 }]],
  ['::GRU', [{ input: 1 }, { input: 2 }]],
  ['::RNN', [{ input: 1 }, { input: 2 }]],
  [`${MICROSOFT_DOMAIN}::FusedMatMul`, [{ input: 0 }, { input: 1 }]],
  [`${MICROSOFT_DOMAIN}::FusedGemm`, [{ input: 0 }, { input: 1 }]],
  [`${MICROSOFT_DOMAIN}::FusedConv`, [{ input: 1 }]],
  [`${MICROSOFT_DOMAIN}::TransposeMatMul`, [{ input: 0 }, { input: 1 }]],
  [`${MICROSOFT_DOMAIN}::NhwcFusedConv`, [{ input: 1 }]],
  [`${MICROSOFT_DOMAIN}::ConvTransposeWithDynamicPads`, [{ input: 1 }]],
  [`${MICROSOFT_DOMAIN}::Attention`, [{ input: 1 }]],
  [`${MICROSOFT_DOMAIN}::PackedAttention`, [{ input: 1 }]],
  [`${MICROSOFT_DOMAIN}::LongformerAttention`, [{ input: 1 }, { input: 4 }]],
  [`${MICROSOFT_DOMAIN}::DecoderAttention`, [{ input: 2 }, { input: 3 }]],
  [`${MICROSOFT_DOMAIN}::MoE`, [{ input: 2 }, { input: 4 }, { input: 6 }]],
  ['::MatMulInteger', [{ input: 1, zeroPointInput: 3 }]],
  ['::ConvInteger', [{ input: 1, zeroPointInput: 3 }]],
  ['::QLinearMatMul', [{ input: 3, scaleInput: 4, zeroPointInput: 5 }]],
  ['::QLinearConv', [{ input: 3, scaleInput: 4, zeroPointInput: 5 }]],
  [
    `${MICROSOFT_DOMAIN}::DynamicQuantizeLSTM`,
    [
      { input: 1, scaleInput: 8, zeroPointInput: 9 },
      { input: 2, scaleInput: 10, zeroPointInput: 11 },
    ],
  ],
  [`${MICROSOFT_DOMAIN}::DynamicQuantizeMatMul`, [{ input: 1, scaleInput: 2, zeroPointInput: 3 }]],
  [`${MICROSOFT_DOMAIN}::MatMulIntegerToFloat`, [{ input: 1, scaleInput: 3, zeroPointInput: 5 }]],
  [`${MICROSOFT_DOMAIN}::QAttention`, [{ input: 1, scaleInput: 4, zeroPointInput: 7 }]],
]);

/** The weight inputs of a node; none for operators without weights. */
export function weightOperandsOf(node: Pick<Node, 'opType' | 'domain' | 'inputs'>): readonly WeightOperand[] {
  const key = `${canonicalDomain(node.domain)}::${node.opType ?? ''}`;
  // It multiplies any number of tensors with each other.
  if (key === '::Einsum') return node.inputs.map((_, input) => ({ input }));
  return weightOperands.get(key) ?? [];
}
