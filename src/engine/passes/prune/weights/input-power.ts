/** How large the inputs of layers are on calibration samples. */
import { observeValues } from '../../../calibration/observe-values';
import type { CalibrationData } from '../../../data/calibration-data';
import type { ChannelLayer } from '../../../onnx/coupling/channel-groups';
import type { Model, ValueName } from '../../../onnx/graph';
import type { Inference } from '../../../inference';
import { addSquares, channelView } from '../channels/repair/layer-rows';
import type { LayerKind } from '../channels/repair/layer-matrix';

/** Samples after which means hardly change any more. */
const mostSamples = 256;

export interface InputPowerRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  readonly data: CalibrationData;
  readonly layers: readonly { readonly layer: ChannelLayer; readonly kind: LayerKind }[];
  progress(done: number, total: number): void;
}

/** The mean square of each channel that a layer reads, by the value that it reads. Rejects as `observeValues` does. */
export async function inputPower(request: InputPowerRequest): Promise<ReadonlyMap<ValueName, Float64Array>> {
  const { signal, inference, model, data, layers } = request;
  const kinds = new Map(layers.map(({ layer, kind }) => [layer.data, kind]));
  const sums = new Map<ValueName, { readonly squares: Float64Array; elements: number }>();
  await observeValues({
    signal,
    inference,
    model,
    values: Array.from(kinds.keys(), (name) => ({ name, estimatedBytes: 2 ** 20 })),
    feeds: () => firstOf(data.feeds(), mostSamples),
    samples: Math.min(data.samples, mostSamples),
    visit(name, tensor) {
      const view = channelView(tensor, kinds.get(name)!);
      if (view === undefined) return;
      const known = sums.get(name) ?? { squares: new Float64Array(view.channels), elements: 0 };
      sums.set(name, known);
      if (known.squares.length !== view.channels) return;
      addSquares(view, known.squares);
      known.elements += view.outer * view.inner;
    },
    progress: (done, total) => request.progress(done, total),
  });
  return new Map(
    Array.from(
      sums,
      ([name, { squares, elements }]) => [name, squares.map((sum) => sum / Math.max(1, elements))] as const,
    ),
  );
}

async function* firstOf<Item>(items: AsyncIterable<Item>, most: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    yield item;
    count += 1;
    if (count >= most) return;
  }
}
