/** Calibration samples for a model whose batch a pass has fixed. */
import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';
import { canStack, stackFeeds } from '../data/mapping/stack-feeds';
import { statedSize } from '../onnx/declared-shape';
import type { Model } from '../onnx/graph';

/**
 * Returns data that a model can run on. If the original takes single samples and `model` a larger fixed batch, as many
 * samples follow each other in one run. Samples at the end that fill no run are left out. Labeled samples stay single,
 * because training makes its own batches.
 */
export function dataOfBatch(data: CalibrationData, original: Model, model: Model): CalibrationData {
  const size = fixedBatch(model);
  if (size === undefined || size <= 1 || (fixedBatch(original) ?? 1) > 1) return data;
  return {
    ...data,
    samples: Math.floor(data.samples / size),
    async *feeds() {
      let run: Feeds[] = [];
      for await (const feeds of data.feeds()) {
        if (run.length > 0 && !canStack(run[0]!, feeds)) run = [];
        run.push(feeds);
        if (run.length < size) continue;
        yield stackFeeds(run, batchAxes(feeds));
        run = [];
      }
    },
  };
}

/** The first size of all inputs that fix one; `undefined` if they fix none or differ. */
function fixedBatch({ graph }: Model): number | undefined {
  const held = new Set(graph?.initializers.map(({ name }) => name));
  const sizes = new Set<number>();
  for (const { name, type } of graph?.inputs ?? []) {
    const [first] = type?.shape?.dimensions ?? [];
    const size = held.has(name) || first === undefined ? undefined : statedSize(first);
    if (size !== undefined) sizes.add(size);
  }
  return sizes.size === 1 ? [...sizes][0] : undefined;
}

function batchAxes(feeds: Feeds): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(feeds).flatMap(([name, { dims }]) => (dims[0] === 1 ? [[name, 0]] : [])));
}
