/** The model and the data of a search or of a look at layers, and where both run. */
import { version } from '../package.json';
import { rememberSamples } from '../src/engine/data/remembered-dataset';
import { createCalibrationSource } from '../src/engine/data/calibration';
import { hashDataset } from '../src/engine/data/open-dataset';
import {
  calibrationSplit,
  splitSamples,
  usualCalibrationSamples,
  usuallySetAside,
  usualSetAside,
} from '../src/engine/data/split';
import type { DataMapping } from '../src/engine/data/mapping/mapping';
import { ParetoError } from '../src/engine/errors';
import type { ModelFiles } from '../src/runtime/models/model-files';
import { detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { IdleWorkers } from '../src/runtime/session/idle-workers';
import { createSessionInference } from '../src/runtime/session/session-inference';
import type { SearchData, SearchHost, SearchRequest } from '../src/runtime/search/search-request';
import { integerOption, listOption, type CommandOptions, type Invocation } from './command';
import { chooseMapping, readGivenMapping, refuseIdleDataOptions } from './data-options';
import { dimensionOptions } from './run-options';
import type { SearchBasis } from './search-folder';
import { findModel, readModelFiles, refuseUnknownDimensions } from './model-on-disk';
import { readCalibrationCount } from './sample-choice';
import { createRecipeHost, openInput, type OpenedFile } from './open-input';
import { openGivenData } from './open-data';

export const searchedDataOptions = {
  'calibration-data': { type: 'string', multiple: true },
  samples: { type: 'string' },
} as const satisfies CommandOptions;

export function searchedDataHelp(width: number): string {
  const lines = [
    ['--calibration-data <path>', ''],
    ['', 'other data for calibration and training. Without it, part of --data is held out for them'],
    [
      '--samples <n>',
      `calibration samples, chosen at random by the seed (${usualCalibrationSamples} of other data, ${usualSetAside} of`,
    ],
    ['', '--data, half of small data). all: every sample, in file order'],
  ] as const;
  return lines.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}

/** What tells data apart, without its paths: the same samples in the same roles. */
interface DataIdentity {
  readonly data: string | null;
  readonly mapping: DataMapping | null;
  readonly calibration: { readonly data: string; readonly samples: number } | null;
}

export interface OpenedSearch extends Pick<SearchRequest, 'data' | 'threads' | 'freeDimensions'> {
  /** What it stands on, apart from what the command itself adds. */
  readonly basis: SearchBasis;
  readonly opened: OpenedFile;
  readonly original: ModelFiles;
}

export async function openSearched(
  invocation: Invocation,
  path: string,
  host: SearchHost & { readonly threads: number },
  seed: number,
): Promise<OpenedSearch> {
  const found = findModel(path, invocation);
  const freeDimensions = Object.fromEntries(dimensionOptions(invocation));
  refuseUnknownDimensions(freeDimensions, found);
  const opened = await openInput(path, invocation, host, freeDimensions);
  const { data, identity } = await openSearchData(invocation, opened, host, seed);
  const basis = {
    model: opened.inspection.file.sha256,
    'version of Pareto': version,
    ...identity,
    dimensions: freeDimensions,
  };
  const threads = integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? host.threads;
  return { opened, original: await readModelFiles(found), data, threads, freeDimensions, basis };
}

/** Chooses samples as `optimize --data` and `evaluate --leave-out` do: no calibration sample evaluates. */
async function openSearchData(
  invocation: Invocation,
  { inspection: { inputs, outputs } }: OpenedFile,
  host: SearchHost,
  seed: number,
): Promise<{ readonly data: SearchData | null; readonly identity: DataIdentity }> {
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) {
    refuseIdleDataOptions(invocation, Object.keys(searchedDataOptions));
    return { data: null, identity: { data: null, mapping: null, calibration: null } };
  }
  const count = readCalibrationCount(invocation);
  const given = await readGivenMapping(invocation);
  const dataset = rememberSamples((await openGivenData(invocation, paths, host)).dataset);
  const { mapping } = await chooseMapping(invocation, given, { dataset, context: host }, { inputs, outputs });
  const apart = listOption(invocation, 'calibration-data');
  const ownData =
    apart.length === 0 ? undefined : rememberSamples((await openGivenData(invocation, apart, host)).dataset);
  const calibrating = ownData ?? dataset;
  const usual = ownData === undefined ? usuallySetAside(dataset.description.samples) : usualCalibrationSamples;
  const split = calibrationSplit({ seed, calibration: count?.(calibrating.description.samples) ?? usual });
  const fingerprint = await hashDataset(calibrating, host);
  const calibration = createCalibrationSource(
    { dataset: calibrating, fingerprint, mapping, split, inputs, freeDimensions: {} },
    host,
  );
  const evaluating = ownData === undefined ? split : { ...split, calibration: 0 };
  const indices = splitSamples(dataset.description.samples, evaluating).evaluation;
  if (indices.length === 0) {
    throw new ParetoError(
      'search/no-samples',
      `All samples of ${dataset.description.name} are used to calibrate, so none is left to evaluate. Use fewer with --samples.`,
    );
  }
  const identity = {
    data: ownData === undefined ? fingerprint : await hashDataset(dataset, host),
    mapping,
    calibration: { data: fingerprint, samples: split.calibration },
  };
  return { data: { dataset, mapping, indices, calibration }, identity };
}

/** Whoever makes it ends it. */
export function createSearchHost(
  signal: AbortSignal,
): SearchHost & { readonly threads: number; readonly device: string; end(): void } {
  const device = detectNodeDevice();
  const idle = new IdleWorkers();
  const sessions = createNodeHost(idle);
  return {
    ...createRecipeHost(signal),
    // Passes and evaluations run alternately.
    inference: createSessionInference(() => sessions, device.threads),
    threads: device.threads,
    device: `${device.browser}, ${device.os}, ${device.cores} cores, onnxruntime-web ${device.ortVersion}`,
    sessions,
    end: () => idle.end(),
    measuring: {
      sessions: createNodeHost(),
      timerResolutionUs: device.timerResolutionUs,
      crossOriginIsolated: device.crossOriginIsolated,
      softwareAdapter: false,
    },
    exclusively: (_signal, job) => job(),
  };
}
