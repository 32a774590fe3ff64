/** Stores weights as 2-, 4- or 8-bit whole numbers that become floats again while the model runs; activations stay floats. */
import { inspectInputs } from '../../../analysis/inspect';
import { hasGrowingCache } from '../../../data/decoder/input-roles';
import { formatCounted, formatNodePath } from '../../../format';
import { ModelEditor } from '../../../onnx/edit';
import type { Model, Tensor } from '../../../onnx/graph';
import { elementCount, readFloat32, withFloats } from '../../../onnx/tensor';
import { defaultOpsetVersion, wholeModel } from '../../../onnx/traverse';
import { upgradeOpset } from '../../../onnx/upgrade/upgrade-opset';
import { reasonsOrNothingFound } from '../../nothing-found';
import type { Change, PassContext, PassOutcome } from '../../pass';
import { type LayerPlan, planLayers } from './layer-plan';
import { type CorrectedBias, type QuantizedLayer, type QuantizedLayers, quantizeLayers } from './quantize-layers';
import { LayerRewriter } from './rewrite-layers';
import { findWeightLayers, type FoundLayers } from './weight-layers';
import { blankStorage } from './weight-storage';
import { isInputMethod, type LayerMethod, type WeightsOptions } from './weights-options';
import type { WeightLayer } from './weight-layers';
import type { HistogramDetail, PassDetails, TableDetail } from '../../pass-details';

/** The rounding method, as the end of a sentence. */
const methodNames: Readonly<Record<LayerMethod, string>> = {
  gptq: 'rounded by GPTQ',
  adaround: 'rounded by AdaRound',
  rtn: 'rounded to nearest',
  squant: 'rounded by SQuant',
  mse: 'in the range of least squared error',
  'k-quant': 'rounded by k-quant',
};

const shortNames: Readonly<Record<LayerMethod, string>> = {
  gptq: 'GPTQ',
  adaround: 'AdaRound',
  rtn: 'to nearest',
  squant: 'SQuant',
  mse: 'least squared error',
  'k-quant': 'k-quant',
};

/** All layers in a table, and the weights of the one that changed the most. */
function quantizedLayersDetails(layers: readonly QuantizedLayer[]): PassDetails {
  const worst = layers.reduce((most, layer) =>
    layer.comparison.relativeError > most.comparison.relativeError ? layer : most,
  );
  return {
    layers: layersTable(layers),
    weightsBefore: histogramOf(worst, 'before'),
    weightsAfter: histogramOf(worst, 'after'),
  };
}

function layersTable(layers: readonly QuantizedLayer[]): TableDetail {
  return {
    kind: 'table',
    title: 'Quantized layers',
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'Weights', unit: 'count' },
      { label: 'Bits', unit: 'count' },
      { label: 'Rounding', unit: 'text' },
      { label: 'Weight error', unit: 'decibels' },
      { label: 'Output error', unit: 'decibels' },
    ],
    rows: layers.map(({ planned, method, relativeError, comparison }) => [
      planned.layer.visit.path,
      planned.layer.shape.rows * planned.layer.shape.columns,
      planned.grid.bits,
      shortNames[method],
      inDecibels(comparison.relativeError),
      inDecibels(relativeError),
    ]),
  };
}

function inDecibels(share: number | null): number | null {
  return share === null || share === 0 ? null : 10 * Math.log10(share);
}

function histogramOf({ planned, comparison }: QuantizedLayer, when: 'before' | 'after'): HistogramDetail {
  return {
    kind: 'histogram',
    title: `Weights of ${formatNodePath(planned.layer.visit.path)} ${when}`,
    x: { label: 'Weight', unit: 'number' },
    edges: comparison.edges,
    counts: comparison[when],
  };
}

/** The most elements of weights that are compared, because both are read into memory. */
const mostElements = 2 ** 27;
/** This many numbers, evenly spread, are compared before all are compared in order. */
const probes = 257;

/** Results of comparisons are kept, because a plan is made for every option that is tried. */
const known = new WeakMap<Tensor, WeakMap<Tensor, boolean>>();

/**
 * Lets a MatMul share the table of a Gather if its weight is a transposed copy of that table, which exporters store beside it.
 * Weights are read only if their sizes fit.
 */
