/**
 * GPTQ layer after layer: each sees the inputs that the layers quantized before it leave, and those of the float model, and makes
 * up for the difference.
 */
import { PairedValues, type PairedValue } from '../../../calibration/paired-values';
import { CovarianceSums } from '../../../linear-algebra/covariance-sums';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Inference } from '../../../inference';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { getAttributeInt } from '../../../onnx/traverse';
import type { PassContext } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import { LayerInput } from './layer-input';
import { isState, rowCutterOf, type RowCutter } from './layer-rows';
import type { PlannedLayer } from './layer-plan';

/** Layers that read the same value and cut it into rows alike. */
interface LayerGroup {
  readonly value: ValueName;
  readonly cutter: RowCutter;
  readonly layers: PlannedLayer[];
  /** The value is computed with the very weights of these layers. */
  readonly isState: boolean;
}

export interface SequentialContext extends PassContext {
  readonly data: CalibrationData;
  readonly inference: Inference;
}

/** Wider layers would take gigabytes. */
export const mostColumns = 4608;
/** Multiplications of sums over rows, per group of layers: about five seconds. */
const productsPerGroup = 6e9;
const mostRows = 16384;

/** Sees inputs of layers one after the other. What it learns depends on the samples alone. */
export class SequentialInputs {
  readonly #context: SequentialContext;
  readonly #values: PairedValues;
  readonly #groups: readonly LayerGroup[];

  /** @param layers of the main graph, whose first input is fed, in order. */
  constructor(model: Model, layers: readonly PlannedLayer[], context: SequentialContext) {
    this.#context = context;
    this.#groups = groupLayers(layers);
    this.#values = new PairedValues({
      signal: context.signal,
      inference: context.inference,
      model,
      values: this.#groups.map(({ value }) => value),
      feeds: () => context.data.feeds(),
    });
  }

  isFed(name: ValueName): boolean {
    return this.#values.isFed(name);
  }

  /** From now on, later layers see this in the place of a constant. */
  replace(name: ValueName, tensor: Tensor): void {
    this.#values.replace(name, tensor);
  }

  /** Hands every layer its inputs, one for each of its groups of channels. */
  async visit(quantize: (planned: PlannedLayer, inputs: readonly LayerInput[]) => Promise<void>): Promise<void> {
    const { samples } = this.#context.data;
    const meter = createWorkMeter(this.#context, 'Quantizing layer after layer');
    meter.start(this.#groups.length * samples);
    try {
      for (const { value, cutter, layers, isState: runsAgain } of this.#groups) {
        const collector = new RowCollector(cutter, samples, this.#context);
        const add = async (pair: PairedValue, sample: number): Promise<void> => {
          await collector.add(pair, sample);
          await meter.advance(1);
        };
        await this.#values.visit(value, add, runsAgain);
        const inputs = await collector.finish();
        for (const layer of layers) await quantize(layer, inputs);
      }
    } finally {
      this.#values.close();
    }
    meter.finish();
  }
}

function groupLayers(layers: readonly PlannedLayer[]): readonly LayerGroup[] {
  const groups = new Map<string, LayerGroup>();
  for (const planned of layers) {
    const value = inputOf(planned)!;
    const cutter = rowCutterOf(planned.layer);
    const key = `${value} ${cutter.key}`;
    const group = groups.get(key);
    if (group) group.layers.push(planned);
    else groups.set(key, { value, cutter, layers: [planned], isState: isState(planned.layer) });
  }
  return [...groups.values()];
}

/**
 * The value that a layer multiplies with; `undefined` for a state that nobody reads, or that is multiplied with a gate first, as in
 * a GRU without `linear_before_reset`.
 */
export function inputOf({ layer }: PlannedLayer): ValueName | undefined {
  const { node } = layer.visit;
  if (!isState(layer)) return node.inputs[0];
  if (layer.op === 'GRU' && getAttributeInt(node, 'linear_before_reset') !== 1) return undefined;
  return node.outputs[0] || undefined;
}

/** Sums over rows of all samples: as many of each sample as the bound of work allows, spread over its positions. */
class RowCollector {
  readonly #cutter: RowCutter;
  readonly #context: SequentialContext;
  readonly #rowsOfSample: number;
  #sums: readonly CovarianceSums[] = [];
  #inPanel = 0;

  constructor(cutter: RowCutter, samples: number, context: SequentialContext) {
    this.#cutter = cutter;
    this.#context = context;
    const { columns, groups } = cutter;
    const affordable = productsPerGroup / (1.5 * columns ** 2 * groups);
    const rows = Math.max(1.5 * columns, Math.min(mostRows, affordable));
    this.#rowsOfSample = Math.max(1, Math.ceil(rows / Math.max(1, samples)));
  }

  async add({ original, changed }: PairedValue, sample: number): Promise<void> {
    const { columns, groups } = this.#cutter;
    if (this.#sums.length === 0) {
      const outputs = changed ? columns : 0;
      this.#sums = Array.from({ length: groups }, () => new CovarianceSums(columns, outputs));
    }
    const float = this.#cutter.cut(original);
    const quantized = changed ? this.#cutter.cut(changed) : float;
    const { capacity } = this.#sums[0]!;
    const rows = [...spread(float.count, this.#rowsOfSample, sample)];
    for (let first = 0; first < rows.length;) {
      const some = rows.slice(first, first + capacity - this.#inPanel);
      for (const [group, sums] of this.#sums.entries()) {
        quantized.write(some, group, sums.inputPanel, this.#inPanel, capacity);
        if (changed) float.write(some, group, sums.outputPanel, this.#inPanel, capacity);
      }
      first += some.length;
      this.#inPanel += some.length;
      if (this.#inPanel === capacity) await this.#flush();
    }
  }

  async finish(): Promise<readonly LayerInput[]> {
    await this.#flush();
    return this.#sums.map((sums) => new LayerInput(sums));
  }

  async #flush(): Promise<void> {
    if (this.#inPanel === 0) return;
    for (const sums of this.#sums) await sums.addPanel(this.#inPanel, () => this.#context.checkpoint());
    this.#inPanel = 0;
  }
}

/** `most` positions of `count`, evenly spread; from sample to sample they begin elsewhere, so that none is seen always. */
function* spread(count: number, most: number, sample: number): Iterable<number> {
  if (count <= most) {
    for (let at = 0; at < count; at += 1) yield at;
    return;
  }
  const step = count / most;
  // The golden ratio never comes back to the same place.
  const start = ((sample * 0.6180339887498949) % 1) * step;
  for (let at = 0; at < most; at += 1) yield Math.min(count - 1, Math.floor(start + at * step));
}
