/** Searches in a worker of a page. */
import { createCalibrationData } from '../../engine/data/calibration';
import { evaluatedSamples } from '../../engine/data/split';
import { openModel, type OpenedInput } from '../../engine/recipe/open-model';
import type { Progress } from '../../engine/progress';
import type { SearchEvent } from '../../engine/search/search-journal';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { OpenDatasets } from '../data/open-datasets';
import type { JobContext } from '../jobs/call';
import type { OptimizedModel } from '../jobs/optimize-worker-api';
import type { BrowserSearchRequest } from '../jobs/search-worker-api';
import { quickSha256 } from '../models/blob-sha256';
import type { ModelFiles } from '../models/model-files';
import { modelInputOf } from '../models/model-input';
import { detectBrowserDevice } from '../session/browser-device';
import { createBrowserHost } from '../session/browser-host';
import { withMeasurementLock } from '../session/measurement-lock';
import { createSessionInference } from '../session/session-inference';
import { runSearch } from './run-search';
import type { SearchData, SearchHost } from './search-request';

export class BrowserSearch {
  /** Judging and calibration have files of their own, mostly. */
  readonly #judging = new OpenDatasets(createBrowserPictureDecoder());
  readonly #calibrating = new OpenDatasets(createBrowserPictureDecoder());

  async run(
    original: ModelFiles,
    request: BrowserSearchRequest,
    context: JobContext<SearchEvent | Progress>,
  ): Promise<OptimizedModel | null> {
    const { signal, checkpoint, progress } = context;
    const device = await detectBrowserDevice();
    const sessions = createBrowserHost();
    const host: SearchHost = {
      signal,
      checkpoint,
      inference: createSessionInference(() => sessions, device.threads),
      measuring: {
        sessions,
        timerResolutionUs: device.timerResolutionUs,
        crossOriginIsolated: device.crossOriginIsolated,
        softwareAdapter: device.webgpu?.software === true,
      },
      exclusively: withMeasurementLock,
    };
    const opened = openModel({ ...modelInputOf(original), sha256: await quickSha256(original.model) });
    const { best } = await runSearch(
      host,
      {
        ...request,
        opened,
        original,
        data: await this.#open(opened, request, host),
        threads: request.threads ?? device.threads,
      },
      { event: progress, progress },
    );
    return best;
  }

  async #open(
    { inspection }: OpenedInput,
    { data }: BrowserSearchRequest,
    host: SearchHost,
  ): Promise<SearchData | null> {
    if (data === null) return null;
    const { key, files, mapping, split, calibration } = data;
    const { dataset } = await this.#judging.open(key, files, host);
    return {
      dataset,
      mapping,
      indices: evaluatedSamples(dataset.description.samples, split),
      calibration: calibration && (await this.#openCalibration(inspection.inputs, calibration, host)),
    };
  }

  /** As a recipe that runs alone opens it, so that both calibrate with the same samples. */
  async #openCalibration(
    inputs: OpenedInput['inspection']['inputs'],
    { key, files, mapping, split }: NonNullable<NonNullable<BrowserSearchRequest['data']>['calibration']>,
    host: SearchHost,
  ): Promise<SearchData['calibration']> {
    const { dataset, fingerprint } = await this.#calibrating.open(key, files, host);
    const hash = await fingerprint(host);
    return createCalibrationData({ dataset, fingerprint: hash, mapping, split, inputs, freeDimensions: {} }, host);
  }
}
