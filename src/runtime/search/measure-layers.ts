/** Makes the model once for each layer at each level, with that layer alone changed, and compares its outputs with the original's. */
import type { DataMatch } from '../../engine/metrics/evaluation';
import { distanceOf } from '../../engine/metrics/match-distance';
import { levelOf, relativeError } from '../../engine/metrics/match-grade';
import { screeningOf } from '../../engine/search/loss';
import type { MeasuredLayer } from '../../engine/search/mixed-precision';
import { mixedRecipe, type MixedTechnique } from '../../engine/search/mixed-technique';
import type { PassReport } from '../../engine/recipe/optimization';
import type { Recipe } from '../../engine/recipe/recipe';
import type { MadeCandidate } from './made-candidates';
import type { OutputReference } from './output-reference';
import type { SearchCourse } from './search-course';

interface MeasuringRequest {
  readonly technique: MixedTechnique;
  readonly reference: OutputReference;
  /** Layers that were measured before: they are not measured again. */
  readonly known: readonly MeasuredLayer[];
  leftMs(): number;
  onLayer(index: number, layers: number): void;
  onMeasured(layer: MeasuredLayer): void;
}

/** The number of layers that predicts the time of the others. */
const layersToEstimate = 2;

/**
 * Rejects with the signal's reason, and when a model cannot be made or run. Returns no layers if there is nothing to
 * narrow, and `undefined` if the measurement would take more than the time left, which others can use.
 */
export async function measureLayers(
  signal: AbortSignal,
  course: Pick<SearchCourse, 'made' | 'plan' | 'request'>,
  { technique, reference, known, leftMs, onLayer, onMeasured }: MeasuringRequest,
): Promise<readonly MeasuredLayer[] | undefined> {
  const { seed } = course.request.goal;
  const { calibrationSamples } = course.plan;
  const make = (recipe: Recipe, id: string): Promise<MadeCandidate> =>
    course.made.make(signal, { id, name: id, recipe, stage: 'planned', calibrationSamples }, { isKept: false });
  const all = mixedRecipe(technique, technique.measuringStep(), seed);
  const { passes } = (await make(all, 'all layers')).optimization;
  // The mixture would be a different one without the earlier steps.
  if (passes.slice(1, -1).some(({ changes }) => changes.length === 0)) return [];
  const names = layersChanged(passes.at(-1)!, technique);
  const plain = await make({ ...all, steps: all.steps.slice(0, -1) }, 'none');
  const plainBytes = plain.optimization.variant.sizeBytes;
  // The earlier steps have a cost of their own.
  const plainLoss = technique.before === undefined ? 0 : lossOf(await reference.compare(signal, plain.files));
  const layers = new Map(known.map((layer) => [layer.name, layer]));
  const missing = names.filter((name) => !layers.has(name));
  const startedAtMs = performance.now();
  for (const [index, name] of missing.entries()) {
    const msPerLayer = (performance.now() - startedAtMs) / index;
    if (index >= layersToEstimate && msPerLayer * (missing.length - index) > leftMs()) return undefined;
    onLayer(names.length - missing.length + index, names.length);
    const levels = [];
    const seen = new Set<string>();
    for (const level of technique.levels) {
      const recipe = mixedRecipe(technique, technique.measuringStep({ name, level }), seed);
      const { optimization, files } = await make(recipe, name);
      const { sha256, sizeBytes } = optimization.variant;
      // A layer that has no such form keeps the one before.
      if (seen.has(sha256) || sizeBytes >= plainBytes) continue;
      seen.add(sha256);
      const loss = Math.max(0, lossOf(await reference.compare(signal, files)) - plainLoss);
      if (Number.isFinite(loss)) levels.push({ ...level, savedBytes: plainBytes - sizeBytes, loss });
    }
    layers.set(name, { name, levels });
    onMeasured({ name, levels });
  }
  return names.map((name) => layers.get(name)!);
}

/** Layers by their paths, once each. */
function layersChanged({ changes }: PassReport, { operators }: MixedTechnique): readonly string[] {
  const isLayer = (op: string): boolean => operators?.includes(op) ?? op !== 'Model';
  return [...new Set(changes.filter(({ op }) => isLayer(op)).map(({ path }) => path))];
}

/** KL divergence in nats where outputs are distributions, 1 − cosine of embeddings, else the square of the error: each adds up over layers, roughly. */
function lossOf(match: DataMatch): number {
  if (match.comparable === false) return Infinity;
  if (match.identical) return 0;
  const { klDivergence } = screeningOf(match);
  if (klDivergence !== null) return klDivergence;
  const { of, value } = distanceOf(match);
  return of === 'cosine' ? value : relativeError(levelOf(match)) ** 2;
}
