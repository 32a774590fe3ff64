/** The loss of the task if a model replaces the original, on a few hundred samples, which the original answers once. */
import type { ReadContext } from '../../engine/data/dataset';
import { endingsOf } from '../../engine/metrics/output-kind';
import { lossOf } from '../../engine/search/loss';
import { taskDropOf, type TaskDrop } from '../../engine/search/sensitivity';
import { originalId } from '../../engine/metrics/cell';
import { evaluateAsMapped } from '../evaluation/evaluate-models';
import type { ModelFiles } from '../models/model-files';
import { RememberedOriginal } from '../evaluation/remembered-original';
import type { SearchData, SearchHost, SearchRequest } from './search-request';

/** A single layer hardly ever costs a point: more samples than outputs are compared on, and fewer than would tell it for sure. */
const taskSamples = 256;

export class TaskReference {
  readonly #host: Pick<SearchHost, 'checkpoint'>;
  readonly #request: Pick<SearchRequest, 'opened' | 'original' | 'threads' | 'freeDimensions'> & {
    readonly data: SearchData;
  };
  readonly #remembered: RememberedOriginal;
  readonly #indices: readonly number[];

  /** @param request the first samples of its data are taken. */
  constructor(
    host: Pick<SearchHost, 'checkpoint' | 'sessions'>,
    request: Pick<SearchRequest, 'opened' | 'original' | 'threads' | 'freeDimensions'> & { readonly data: SearchData },
  ) {
    this.#host = host;
    this.#request = request;
    this.#remembered = new RememberedOriginal(host.sessions, request.original);
    this.#indices = request.data.indices.slice(0, taskSamples).toSorted((a, b) => a - b);
  }

  /** The loss by labels or, without labels, by changed answers. `undefined` if outputs have neither. Rejects if the model does not run. */
  async dropOf(signal: AbortSignal, files: ModelFiles): Promise<TaskDrop | undefined> {
    const { opened, original, data, threads, freeDimensions } = this.#request;
    const context: ReadContext = { signal, checkpoint: () => this.#host.checkpoint() };
    const models = [
      { id: originalId, files: original },
      { id: 'changed', files },
    ];
    const { dataset, mapping } = data;
    const run = { indices: this.#indices, ep: 'wasm', threads, freeDimensions } as const;
    const asked = { models, dataset, mapping, endings: endingsOf(opened.inspection.outputs), ...run };
    const [first, changed] = await evaluateAsMapped(context, this.#remembered.sessions, asked, () => undefined);
    const loss = lossOf(first!, changed!);
    return loss && taskDropOf(loss);
  }
}