function withSharedTables(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const tables = layers.filter(({ op }) => op === 'Gather');
  return layers.map((layer) => {
    const table = layer.op === 'MatMul' ? tables.find((each) => isTransposedCopy(each, layer)) : undefined;
    return table === undefined ? layer : { ...layer, weight: table.weight, shape: table.shape };
  });
}

function isTransposedCopy(table: WeightLayer, { shape, weight }: WeightLayer): boolean {
  const { rows, columns } = table.shape;
  const isAlike =
    shape.storedBy === 'columns' &&
    (shape.together ?? 1) === 1 &&
    shape.rows === rows &&
    shape.columns === columns &&
    weight.consumers.length === 1 &&
    !weight.isGraphOutput &&
    weight.tensor.dataType === table.weight.tensor.dataType &&
    elementCount(weight.tensor) <= mostElements;
  return isAlike && areTransposed(table.weight.tensor, weight.tensor, rows, columns);
}

function areTransposed(table: Tensor, transposed: Tensor, rows: number, columns: number): boolean {
  const before = known.get(table)?.get(transposed);
  if (before !== undefined) return before;
  const [own, other] = [readFloat32(table), readFloat32(transposed)];
  const isSame = (at: number): boolean => own[at] === other[(at % columns) * rows + Math.floor(at / columns)];
  const step = Math.max(1, Math.floor(own.length / probes));
  let same = true;
  for (let at = 0; same && at < own.length; at += step) same = isSame(at);
  for (let at = 0; same && at < own.length; at += 1) same = isSame(at);
  const found = known.get(table) ?? new WeakMap<Tensor, boolean>();
  known.set(table, found.set(transposed, same));
  return same;
}

/** `bytesToKeep` bounds the memory for kept values if no data is used; the result is the same. */
export async function runQuantizeWeights(
  model: Model,
  options: WeightsOptions,
  context: PassContext,
  bytesToKeep?: number,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  if (!model.graph) return { model, changes: [], refusals: [] };
  const prepared = await prepare(model, options, context);
  const { found, plan } = prepared;
  const refusals = [...found.refusals, ...plan.refusals];
  if (plan.layers.length === 0) {
    const reason = 'It has no layer with weights to quantize.';
    return { model, changes: [], refusals: reasonsOrNothingFound(refusals, model, reason) };
  }
  const result = await quantizeLayers(prepared.model, plan.layers, options.method, context, bytesToKeep);
  refusals.push(...result.refusals);
  if (result.layers.length === 0) return { model, changes: [], refusals };
  const rewritten = rewriteModel(prepared.model, result, options);
  return {
    model: rewritten.model,
    changes: [...prepared.changes, ...rewritten.changes],
    refusals,
    details: quantizedLayersDetails(result.layers),
    ...sentenceOf(result, options, model),
  };
}

/** A model of the form and size of the result of `runQuantizeWeights`, with blank weights. Weights that are not finite count as quantized. */
export async function sketchQuantizeWeights(
  model: Model,
  options: WeightsOptions,
  context: PassContext,
): Promise<Model> {
  if (!model.graph) return model;
  const { model: prepared, plan } = await prepare(model, options, context);
  if (plan.layers.length === 0) return model;
  const layers = plan.layers.map((planned) => ({ planned, stored: blankStorage(planned), method: 'rtn' as const }));
  return rewriteModel(prepared, { layers, biases: [] }, options).model;
}

/** The gain of data, by the requested method. */
const gainsOfData: Readonly<Partial<Record<WeightsOptions['method'], string>>> = {
  gptq: 'each layer compensates for rounding errors',
  adaround: 'each layer learns which weights to round up',
};

/** Measured on a decoder of 135 million parameters (docs/design/quantization.md). */
const lossOfWriters =
  'Without data, a language model in 4 bits loses much: expect about 30 % more perplexity, and another next token in every third place. Add texts as data, or use 8 bits.';

