/**
 * Empirical bias correction of any model that was made from another (Nagel et al. 2019, "Data-Free Quantization Through Weight
 * Equalization and Bias Correction", appendix D), kept where held-out samples come nearer to the original.
 */
import { isHeldOut, readSamplesAt, samplesAt, useOfSample } from '../../../calibration/held-out';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { formatCount } from '../../../format';
import type { Inference } from '../../../inference';
import type { Model, ValueName } from '../../../onnx/graph';
import { inTopologicalOrder } from '../../../onnx/topological-order';
import type { NodeVisit } from '../../../onnx/traverse';
import { compareOutputs } from '../../compare-outputs';
import { nodesLeftOut } from '../../node-names';
import { refuseWhole, type PassContext, type PassOutcome, type Refusal } from '../../pass';
import { ValueGraph } from '../static/value-graph';
import { inOrderOfNodes, layersOfBoth, withOwnBiases, type LayerValue } from './biased-layers';
import { channelMeans, measureLayers, shiftBiases, type ShiftedLayer } from './shift-biases';

type RunContext = PassContext & { readonly data: CalibrationData; readonly inference: Inference };

/** By how many samples of each kind it is judged. */
const mostJudges = 64;
/** A mean over fewer tells nothing. */
const fewestToTell = 4;
/** With fewer samples, all of them fit and judge. */
const fewestToHoldOut = 4;

