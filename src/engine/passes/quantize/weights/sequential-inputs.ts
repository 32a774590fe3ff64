/**
 * Quantizes layer after layer. Each sees its inputs from the earlier quantized layers and from the float model, and
 * compensates for the difference.
 */
import { PairedValues, type PairedValue } from '../../../calibration/paired-values';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Inference } from '../../../inference';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { getAttributeInt } from '../../../onnx/traverse';
import type { PassContext } from '../../pass';
import { createWorkMeter } from '../../work-meter';
import type { LayerInput } from './layer-input';
import { isState, rowCutterOf, type RowCutter } from './layer-rows';
import type { PlannedLayer } from './layer-plan';
import { RowCollector } from './row-collector';

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

/** Observes inputs of layers one after the other. The result depends on the samples alone. */
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

  /** Replaces a constant for all layers that are observed after this call. */
  replace(name: ValueName, tensor: Tensor): void {
    this.#values.replace(name, tensor);
  }

  /** Hands every layer its inputs, one for each of its groups of channels. */
  async visit(quantize: (planned: PlannedLayer, inputs: readonly LayerInput[]) => Promise<void>): Promise<void> {
    const { samples } = this.#context.data;
    const meter = createWorkMeter(this.#context, 'Quantizing layer by layer');
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
 * Returns the value that a layer multiplies with. `undefined` for a state that nothing reads, or that is multiplied
 * with a gate first, as in a GRU without `linear_before_reset`.
 */
export function inputOf({ layer }: PlannedLayer): ValueName | undefined {
  const { node } = layer.visit;
  if (!isState(layer)) return node.inputs[0];
  if (layer.op === 'GRU' && getAttributeInt(node, 'linear_before_reset') !== 1) return undefined;
  return node.outputs[0] || undefined;
}
