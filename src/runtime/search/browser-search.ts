/** Searches in a worker of a page. */
import { createCalibrationSource } from '../../engine/data/calibration';
import { rememberSamples } from '../../engine/data/remembered-dataset';
import { evaluatedSamples } from '../../engine/data/split';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { openModel, type OpenedInput } from '../../engine/recipe/open-model';
import type { Progress } from '../../engine/progress';
import { timedOn } from '../../engine/search/search-goal';
import type { SearchEvent } from '../../engine/search/search-journal';
import type { Sensitivity } from '../../engine/search/sensitivity';
import { sensitivityTechnique } from '../../engine/search/sensitivity-techniques';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { OpenDatasets } from '../data/open-datasets';
import type { JobContext } from '../jobs/call';
import type { OptimizedModel } from '../jobs/model-calls';
import type { BrowserSearchRequest, BrowserSensitivityRequest, SensitivityEvent } from '../jobs/search-calls';
import { quickSha256 } from '../models/blob-sha256';
import type { ModelFiles } from '../models/model-files';
import { modelInputOf } from '../models/model-input';
import { detectTimedDevice } from '../session/browser-device';
import { createBrowserHost } from '../session/browser-host';
import { IdleWorkers } from '../session/idle-workers';
import { withMeasurementLock } from '../session/page-link';
import { measureSensitivity } from './measure-sensitivity';
import { runSearch } from './run-search';
import { createSearchHost } from './search-host';
import type { BetterFound, SearchData, SearchHost, SearchMeasurement, SearchRequest } from './search-request';

interface PreparedRequest extends Pick<BrowserSearchRequest, 'data' | 'threads' | 'freeDimensions'> {
  /** The provider that candidates are timed on. `null`: nothing is timed. */
  readonly timedOn: ExecutionProvider | null;
}

export class BrowserSearch {
  /** Evaluation and calibration mostly have their own files. */
  readonly #evaluationData = new OpenDatasets(createBrowserPictureDecoder());
  readonly #calibrating = new OpenDatasets(createBrowserPictureDecoder());

  async run(
    original: ModelFiles,
    request: BrowserSearchRequest,
    { signal, checkpoint, progress }: JobContext<SearchEvent | SearchMeasurement | BetterFound | Progress>,
  ): Promise<OptimizedModel | null> {
    const preparing = { ...request, timedOn: timedOn(request.goal) };
    return this.#prepared(original, preparing, { signal, checkpoint }, async (host, prepared) => {
      const asked = { ...request, ...prepared };
      const { best } = await runSearch(host, asked, {
        event: progress,
        measured: progress,
        better: progress,
        progress,
      });
      return best;
    });
  }

  /** Rejects as `measureSensitivity` does. */
  async measureSensitivity(
    original: ModelFiles,
    request: BrowserSensitivityRequest,
    { signal, checkpoint, progress }: JobContext<SensitivityEvent | Progress>,
  ): Promise<Sensitivity> {
    const technique = sensitivityTechnique(request.technique);
    const preparing = { ...request, timedOn: null };
    return this.#prepared(original, preparing, { signal, checkpoint }, (host, prepared) =>
      measureSensitivity(
        host,
        { ...request, ...prepared, technique },
        { progress, measured: (found) => progress({ kind: 'measured', found }) },
      ),
    );
  }

  async #prepared<Value>(
    original: ModelFiles,
    request: PreparedRequest,
    { signal, checkpoint }: Pick<JobContext<never>, 'signal' | 'checkpoint'>,
    work: (
      host: SearchHost,
      prepared: Pick<SearchRequest, 'opened' | 'original' | 'data' | 'threads'>,
    ) => Promise<Value>,
  ): Promise<Value> {
    const idle = new IdleWorkers();
    try {
      const device = await detectTimedDevice(request.timedOn);
      const platform = {
        signal,
        checkpoint,
        device,
        openSessions: createBrowserHost,
        exclusively: withMeasurementLock,
      };
      const host = createSearchHost(platform, idle);
      const opened = openModel({ ...modelInputOf(original), sha256: await quickSha256(original.model) });
      const data = await this.#open(opened, request, host);
      return await work(host, { opened, original, data, threads: request.threads ?? host.threads });
    } finally {
      idle.end();
    }
  }

  async #open({ inspection }: OpenedInput, { data }: PreparedRequest, host: SearchHost): Promise<SearchData | null> {
    if (data === null) return null;
    const { key, files, mapping, split, calibration } = data;
    const dataset = rememberSamples((await this.#evaluationData.open(key, files, host)).dataset);
    return {
      dataset,
      mapping,
      indices: evaluatedSamples(dataset.description.samples, split),
      calibration: calibration && (await this.#openCalibration(inspection.inputs, calibration, host)),
    };
  }

  /** Opens calibration data like a recipe that runs alone, so that both calibrate with the same samples. */
  async #openCalibration(
    inputs: OpenedInput['inspection']['inputs'],
    { key, files, mapping, split }: NonNullable<NonNullable<PreparedRequest['data']>['calibration']>,
    host: SearchHost,
  ): Promise<SearchData['calibration']> {
    const opened = await this.#calibrating.open(key, files, host);
    const dataset = rememberSamples(opened.dataset);
    const fingerprint = await opened.fingerprint(host);
    return createCalibrationSource({ dataset, fingerprint, mapping, split, inputs, freeDimensions: {} }, host);
  }
}
