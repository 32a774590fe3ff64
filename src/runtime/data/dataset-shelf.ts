/** The data that is open in this worker: the last one stays open, with the evaluations that were made on it. */
import { ParetoError } from '../../engine/errors';
import type { Dataset, FieldRequest, SampleRead } from '../../engine/data/dataset';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { standardizeInputs } from '../../engine/data/mapping/input-statistics';
import { createSampleFeeder } from '../../engine/data/mapping/sample-feeds';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { createInputsReader, firstInputs } from '../../engine/data/read-inputs';
import { evaluatedSamples } from '../../engine/data/split';
import type { Evaluation } from '../../engine/metrics/evaluation';
import type { KnownLabels } from '../../engine/data/mapping/detect-task';
import type { Progress } from '../../engine/progress';
import { createBrowserHost } from '../session/browser-host';
import { createBrowserPictureDecoder } from './browser-picture-decoder';
import { createDataPreview } from './data-preview';
import { OpenDatasets, type OpenDataset } from './open-datasets';
import type {
  DataPreview,
  DroppedDataFile,
  EvaluateRequest,
  InputsRequest,
  LabelsRequest,
  ModelInterface,
  OpenedData,
  SuggestedMapping,
  TriedAnswers,
  TryOutRequest,
} from '../jobs/data-calls';
import { TryOut } from './try-out';
import { checkData, type DataCheck } from '../evaluation/check-data';
import { evaluateModels } from '../evaluation/evaluate-models';
import { EvaluationCache } from '../evaluation/evaluation-cache';
import { peekLabels } from '../evaluation/peek-labels';
import type { JobContext } from '../jobs/call';
import { withMeasurementLock } from '../session/page-link';

/**
 * The number of bytes that are read and hashed in about a second. Larger data is hashed only when an evaluation needs
 * its hash.
 */
const quicklyHashedBytes = 2 ** 28;

export class DatasetShelf {
  readonly #datasets = new OpenDatasets(createBrowserPictureDecoder());
  readonly #host = createBrowserHost();
  readonly #evaluations = new EvaluationCache();
  /** Apart from the data of the work, which stays open. */
  readonly #tried = new OpenDatasets(createBrowserPictureDecoder());
  readonly #tryOut = new TryOut(this.#host);

  async open(files: readonly DroppedDataFile[], context: JobContext<Progress>): Promise<OpenedData> {
    const shelved = await this.#shelve(files, context);
    const { description } = shelved.dataset;
    const isQuick = description.sizeBytes <= quicklyHashedBytes;
    return { description, fingerprint: isQuick ? await shelved.fingerprint(context) : '' };
  }

  async suggest(
    files: readonly DroppedDataFile[],
    model: ModelInterface,
    context: JobContext<Progress>,
  ): Promise<SuggestedMapping> {
    const { dataset } = await this.#shelve(files, context);
    return suggestMapping(dataset.description, model);
  }

  async preview(
    files: readonly DroppedDataFile[],
    { inputs, freeDimensions }: ModelInterface & { readonly freeDimensions: FreeDimensions },
    mapping: DataMapping,
    index: number,
    context: JobContext<Progress>,
  ): Promise<DataPreview> {
    const { dataset } = await this.#shelve(files, context);
    const feeder = createSampleFeeder({ mapping, description: dataset.description, inputs, freeDimensions });
    return createDataPreview(await readOne(dataset, index, feeder.fields, context), feeder, inputs);
  }

  async standardize(
    files: readonly DroppedDataFile[],
    { inputs, freeDimensions }: ModelInterface & { readonly freeDimensions: FreeDimensions },
    mapping: DataMapping,
    context: JobContext<Progress>,
  ): Promise<DataMapping> {
    const { dataset } = await this.#shelve(files, context);
    const standardized = await standardizeInputs(context, { dataset, mapping, inputs, freeDimensions });
    if (standardized.inputs.length > 0) return standardized.mapping;
    throw new ParetoError(
      'data/no-scaling',
      'No input of the model takes pixels or columns of this data as floating-point numbers.',
    );
  }

  async labels(
    files: readonly DroppedDataFile[],
    { labels, split }: LabelsRequest,
    context: JobContext<Progress>,
  ): Promise<KnownLabels | null> {
    const { dataset } = await this.#shelve(files, context);
    return peekLabels(context, dataset, evaluatedSamples(dataset.description.samples, split), labels);
  }

  async inputs(
    files: readonly DroppedDataFile[],
    { model, mapping, split, count }: InputsRequest,
    context: JobContext<Progress>,
  ): Promise<readonly Feeds[]> {
    const { dataset } = await this.#shelve(files, context);
    const read = createInputsReader({ dataset, mapping, ...model });
    return firstInputs(read(evaluatedSamples(dataset.description.samples, split), context), count);
  }

  /** Takes no lock of measurements: jobs of the page that measure wait until it ends. */
  async check(
    files: readonly DroppedDataFile[],
    { mostMs, ...request }: EvaluateRequest & { readonly mostMs?: number },
    context: JobContext<Progress>,
  ): Promise<DataCheck> {
    const { dataset } = await this.#shelve(files, context);
    const indices = evaluatedSamples(dataset.description.samples, request.split);
    return checkData(context, this.#host, { ...request, dataset, indices }, mostMs);
  }

  /**
   * One evaluation per model. Models that were evaluated with the same data, mapping, split and provider are not run
   * again.
   */
  async evaluate(
    files: readonly DroppedDataFile[],
    request: EvaluateRequest,
    context: JobContext<Progress>,
  ): Promise<readonly Evaluation[]> {
    const shelved = await this.#shelve(files, context);
    const { dataset } = shelved;
    const indices = evaluatedSamples(dataset.description.samples, request.split);
    return this.#evaluations.of(
      () => shelved.fingerprint(context),
      request,
      (models) =>
        withMeasurementLock(context.signal, () =>
          evaluateModels(
            context,
            this.#host,
            { ...request, models, dataset, indices, listsChanges: true },
            context.progress,
          ),
        ),
    );
  }

  async tryOut(
    files: readonly DroppedDataFile[],
    request: TryOutRequest,
    context: JobContext<Progress>,
  ): Promise<TriedAnswers> {
    const { dataset } = await this.#tried.open(context.idOf(files), files, context);
    return this.#tryOut.run(context, request.models.map(({ sha256 }) => sha256).join(), dataset, request);
  }

  #shelve(files: readonly DroppedDataFile[], context: JobContext<Progress>): Promise<OpenDataset> {
    return this.#datasets.open(context.idOf(files), files, context);
  }
}

async function readOne(
  dataset: Dataset,
  index: number,
  fields: readonly FieldRequest[],
  context: JobContext<Progress>,
): Promise<Extract<SampleRead, { readonly values: unknown }>> {
  for await (const read of dataset.read([index], fields, context)) {
    if ('values' in read) return read;
    throw new ParetoError('data/unreadable', `${read.place}: ${read.reason}`);
  }
  throw new ParetoError('data/index', `${dataset.description.name} has no sample ${index}.`);
}
