/** Makes the model once for each layer, with that layer alone changed, and compares its outputs with the original's. */
import { ParetoError } from '../../engine/errors';
import { createPercentReporter } from '../../engine/percent-reporter';
import { planRecipe } from '../../engine/recipe/plan-recipe';
import {
  accumulatedBySet,
  bySensitivity,
  byWeights,
  figuresOf,
  groupsTaken,
  layersSpared,
  layersTaken,
  setKey,
  type LayerSensitivity,
  type OutputFigures,
  type Sensitivity,
  type SensitivityMetric,
  type SensitivityUnit,
  type TaskDrop,
  type TogetherFigures,
} from '../../engine/search/sensitivity';
import { sensitivityRecipe, type SensitivityTechnique } from '../../engine/search/sensitivity-techniques';
import { endingsOf } from '../../engine/metrics/output-kind';
import { splitEvaluation } from '../../engine/search/split-evaluation';
import type { ModelFiles } from '../models/model-files';
import { measureOwnSqnr } from '../nodes/node-sqnr';
import { evaluatedClasses } from './evaluated-classes';
import { MadeCandidates } from './made-candidates';
import { OutputReference } from './output-reference';
import type { SearchFollower, SearchHost, SearchRequest } from './search-request';
import { TaskReference } from './task-reference';

export interface SensitivityRequest extends Omit<SearchRequest, 'goal' | 'ep' | 'basis' | 'from'> {
  readonly technique: SensitivityTechnique;
  /** The metric. If absent: KL divergence for a distribution, cosine for an embedding, else SQNR. */
  readonly metric?: SensitivityMetric;
  /** Results of an earlier measurement of the same technique, model and data, which are not measured again. */
  readonly known?: Sensitivity;
  /** The time after which no further layer begins, apart from pauses. Fewer samples are run then. Absent: all layers. */
  readonly budgetMs?: number;
}

interface SensitivityFollower extends Pick<SearchFollower, 'progress'> {
  /** Runs after each layer with all results so far. */
  measured?(found: Sensitivity): void;
}

/** The error of a layer's own output hardly differs from sample to sample. */
const localSamples = 8;
/** The share of the budget that one run of the original on all samples may take. */
const shareOfSamples = 1 / 60;

/**
 * Measures on 32 samples of the data or 8 random inputs, and the loss of the task on up to 256 samples. It changes each
 * layer alone, those with most weights first, then the least sensitive one together with more and more of the others. Rejects with
 * `sensitivity/no-layers` and the reason if the technique finds nothing to change. Rejects with `sensitivity/no-task`
 * if nothing measures how right outputs are, and with `sensitivity/not-comparable` for a model that does not repeat its
 * outputs. It also rejects if a model does not run, and with the signal's reason once aborted.
 */
export async function measureSensitivity(
  host: SearchHost,
  request: SensitivityRequest,
  follower: SensitivityFollower,
): Promise<Sensitivity> {
  return new SensitivityMeasurement(host, request, follower).run();
}

class SensitivityMeasurement {
  readonly #host: SearchHost;
  readonly #request: SensitivityRequest;
  readonly #follower: SensitivityFollower;
  readonly #made: MadeCandidates;
  readonly #percent: (stage: string, percent: number) => void;
  readonly #startedMs = performance.now();
  #heldMs = 0;

  constructor(host: SearchHost, request: SensitivityRequest, follower: SensitivityFollower) {
    const checkpoint = async (): Promise<void> => {
      const startMs = performance.now();
      await host.checkpoint();
      this.#heldMs += performance.now() - startMs;
    };
    this.#host = { ...host, checkpoint };
    this.#request = request;
    this.#follower = follower;
    this.#made = new MadeCandidates(this.#host, request);
    this.#percent = createPercentReporter((progress) => follower.progress(progress));
  }

