/** The largest magnitudes of activations on the calibration data. The runtime finds them, so that no activation leaves it. */
import { sizesOf } from '../../../calibration/observe-statistics';
import { observeValues } from '../../../calibration/observe-values';
import { reductions, reductionsOf, withNodesBehind } from '../../../calibration/reduced-values';
import type { Model, ValueName } from '../../../onnx/graph';
import type { CalibrationContext } from '../../quantize/static/activation-ranges';
import { createWorkMeter } from '../../work-meter';

interface Reduced {
  readonly value: ValueName;
  readonly by: (typeof reductions)[number];
}

/**
 * The largest magnitude of each value over all samples; Infinity for a value with a number that is not finite. Rejects as `observeValues`
 * does.
 * @param values float32 values of the model's own graph.
 */
export async function observeLargestMagnitudes(
  model: Model,
  values: readonly ValueName[],
  context: CalibrationContext,
): Promise<ReadonlyMap<ValueName, number>> {
  const { signal, data, inference } = context;
  const scalars = new Map<ValueName, Reduced>();
  const reduced = withNodesBehind(model, values, (value, editor) => {
    const nodes = reductionsOf(value, editor);
    nodes.forEach(({ outputs }, at) => scalars.set(outputs[0]!, { value, by: reductions[at]! }));
    return nodes;
  });
  const sizes = sizesOf(model);
  const largest = new Map(values.map((name) => [name, 0]));
  const meter = createWorkMeter(context, 'Observing activations');
  meter.start(scalars.size * data.samples);
  await observeValues({
    signal,
    inference,
    model: reduced,
    // A value stays in memory until it is reduced.
    values: Array.from(scalars, ([name, { value }]) => ({ name, estimatedBytes: sizes(value) / reductions.length })),
    samples: data.samples,
    feeds: () => data.feeds(),
    async visit(name, { data: numbers }) {
      const { value, by } = scalars.get(name)!;
      largest.set(value, Math.max(largest.get(value)!, magnitudeOf(by, Number(numbers[0]))));
      await meter.advance(1);
    },
  });
  return largest;
}

/** Values without elements have no extremes, and the sum 0. */
function magnitudeOf(by: Reduced['by'], scalar: number): number {
  if (by === 'ReduceSum') return Number.isFinite(scalar) ? 0 : Infinity;
  return Number.isFinite(scalar) ? Math.abs(scalar) : 0;
}