function sentenceOf(
  { layers, unfitted, obstacle }: QuantizedLayers,
  { method }: WeightsOptions,
  model: Model,
): { readonly sentence?: string } {
  const sentences: string[] = [];
  const isRisky = obstacle !== undefined || !isInputMethod(method);
  if (isRisky && layers.some(({ planned }) => planned.grid.bits < 8) && hasGrowingCache(inspectInputs(model))) {
    sentences.push(lossOfWriters);
  }
  if (obstacle !== undefined) {
    sentences.push(
      `Weights were rounded without data (${namesOf(layers)}), because ${obstacle}. With data, ${gainsOfData[method] ?? ''}.`,
    );
  }
  const swept = method === 'adaround' ? layers.filter((layer) => layer.method === 'gptq').length : 0;
  if (swept > 0) {
    sentences.push(`${formatCounted(swept, 'layer')} used GPTQ, because AdaRound would take minutes for each.`);
  }
  if (unfitted > 0) {
    sentences.push(
      `${formatCounted(unfitted, 'layer')} could not use the data: their inputs never vary, or contain NaN or infinity. Check the data and its preprocessing.`,
    );
  }
  const kept = layers.filter(({ planned }) => planned.keepsMoreBits === true).length;
  if (kept > 0) {
    sentences.push(
      `${formatCounted(kept, 'layer')} kept 4 bits: only MatMulNBits supports 2 bits, in products with a matrix.`,
    );
  }
  return sentences.length > 0 ? { sentence: sentences.join(' ') } : {};
}

function namesOf(layers: readonly QuantizedLayer[]): string {
  return [...new Set(layers.map((layer) => shortNames[layer.method]))].join(', ');
}

interface Prepared {
  /** The model in an operator set that has the forms. */
  readonly model: Model;
  readonly found: FoundLayers;
  readonly plan: LayerPlan;
  readonly changes: readonly Change[];
}

/**
 * The plan in the oldest operator set that has all of its forms. If the model cannot be converted, the plan uses forms
 * that it has.
 */
async function prepare(model: Model, options: WeightsOptions, context: PassContext): Promise<Prepared> {
  const found = withTables(findWeightLayers(model, options), options);
  const own = Number(defaultOpsetVersion(model));
  for (const newest of [21, 13]) {
    if (newest <= own) break;
    const wished = planLayers(found.layers, options, newest);
    if (wished.opset <= own) return { model, found, plan: wished, changes: [] };
    const upgrade = await upgradeOpset(model, BigInt(wished.opset), () => context.checkpoint());
    if (upgrade.kind === 'refused') continue;
    // The nodes are others now.
    const again = withTables(findWeightLayers(upgrade.model, options), options);
    const changes = upgrade.changes.map((what) => ({ ...wholeModel, what }));
    return { model: upgrade.model, found: again, plan: planLayers(again.layers, options, newest), changes };
  }
  return { model, found, plan: planLayers(found.layers, options, own), changes: [] };
}

/** Standard operators cannot read one table in both ways, and neither can a table with bits of its own. */
function withTables(found: FoundLayers, { form, tables }: WeightsOptions): FoundLayers {
  return form === 'dequantize' || tables === '8' ? found : { ...found, layers: withSharedTables(found.layers) };
}

interface RewrittenLayers extends Pick<QuantizedLayers, 'biases'> {
  readonly layers: readonly Pick<QuantizedLayer, 'planned' | 'stored' | 'method'>[];
}

function rewriteModel(
  model: Model,
  { layers, biases }: RewrittenLayers,
  options: Pick<WeightsOptions, 'form' | 'accuracyLevel'>,
): { readonly model: Model; readonly changes: readonly Change[] } {
  const editor = new ModelEditor(model);
  const rewriter = new LayerRewriter(editor, options);
  const changes: Change[] = [];
  for (const bias of biases) correctBias(bias, editor);
  for (const { planned, stored, method } of layers) {
    const { path, node } = planned.layer.visit;
    const what = `${rewriter.rewrite(planned, stored)}, ${methodNames[method]}`;
    changes.push({ path, op: node.opType ?? '', what });
  }
  rewriter.finish();
  return { model: editor.finish(), changes };
}

/** The new tensor keeps the name, because nothing else reads it. */
function correctBias({ at: { weight }, values }: CorrectedBias, { graph }: ModelEditor): void {
  graph.removeConstant(weight.name);
  graph.addInitializer({ ...withFloats(weight.tensor, values), name: weight.name });
}