  async run(): Promise<Sensitivity> {
    const { metric: wanted, data, known } = this.#request;
    if (wanted === 'task' && data === null) throw noTask('Without data, the task loss is unknown.');
    this.#percent('Running the original', 0);
    const comparison = await this.#compareWith();
    const units = await this.#units();
    const everything = units.map(({ path }) => path);
    const figures = async (chosen: readonly string[]): Promise<MadeFigures> => {
      const files = await this.#make(chosen, everything);
      return { files, ...(await comparison.compare(files)) };
    };
    const baseline =
      known?.count === units.length && hasFigures(known.baseline, wanted)
        ? known.baseline
        : together(await figures(everything));
    const metric = wanted ?? (baseline.kl === null && baseline.cosineLoss === undefined ? 'sqnr' : 'kl');
    const sensitivityOf = (layers: readonly LayerSensitivity[], isOver: boolean): Sensitivity =>
      this.#document({
        metric,
        layers: bySensitivity(layers, metric),
        count: units.length,
        baseline,
        ...comparison.seen,
        isOver,
      });
    // Results of another metric stay until they are measured again, so that canceling loses nothing.
    const alone = new Map(known?.layers.map((layer) => [layer.path, withoutAccumulated(layer)]));
    const soFar = () => units.flatMap(({ path }) => alone.get(path) ?? []);
    const { nodes } = this.#request.opened.inspection;
    const missing = byWeights(units, nodes).filter(({ path }) => {
      const before = alone.get(path);
      return before === undefined || !hasFigures(before, wanted);
    });
    for (const [index, unit] of missing.entries()) {
      if (index > 0 && this.#isOver(index)) return sensitivityOf(soFar(), false);
      const number = units.length - missing.length + index;
      this.#percent(`Layer ${number + 1} of ${units.length}`, this.#percentOf(number / units.length));
      await this.#host.checkpoint();
      const { files, task, ...output } = await figures([unit.path]);
      const local = { sqnrDb: await comparison.localSqnr(files, unit.path) };
      alone.set(unit.path, { ...unit, local, output, ...(task && { task }) });
      this.#follower.measured?.(sensitivityOf(soFar(), false));
    }
    const layers = await this.#accumulate(bySensitivity(soFar(), metric), baseline, figures, (found) =>
      this.#follower.measured?.(sensitivityOf(found, false)),
    );
    this.#percent('Done', 100);
    return sensitivityOf(layers, true);
  }

  get #activeMs(): number {
    return performance.now() - this.#startedMs - this.#heldMs;
  }

  /** The next layer, which takes as long as those before it, would end after the budget. */
  #isOver(measured: number): boolean {
    const { budgetMs = Infinity } = this.#request;
    return this.#activeMs * (1 + 1 / (measured + 1)) > budgetMs;
  }

  #percentOf(shareOfLayers: number): number {
    const { budgetMs = Infinity } = this.#request;
    return Math.min(99, Math.max(5 + 60 * shareOfLayers, (100 * this.#activeMs) / budgetMs));
  }

  async #accumulate(
    layers: readonly LayerSensitivity[],
    baseline: TogetherFigures,
    figures: (chosen: readonly string[]) => Promise<MadeFigures>,
    onMeasured: (layers: readonly LayerSensitivity[]) => void,
  ): Promise<readonly LayerSensitivity[]> {
    const { known, metric } = this.#request;
    const before = accumulatedBySet(known?.layers ?? []);
    const found = [...layers];
    const last = found.length - 1;
    const { output, task } = found[last]!;
    found[last] = { ...found[last]!, accumulated: { ...output, ...(task && { task }) } };
    found[0] = { ...found[0]!, accumulated: baseline };
    const points = layersSpared(found.length);
    // The least sensitive layers come first, so that a canceled measurement shows how many are safe.
    for (const [index, spared] of points.toReversed().entries()) {
      this.#percent(`${found.length - spared} layers together`, 65 + (35 * index) / points.length);
      const set = layers.slice(spared);
      const same = before.get(setKey(set));
      const accumulated =
        same !== undefined && hasFigures(same, metric) ? same : together(await figures(set.map(({ path }) => path)));
      found[spared] = { ...found[spared]!, accumulated };
      onMeasured(found);
    }
    return found;
  }

  async #compareWith(): Promise<OriginalComparison> {
    const { data, original, threads, freeDimensions, metric, known, budgetMs } = this.#request;
    const { search } =
      data === null ? { search: [] } : splitEvaluation(data.indices, 0, await evaluatedClasses(this.#host, data));
    const source = data && { ...data, indices: search };
    const settings = {
      ...{ threads, freeDimensions, endings: endingsOf(this.#request.opened.inspection.outputs) },
      ...(budgetMs !== undefined && { longestMs: budgetMs * shareOfSamples }),
      // Figures of other samples would not be comparable.
      ...(known && { exactly: known.samples }),
    };
    const outputs = await OutputReference.run(this.#host, this.#host.sessions, original, source, settings);
    const task =
      metric === 'task' && source !== null ? new TaskReference(this.#host, { ...this.#request, data: source }) : null;
    return new OriginalComparison(this.#host, this.#request, outputs, task);
  }

  /** Everything that the technique can change, each part by itself. */
  async #units(): Promise<readonly SensitivityUnit[]> {
    const { opened, technique, original } = this.#request;
    const { nodes } = opened.inspection;
    const all = sensitivityRecipe(technique, [], []);
    if (technique.of === 'groups') {
      const plan = await planRecipe(opened.model, all, {
        signal: this.#host.signal,
        checkpoint: () => this.#host.checkpoint(),
        progress: () => undefined,
      });
      const groups = groupsTaken(nodes, plan);
      if (groups.length > 0) return groups;
      throw noLayers(technique, original, plan.locked[0]?.reason);
    }
    const { optimization } = await this.#made.make(this.#host.signal, asCandidate('all', all), { isKept: false });
    const layers = layersTaken(nodes, optimization.passes);
    if (layers.length > 0) return layers;
    throw noLayers(technique, original, optimization.passes[0]?.refusals[0]?.reason);
  }

  async #make(chosen: readonly string[], all: readonly string[]): Promise<ModelFiles> {
    const recipe = sensitivityRecipe(this.#request.technique, chosen, all);
    const { files } = await this.#made.make(this.#host.signal, asCandidate('chosen', recipe), { isKept: false });
    return files;
  }

  #document(found: Omit<Sensitivity, 'technique' | 'bits' | 'ms'>): Sensitivity {
    const { technique, known } = this.#request;
    const { pass, bits } = technique;
    const ms = (known?.ms ?? 0) + this.#activeMs;
    return { technique: pass, ...(bits && { bits }), ...found, ms };
  }
}

/** The outputs of the original, and its answers if the task is evaluated. */
class OriginalComparison {
  readonly #host: SearchHost;
  readonly #request: SensitivityRequest;
  readonly #outputs: OutputReference;
  readonly #task: TaskReference | null;

  constructor(host: SearchHost, request: SensitivityRequest, outputs: OutputReference, task: TaskReference | null) {
    this.#host = host;
    this.#request = request;
    this.#outputs = outputs;
    this.#task = task;
  }

  get seen(): Pick<Sensitivity, 'samples' | 'inputs'> {
    return { samples: this.#outputs.samples, inputs: this.#outputs.feeds === null ? 'synthetic' : 'data' };
  }

  async compare(files: ModelFiles): Promise<TogetherFigures> {
    const match = await this.#outputs.compare(this.#host.signal, files);
    if (match.comparable === false) throw new ParetoError('sensitivity/not-comparable', match.problem!);
    if (this.#task === null) return figuresOf(match);
    const task = await this.#task.dropOf(this.#host.signal, files);
    if (task === undefined) throw noTask('Its outputs have neither labels nor classes to compare.');
    return { ...figuresOf(match), task };
  }

  async localSqnr(variant: ModelFiles, path: string): Promise<number | null> {
    const { original, opened, threads, freeDimensions } = this.#request;
    const feeds = this.#outputs.inputs.slice(0, localSamples);
    const compared = { original, model: opened.model, variant, threads, freeDimensions, feeds };
    return measureOwnSqnr(this.#host.signal, this.#host.sessions, compared, path);
  }
}

interface MadeFigures extends OutputFigures {
  readonly files: ModelFiles;
  readonly task?: TaskDrop;
}

function together({ files: _files, ...figures }: MadeFigures): TogetherFigures {
  return figures;
}

/** True if earlier results, perhaps by another metric, leave nothing to measure. */
function hasFigures({ task }: { readonly task?: TaskDrop }, metric: SensitivityMetric | undefined): boolean {
  return metric !== 'task' || task !== undefined;
}

function withoutAccumulated({ accumulated: _accumulated, ...alone }: LayerSensitivity): LayerSensitivity {
  return alone;
}

function asCandidate(id: string, recipe: ReturnType<typeof sensitivityRecipe>) {
  return { id, name: id, recipe, stage: 'planned' } as const;
}

function noLayers({ title }: SensitivityTechnique, { name }: ModelFiles, reason = ''): ParetoError {
  return new ParetoError('sensitivity/no-layers', `${title} changes no layer of ${name}. ${reason}`.trim());
}

function noTask(reason: string): ParetoError {
  return new ParetoError(
    'sensitivity/no-task',
    `${reason} Add labeled data, or unlabeled data for a model with classes, or choose another metric.`,
  );
}
