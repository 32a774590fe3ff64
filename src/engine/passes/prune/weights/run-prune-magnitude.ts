/**
 * Unstructured magnitude pruning (Han et al. 2015): the weights with the smallest absolute values become zero. Shapes
 * stay the same, so a dense runtime computes as much as before. Only the compressed file shrinks.
 *
 * The pass prunes the weights of MatMul, Gemm, Einsum, Conv, ConvTranspose, LSTM, GRU, RNN and Attention. Fused and
 * quantized forms count too, wherever the weights are stored. It leaves out biases, normalization parameters, shapes,
 * and, unless asked for, embeddings and filters of depthwise convolutions.
 */
import { DataType, isFloatDataType } from '../../../onnx/data-type';
import { replaceTensors } from '../../../onnx/map-tensors';
import type { Model, Tensor } from '../../../onnx/graph';
import { withRawData } from '../../../onnx/tensor';
import type { Change, PassContext } from '../../pass';
import { roundHalfEven } from '../../../round-half-even';
import { createWorkMeter, type WorkMeter } from '../../work-meter';
import {
  applyThreshold,
  findMagnitudeThreshold,
  forEachSelected,
  type MagnitudeThreshold,
  type Selection,
} from './magnitude-threshold';
import { type PrunableWeight, prunableWeights } from './prunable-weights';
import type { PruneWeightsOptions } from './prune-weights-options';
import type { PrunedWeights, WeightZeros } from './sparsity-detail';
import { magnitudeSource } from './weight-values';
import type { ByteSource } from '../../../onnx/byte-source';
import type { WeightFormat } from './weight-values';

/**
 * A weight with some of its elements set to zero, computed whenever it is read. A pruned model therefore costs no
 * memory of its own: the weights stay in the file, and writing the variant streams them through.
 */
class PrunedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #format: WeightFormat;
  readonly #selection: Selection;
  readonly #start: number;
  readonly #end: number;

  /** @param start first byte of the window into `source`; @param end its end. */
  constructor(source: ByteSource, format: WeightFormat, selection: Selection, start = 0, end = source.sizeBytes) {
    this.#source = source;
    this.#format = format;
    this.#selection = selection;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const { bytesPerElement } = this.#format;
    const from = this.#start + start;
    const to = Math.min(this.#start + end, this.#end);
    // The range has whole elements around the window, which may begin or end inside one.
    const first = Math.floor(from / bytesPerElement);
    const last = Math.ceil(to / bytesPerElement);
    const bytes = this.#source.read(first * bytesPerElement, last * bytesPerElement).slice();
    const values = this.#format.decode(bytes, first);
    forEachSelected(values, first, this.#selection, (position) =>
      this.#format.clear(bytes, position, first + position),
    );
    return bytes.subarray(from - first * bytesPerElement, to - first * bytesPerElement);
  }

  async prepare(checkpoint: () => Promise<void>): Promise<void> {
    await this.#source.prepare?.(checkpoint);
  }

  slice(start: number, end: number): ByteSource {
    const to = Math.min(this.#start + end, this.#end);
    return new PrunedSource(this.#source, this.#format, this.#selection, this.#start + start, to);
  }
}

export async function runPruneMagnitude(
  model: Model,
  values: Omit<PruneWeightsOptions, 'pattern'>,
  context: PassContext,
): Promise<PrunedWeights> {
  const amount = values.amount;
  const globalScope = values.scope === 'global';
  const { prunable, refusals } = prunableWeights(model, {
    include: new Set(values.include),
    exclude: new Set(values.exclude),
    globalScope,
  });
  const meter = createWorkMeter(context, 'Ranking weights');
  meter.start(elementsToRead(prunable, globalScope));
  const selections = globalScope
    ? await selectGlobally(prunable, amount, meter)
    : await selectPerTensor(prunable, amount, meter);
  meter.finish();
  const replacements = new Map<Tensor, Tensor>();
  const changes: Change[] = [];
  for (const [index, { weight, reader, source, format, elements }] of prunable.entries()) {
    const selection = selections[index] as Selection;
    // Zeros that were there already are selected first: more than those means that something changes.
    if (selection.selected <= selection.zerosBefore) continue;
    replacements.set(weight.tensor, withRawData(weight.tensor, new PrunedSource(source, format, selection)));
    const percent = ((selection.selected / elements) * 100).toFixed(1);
    const isFloat = isFloatDataType(weight.tensor.dataType ?? DataType.undefined);
    const what = `set ${percent} % of ${weight.name}${isFloat ? '' : ', which is already quantized,'} to zero`;
    changes.push({ path: reader.path, op: reader.node.opType ?? '', what });
  }
  return {
    model: replaceTensors(model, replacements),
    changes,
    refusals,
    zeros: weightZeros(prunable, selections),
  };
}

async function selectPerTensor(
  prunable: readonly PrunableWeight[],
  amount: number,
  meter: WorkMeter,
): Promise<Selection[]> {
  const selections: Selection[] = [];
  for (const { source, format, elements } of prunable) {
    const magnitudes = magnitudeSource(source, format);
    const threshold = await findMagnitudeThreshold([magnitudes], shareOf(amount, elements), meter.advance);
    selections.push(await applyThreshold(magnitudes, threshold, threshold.ties, meter.advance));
  }
  return selections;
}

async function selectGlobally(
  prunable: readonly PrunableWeight[],
  amount: number,
  meter: WorkMeter,
): Promise<Selection[]> {
  const sources = prunable.map(({ source, format }) => magnitudeSource(source, format));
  const total = sources.reduce((sum, { elements }) => sum + elements, 0);
  const threshold: MagnitudeThreshold = await findMagnitudeThreshold(sources, shareOf(amount, total), meter.advance);
  const selections: Selection[] = [];
  let { ties } = threshold;
  for (const source of sources) {
    const selection = await applyThreshold(source, threshold, ties, meter.advance);
    ties -= selection.tiesTaken;
    selections.push(selection);
  }
  return selections;
}

/** Elements to set to zero: the nearest whole number, halves to even, as `torch.nn.utils.prune` counts. */
function shareOf(amount: number, elements: number): number {
  return roundHalfEven(amount * elements);
}

/** The number of element reads: each two or four times to find the threshold, and once to count the selected ones. */
function elementsToRead(prunable: readonly PrunableWeight[], globalScope: boolean): number {
  const anyWide = prunable.some(({ format }) => format.wide);
  const readsOf = (wide: boolean) => (wide ? 5 : 3);
  return prunable.reduce(
    (sum, { elements, format }) => sum + elements * readsOf(globalScope ? anyWide : format.wide),
    0,
  );
}

function weightZeros(prunable: readonly PrunableWeight[], selections: readonly Selection[]): readonly WeightZeros[] {
  return prunable.map(({ weight, elements }, index) => {
    const { selected, zerosBefore } = selections[index] as Selection;
    return { path: weight.path, elements, zeros: Math.max(selected, zerosBefore) };
  });
}
