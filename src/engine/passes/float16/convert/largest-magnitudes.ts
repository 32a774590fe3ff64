/** The largest magnitudes of activations on the calibration data. The runtime finds them, so that no activation leaves it. */
import { ModelEditor } from '../../../onnx/edit';
import type { Model, ValueName } from '../../../onnx/graph';
import { ownValue } from '../../../own-value';
import { createNode } from '../../quantize/node-builders';
import type { CalibrationContext } from '../../quantize/static/activation-ranges';
import { createWorkMeter } from '../../work-meter';

/** The sum is not finite where any number is not. */
const reductions = ['ReduceMin', 'ReduceMax', 'ReduceSum'];

/**
 * The largest magnitude of each value over all samples; Infinity where it holds a number that is not finite.
 * Rejects as `Inference.open` and its runs do.
 * @param values float32 values of the model's own graph.
 */
export async function observeLargestMagnitudes(
  model: Model,
  values: readonly ValueName[],
  context: CalibrationContext,
): Promise<ReadonlyMap<ValueName, number>> {
  const { signal, data, inference } = context;
  const { reduced, outputs } = withReductions(model, values);
  const largest = new Map(values.map((name) => [name, 0]));
  const meter = createWorkMeter(context, 'Observing activations');
  meter.start(data.samples);
  const session = await inference.open(signal, reduced, {
    threads: 'device',
    optimization: 'as-written',
    outputs: [...outputs.values()].flat(),
  });
  try {
    for await (const feeds of data.feeds()) {
      const found = await session.run(feeds);
      for (const [value, names] of outputs) {
        const numbers = names.map((name) => Number((ownValue(found, name)!.data as Float32Array)[0]));
        const magnitude = numbers.every(Number.isFinite) ? Math.max(-numbers[0]!, numbers[1]!) : Infinity;
        largest.set(value, Math.max(largest.get(value)!, magnitude));
      }
      await meter.advance(1);
    }
  } finally {
    session.close();
  }
  return largest;
}

/** The model with three scalars of each value, by the value, in the order of `reductions`. */
function withReductions(
  model: Model,
  values: readonly ValueName[],
): { readonly reduced: Model; readonly outputs: ReadonlyMap<ValueName, readonly ValueName[]> } {
  const editor = new ModelEditor(model).graph;
  const outputs = new Map(
    values.map((value) => [value, reductions.map((opType) => editor.freshValueName(`${value}_${opType}`))]),
  );
  const added = [...outputs].flatMap(([value, names]) =>
    names.map((name, at) => createNode(reductions[at]!, '', [value], [name], { keepdims: 0n })),
  );
  const graph = model.graph!;
  return { reduced: { ...model, graph: { ...graph, nodes: [...graph.nodes, ...added] } }, outputs };
}
