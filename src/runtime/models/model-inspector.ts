/** Models that are being looked at in this worker: the last two stay decoded (structure only), to be compared. */
import { diffModels } from '../../engine/analysis/diff/diff';
import { inspectBlocks, type GraphBlock } from '../../engine/analysis/graphs/inspect-blocks';
import { inspectGraphs } from '../../engine/analysis/graphs/inspect-graphs';
import { findDuplicateWeights, type DuplicateWeights } from '../../engine/analysis/weights/duplicate-weights';
import { inspectNodeContents, findWeight, type NodeContents } from '../../engine/analysis/inspect-node-contents';
import { inspect } from '../../engine/analysis/inspect';
import { nodeSparsity } from '../../engine/analysis/weights/node-sparsity';
import { weightStatistics, type WeightStatistics } from '../../engine/analysis/weights/weight-statistics';
import type { FreeDimensions } from '../../engine/data/feeds';
import { ParetoError } from '../../engine/errors';
import type { Model } from '../../engine/onnx/graph';
import { weights } from '../../engine/onnx/weights';
import { readModel } from '../../engine/recipe/open-model';
import type { GraphDifference, InspectedModel } from '../jobs/inspect-calls';
import type { ModelFiles } from './model-files';
import type { Progress } from '../../engine/progress';
import type { JobContext } from '../jobs/call';
import { modelInputOf } from './model-input';

const keptModels = 2;
/** The limit is enough for tens of thousands of nodes. */
const blocksDeadlineMs = 1000;

type Context = Pick<JobContext<Progress>, 'checkpoint' | 'progress' | 'idOf'>;

export class ModelInspector {
  /** The one used last comes last. */
  readonly #kept = new Map<number, Model>();

  async inspect(files: ModelFiles, dimensions: FreeDimensions, context: Context): Promise<InspectedModel> {
    const { checkpoint } = context;
    const model = this.#modelOf(files, context);
    await checkpoint();
    const { name, model: file } = files;
    const inspection = inspect(model, { name, sizeBytes: file.size, sha256: '' }, { dimensions });
    await checkpoint();
    return { inspection, graphs: inspectGraphs(model) };
  }

  contents(files: ModelFiles, nodePath: string, context: Context): NodeContents | null {
    return inspectNodeContents(this.#modelOf(files, context), nodePath) ?? null;
  }

  async statistics(files: ModelFiles, weightPath: string, context: Context): Promise<WeightStatistics | null> {
    const tensor = findWeight(this.#modelOf(files, context), weightPath);
    if (!tensor) throw new ParetoError('weight/unknown', `The model has no weight "${weightPath}".`);
    return weightStatistics(tensor, context);
  }

  async sparsity(files: ModelFiles, context: Context): Promise<ReadonlyMap<string, number | null>> {
    return nodeSparsity(this.#modelOf(files, context), context);
  }

  async duplicates(files: ModelFiles, context: Context): Promise<readonly DuplicateWeights[]> {
    return findDuplicateWeights(weights(this.#modelOf(files, context)), context);
  }

  async blocks(files: ModelFiles, context: Context): Promise<ReadonlyMap<string, readonly GraphBlock[]>> {
    const model = this.#modelOf(files, context);
    await context.checkpoint();
    return inspectBlocks(model, inspectGraphs(model), { deadlineMs: blocksDeadlineMs });
  }

  async compare(a: ModelFiles, b: ModelFiles, context: Context): Promise<GraphDifference> {
    const pairs: [string, string][] = [];
    const onPair = (pathA: string, pathB: string): void => void pairs.push([pathA, pathB]);
    const difference = await diffModels(this.#modelOf(a, context), this.#modelOf(b, context), {
      checkpoint: context.checkpoint,
      onPair,
    });
    const { same, changed, onlyA, onlyB } = difference;
    return { same, changed, onlyA: onlyA.map(({ path }) => path), onlyB: onlyB.map(({ path }) => path), pairs };
  }

  #modelOf(files: ModelFiles, { idOf }: Context): Model {
    const id = idOf(files);
    const kept = this.#kept.get(id);
    const model = kept ?? readModel(modelInputOf(files)).model;
    this.#kept.delete(id);
    this.#kept.set(id, model);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptModels && oldest !== undefined) this.#kept.delete(oldest);
    return model;
  }
}
