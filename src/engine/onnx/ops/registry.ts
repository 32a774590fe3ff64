/**
 * Every operator that Pareto knows, and the questions about one. The rest of the program reads the records through
 * here.
 */
import type { Node } from '../graph';
import { canonicalDomain, CLASSICAL_LEARNING_DOMAIN, MICROSOFT_DOMAIN } from '../traverse';
import { activations, microsoftActivations } from './activation';
import { arithmetic, microsoftArithmetic } from './arithmetic';
import { attentionLayers, microsoftAttention } from './attention';
import { casting } from './casting';
import { classicalLearning } from './classical-learning';
import { comparisons } from './comparison';
import { convolutions, microsoftConvolutions } from './convolution';
import { generators } from './generating';
import { matrixProducts, microsoftMatrixProducts } from './matrix';
import { microsoftNormalizations, normalizations } from './normalization';
import type { OperatorFamily, OperatorRecord, WeightOperand } from './operator-record';
import type { UpgradeStage } from './operator-upgrade';
import { microsoftQuantizers, quantizers } from './quantization';
import { microsoftRecurrentLayers, recurrentLayers } from './recurrent';
import { reductions } from './reduction';
import { microsoftReshaping, reshaping } from './reshaping';
import { microsoftResizing, resizing } from './resizing';
import { microsoftSelecting, selecting } from './selecting';
import { sequences, texts } from './sequence';
import { upgradesToOpset7 } from './upgrades-to-opset-7';
import { upgradesToOpset11 } from './upgrades-to-opset-11';
import { upgradesToOpset13 } from './upgrades-to-opset-13';
import { upgradesToOpset21 } from './upgrades-to-opset-21';
import { upgradesToOpset23 } from './upgrades-to-opset-23';

const onnx: readonly OperatorFamily[] = [
  arithmetic,
  activations,
  comparisons,
  casting,
  reshaping,
  resizing,
  selecting,
  generators,
  convolutions,
  matrixProducts,
  reductions,
  normalizations,
  recurrentLayers,
  quantizers,
  attentionLayers,
  sequences,
  texts,
];

const microsoft: readonly OperatorFamily[] = [
  microsoftArithmetic,
  microsoftActivations,
  microsoftReshaping,
  microsoftResizing,
  microsoftSelecting,
  microsoftConvolutions,
  microsoftMatrixProducts,
  microsoftNormalizations,
  microsoftRecurrentLayers,
  microsoftQuantizers,
  microsoftAttention,
];

/** Names come from files: one like `constructor` must find nothing. */
const records: ReadonlyMap<string, ReadonlyMap<string, OperatorRecord>> = new Map([
  ['', new Map(onnx.flatMap((family) => Object.entries(family)))],
  [CLASSICAL_LEARNING_DOMAIN, new Map(Object.entries(classicalLearning))],
  [MICROSOFT_DOMAIN, new Map(microsoft.flatMap((family) => Object.entries(family)))],
]);

type Operator = Pick<Node, 'opType' | 'domain'>;

/** Returns the record of a node's operator, or `undefined` for one of another domain or one without a record. */
export function operatorRecord({ domain, opType = '' }: Operator): OperatorRecord | undefined {
  return records.get(canonicalDomain(domain))?.get(opType);
}

/** The weight inputs of a node; none for operators without weights. */
export function weightOperandsOf(node: Operator & Pick<Node, 'inputs'>): readonly WeightOperand[] {
  const weights = operatorRecord(node)?.weights ?? [];
  return weights === 'every input' ? node.inputs.map((_, input) => ({ input })) : weights;
}

/** True if an int32 that the node reads at `input` is a quantized bias or weight, not a size, an axis or an index. */
export function takesWideIntegerWeight(node: Operator, input: number): boolean {
  return operatorRecord(node)?.wideIntegerWeight === input;
}

/** True if the value that a node reads at `input` is the scale that turns stored integers into floats. */
export function isStoredScale(node: Operator, input: number): boolean {
  return operatorRecord(node)?.storedScale === input;
}

/** True if a node divides by the value that it reads at `input`. */
export function isDivisor(node: Operator, input: number): boolean {
  return operatorRecord(node)?.divisor === input;
}

/**
 * True for a node that may give another result at every run. It can neither be computed once for all, nor replace an
 * equal one. An operator without a record is classified by its name, since another domain's Bernoulli is unlikely to be
 * constant.
 */
export function drawsRandomNumbers(node: Node): boolean {
  const isRandom = (operatorRecord(node) ?? operatorRecord({ opType: node.opType }))?.isRandom ?? false;
  return typeof isRandom === 'function' ? isRandom(node) : isRandom;
}

/** Changes of the operators of ONNX from one operator set to the next, oldest first: data by version, in files by version. */
export const upgradeStages: readonly UpgradeStage[] = [
  { to: 7n, upgrades: upgradesToOpset7 },
  { to: 11n, upgrades: upgradesToOpset11 },
  { to: 13n, upgrades: upgradesToOpset13 },
  { to: 21n, upgrades: upgradesToOpset21 },
  { to: 23n, upgrades: upgradesToOpset23 },
];

/** Facts about providers, as measured or documented for one version of the runtime, in files by provider. */
export { isReadByCpu } from './provider-support/cpu-inputs';
export { isRefusedByWasm } from './provider-support/wasm-support';
export { webgpuSupport, type KernelRequest } from './provider-support/webgpu-support';
export { isWrongOnWebgpu } from './provider-support/webgpu-wrong';
export { webnnRefusal } from './provider-support/webnn-support';