export async function runCorrectBias(
  model: Model,
  { exclude }: { readonly exclude: readonly string[] },
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const { visits, left: leftOut, refusals } = nodesLeftOut(model, exclude);
  const leave = (code: string, reason: string): PassOutcome => ({
    model,
    changes: [],
    refusals: [...refusals, refuseWhole(code, `${reason} Nothing was changed.`)],
  });
  const { data, inference, original } = context;
  if (!data || data.samples === 0) return leave('no-data', 'Add data: it needs the outputs of the layers.');
  if (!inference) return leave('no-runtime', 'It needs a runtime, and none is available.');
  const own = visits.filter(({ scope }) => scope.graph === model.graph);
  const visitOf = new Map(own.flatMap((visit) => visit.node.outputs.map((name) => [name, visit] as const)));
  const isTaken = ({ value }: LayerValue): boolean => !leftOut.has(visitOf.get(value)!.node);
  const graph = model.graph && new ValueGraph(model);
  const layers = graph && original.graph ? layersOfBoth(new ValueGraph(original), graph).filter(isTaken) : [];
  if (!graph || layers.length === 0)
    return leave('no-layers', 'No layer with weights has outputs of the same name in the original.');
  try {
    const { corrected, shifted, left, sentence, helps } = await correct(graph, layers, model, {
      ...context,
      data,
      inference,
    });
    const told = left.map(({ value, ...why }) => ({ ...placeOf(visitOf.get(value)!), ...why }));
    refusals.push(...told);
    if (!helps) return leave('does-not-help', sentence);
    const changes = shifted.map(({ value, shift }) => ({
      ...placeOf(visitOf.get(value)!),
      what: `Bias shifted by up to ${shift.toPrecision(2)}`,
    }));
    return { model: corrected, changes, refusals, sentence };
  } catch (error) {
    if (context.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return leave('data-does-not-fit', `The model cannot run on the data: ${message}`);
  }
}

interface Correction {
  readonly corrected: Model;
  readonly shifted: readonly ShiftedLayer[];
  readonly left: readonly (Pick<Refusal, 'code' | 'reason'> & { readonly value: ValueName })[];
  /** What came of it on held-out samples. */
  readonly sentence: string;
  readonly helps: boolean;
}

async function correct(
  graph: ValueGraph,
  layers: readonly LayerValue[],
  model: Model,
  context: RunContext,
): Promise<Correction> {
  const { data, original } = context;
  const holdsOut = data.samples >= fewestToHoldOut;
  const isFitted = (position: number): boolean => !holdsOut || !isHeldOut(position);
  const count = Array.from({ length: data.samples }, (_, position) => position).filter(isFitted).length;
  const own = { ...context, fitting: { count, feeds: () => samplesAt(data, isFitted) } };
  const first = await readSamplesAt(data, isFitted, 1);
  const measured = await measureLayers(model, layers, first, own);
  const wanted = await channelMeans(original, measured, own);
  const alike = measured.filter(({ value, axis, dims }) => wanted.get(value)!.length === dims.at(axis));
  const prepared = withOwnBiases(model, graph, alike);
  if (prepared.layers.length === 0) {
    const sentence = 'No layer has a bias that could be shifted.';
    return { corrected: model, shifted: [], left: leftOf(layers, alike, []), sentence, helps: false };
  }
  const inOrder = inOrderOfNodes(prepared.layers, inTopologicalOrder(prepared.model.graph!.nodes));
  const { model: corrected, layers: shifted } = await shiftBiases(prepared.model, inOrder, wanted, own);
  const judged = await judge({ original, model, corrected }, context);
  return { corrected, shifted, left: leftOf(layers, alike, shifted), ...judged };
}

type Judged = Readonly<Record<'original' | 'model' | 'corrected', Model>>;

/** Some samples choose whether it is kept, and where there are enough, others tell what came of it. */
async function judge(models: Judged, context: RunContext): Promise<Pick<Correction, 'sentence' | 'helps'>> {
  const { data } = context;
  const holdsOut = data.samples >= fewestToHoldOut;
  const testing = await readSamplesAt(data, (position) => useOfSample(position) === 'test', mostJudges);
  const tells = testing.length >= fewestToTell;
  const choosing = await readSamplesAt(
    data,
    (position) => !holdsOut || (tells ? useOfSample(position) === 'validation' : isHeldOut(position)),
    mostJudges,
  );
  const chosen = await sqnrOf(models, choosing, context);
  if (typeof chosen === 'string') return { helps: false, sentence: chosen };
  const helps = chosen.after > chosen.before;
  const told = helps && tells ? await sqnrOf(models, testing, context) : chosen;
  const { before, after } = typeof told === 'string' ? chosen : told;
  const samples = helps && tells ? testing : choosing;
  const counted = formatCount(samples.length);
  const used = holdsOut ? `${counted} held-out samples` : `${counted} samples also used for fitting`;
  const change = `${helps ? 'goes' : 'would go'} from ${before.toFixed(1)} to ${after.toFixed(1)} dB`;
  return { helps, sentence: `Output SQNR ${change} on ${used}.` };
}

/** Of the outputs without and with the correction, in dB beside the original's; a sentence where there is nothing to compare. */
async function sqnrOf(
  { original, model, corrected }: Judged,
  samples: readonly Feeds[],
  context: RunContext,
): Promise<{ readonly before: number; readonly after: number } | string> {
  const before = await compareOutputs({ before: original, after: model, samples }, context);
  if (before?.identical) return "The model's outputs already equal the original's.";
  const after = await compareOutputs({ before: original, after: corrected, samples }, context);
  if (typeof before?.sqnrDb !== 'number' || typeof after?.sqnrDb !== 'number')
    return 'Its outputs cannot be compared with the original’s.';
  return { before: before.sqnrDb, after: after.sqnrDb };
}

function leftOf(
  layers: readonly LayerValue[],
  alike: readonly LayerValue[],
  shifted: readonly LayerValue[],
): Correction['left'] {
  const values = (of: readonly LayerValue[]): ReadonlySet<ValueName> => new Set(of.map(({ value }) => value));
  const [isAlike, isShifted] = [values(alike), values(shifted)];
  return layers.flatMap(({ value }) => {
    if (isShifted.has(value)) return [];
    const why = isAlike.has(value)
      ? { code: 'integer-bias', reason: 'Its bias or its output is stored in integers.' }
      : { code: 'other-channels', reason: 'Its channels differ from the original.' };
    return [{ value, ...why }];
  });
}

function placeOf({ node, path }: NodeVisit): Pick<Refusal, 'path' | 'op'> {
  return { path, op: node.opType ?? '' };
}
