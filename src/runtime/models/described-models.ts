/** Models that are being looked at in this worker: the last two stay decoded (structure only), to be compared. */
import { diffModels } from '../../engine/analysis/diff';
import { describeBlocks, type GraphBlock } from '../../engine/analysis/describe-blocks';
import { describeGraphs } from '../../engine/analysis/describe-graphs';
import { findDuplicateWeights, type DuplicateWeights } from '../../engine/analysis/duplicate-weights';
import { examineNode, findWeight, type ExaminedNode } from '../../engine/analysis/examine-node';
import { inspect } from '../../engine/analysis/inspect';
import { nodeSparsity, type SparsityContext } from '../../engine/analysis/node-sparsity';
import { weightStatistics, type WeightStatistics } from '../../engine/analysis/weight-statistics';
import type { FreeDimensions } from '../../engine/data/feeds';
import { ParetoError } from '../../engine/errors';
import type { Model } from '../../engine/onnx/graph';
import { weights } from '../../engine/onnx/weights';
import { readModel } from '../../engine/recipe/open-model';
import type { GraphDifference, ModelDescription, NamedModel } from '../jobs/inspect-worker-api';
import { modelInputOf } from './model-input';

const keptModels = 2;
/** Enough for tens of thousands of nodes. */
const blocksDeadlineMs = 1000;

interface Context {
  checkpoint(): Promise<void>;
}

export class DescribedModels {
  /** The one used last comes last. */
  readonly #kept = new Map<number, Model>();

  async describe(named: NamedModel, dimensions: FreeDimensions, { checkpoint }: Context): Promise<ModelDescription> {
    const model = this.#modelOf(named);
    await checkpoint();
    const { name, model: file } = named.files;
    const inspection = inspect(model, { name, sizeBytes: file.size, sha256: '' }, { dimensions });
    await checkpoint();
    return { inspection, graphs: describeGraphs(model) };
  }

  examine(named: NamedModel, nodePath: string): ExaminedNode | null {
    return examineNode(this.#modelOf(named), nodePath) ?? null;
  }

  async statistics(named: NamedModel, weightPath: string, context: Context): Promise<WeightStatistics | null> {
    const tensor = findWeight(this.#modelOf(named), weightPath);
    if (!tensor) throw new ParetoError('weight/unknown', `The model has no weight "${weightPath}".`);
    return weightStatistics(tensor, context);
  }

  async sparsity(named: NamedModel, context: SparsityContext): Promise<ReadonlyMap<string, number | null>> {
    return nodeSparsity(this.#modelOf(named), context);
  }

  async duplicates(named: NamedModel, context: Context): Promise<readonly DuplicateWeights[]> {
    return findDuplicateWeights(weights(this.#modelOf(named)), context);
  }

  async blocks(named: NamedModel, { checkpoint }: Context): Promise<ReadonlyMap<string, readonly GraphBlock[]>> {
    const model = this.#modelOf(named);
    await checkpoint();
    return describeBlocks(model, describeGraphs(model), { deadlineMs: blocksDeadlineMs });
  }

  async compare(a: NamedModel, b: NamedModel, { checkpoint }: Context): Promise<GraphDifference> {
    const pairs: [string, string][] = [];
    const onPair = (pathA: string, pathB: string): void => void pairs.push([pathA, pathB]);
    const difference = await diffModels(this.#modelOf(a), this.#modelOf(b), { checkpoint, onPair });
    const { same, changed, onlyA, onlyB } = difference;
    return { same, changed, onlyA: onlyA.map(({ path }) => path), onlyB: onlyB.map(({ path }) => path), pairs };
  }

  #modelOf({ id, files }: NamedModel): Model {
    const kept = this.#kept.get(id);
    const model = kept ?? readModel(modelInputOf(files)).model;
    this.#kept.delete(id);
    this.#kept.set(id, model);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptModels && oldest !== undefined) this.#kept.delete(oldest);
    return model;
  }
}
