/** Whether two layers really take less time than the one in whose place they come: both run by themselves, in turns. */
import { inspectInputs } from '../../analysis/inspect';
import { createSyntheticFeeds } from '../../data/synthetic';
import type { Inference } from '../../inference';
import type { PairedComparison } from '../../metrics/paired-comparison';
import type { Model, ValueInfo, ValueName } from '../../onnx/graph';
import { inferModel, type InferredModel } from '../../onnx/infer';
import { modelPart } from '../../onnx/parts/model-part';
import type { InferredValue } from '../../onnx/ops/operator';
import type { PassContext, Refusal } from '../pass';
import { openTimedOriginal } from '../time-in-turns';
import type { ChosenRanks } from './choose-ranks';
import { factorizationsOf, type DecomposedLayer } from './decompose-layers';
import type { FactorizableLayer } from './factorizable-layers';
import { writeFactors } from './write-factors';

interface MeasureRequest {
  readonly model: Model;
  readonly layers: readonly DecomposedLayer[];
  readonly chosen: ChosenRanks;
  /** Of free dimensions, as the samples have them. */
  readonly dimensions: Readonly<Record<string, number>>;
  progress(done: number, total: number): void;
}

type Running = Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: Inference };

/**
 * The choice without the layers whose two were not measured to be faster, on WASM with one thread by an interval that clears the noise,
 * and a sentence on each of these. Rejects with the signal's reason, and as runs do.
 */
export async function onlyFaster(
  { model, layers, chosen, dimensions, progress }: MeasureRequest,
  context: Running,
): Promise<{ readonly chosen: ChosenRanks; readonly refusals: readonly Refusal[] }> {
  const inferred = inferModel(model, { dimensions });
  const kept = [...chosen];
  const refusals: Refusal[] = [];
  for (const [at, { layer }] of layers.entries()) {
    const alone = chosen.map((choice, other) => (other === at ? choice : undefined));
    if (chosen[at] !== undefined) {
      const written = writeFactors(model, await factorizationsOf(layers, alone)).model;
      const comparison = await compareAlone(layer, { model, written, inferred }, context);
      if (comparison?.verdict !== 'faster') {
        kept[at] = undefined;
        refusals.push(refuseSpeed(layer, comparison));
      }
      await context.checkpoint();
    }
    progress(at + 1, layers.length);
  }
  return { chosen: kept, refusals };
}

async function compareAlone(
  { readers }: FactorizableLayer,
  { model, written, inferred }: { readonly model: Model; readonly written: Model; readonly inferred: InferredModel },
  context: Running,
): Promise<PairedComparison | undefined> {
  const { node } = readers[0]!;
  const [data, output] = [node.inputs[0]!, node.outputs[0]!];
  const input = inputOf(data, inferred.value(model.graph!, data));
  if (input === undefined) return undefined;
  const part = { given: [input], outputs: [output] };
  const one = modelPart(model, part);
  const feeds = createSyntheticFeeds(inspectInputs(one), {}, 0);
  const timed = await openTimedOriginal({ original: one, feeds }, context);
  try {
    return await timed.against(modelPart(written, part));
  } finally {
    timed.close();
  }
}

/** `undefined` where the type or size is not known. */
function inputOf(name: ValueName, known: InferredValue | undefined): ValueInfo | undefined {
  const sizes = known?.shape ?? [];
  const dimensions = sizes.flatMap((size) => (typeof size === 'number' ? [{ size: BigInt(size) }] : []));
  if (known?.elementType === undefined || known.shape === undefined || dimensions.length < sizes.length)
    return undefined;
  return { name, type: { kind: 'tensor', elementType: known.elementType, shape: { dimensions } } };
}

function refuseSpeed({ path, op }: FactorizableLayer, comparison: PairedComparison | undefined): Refusal {
  const reason =
    comparison === undefined
      ? 'Its input size is unknown, so it could not be timed and stays.'
      : `Its factors were not measurably faster: ${comparison.ratio.toFixed(2)}× (${comparison.interval.map((bound) => bound.toFixed(2)).join(' to ')}), so it stays.`;
  return { path, op, code: 'not-faster', reason };
}
