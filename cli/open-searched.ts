/** The model and the data of a search or of a look at layers, and where both run. */
import { version } from '../package.json';
import { rememberSamples } from '../src/engine/data/remembered-dataset';
import { usualCalibrationSamples, usualSetAside } from '../src/engine/data/split';
import type { ModelFiles } from '../src/runtime/models/model-files';
import { detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { IdleWorkers } from '../src/runtime/session/idle-workers';
import { divideSearchData, type DataIdentity } from '../src/runtime/search/search-data';
import { createSearchHost } from '../src/runtime/search/search-host';
import type { SearchData, SearchHost, SearchRequest } from '../src/runtime/search/search-request';
import { integerOption, listOption, type CommandOptions, type Invocation } from './command';
import { chooseMapping, readGivenMapping, refuseIdleDataOptions } from './options/data-options';
import { dimensionOptions } from './options/run-options';
import type { SearchBasis } from './search-folder';
import { findModel, readModelFiles, refuseUnknownDimensions } from './model-on-disk';
import { readCalibrationCount } from './options/sample-choice';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import { openInput, type OpenedFile } from './open-input';
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

export interface OpenedSearch extends Pick<SearchRequest, 'data' | 'threads' | 'freeDimensions'> {
  /** The basis of the search, without what the command itself adds. */
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
  const countOf = readCalibrationCount(invocation);
  const given = await readGivenMapping(invocation);
  const dataset = rememberSamples((await openGivenData(invocation, paths, host)).dataset);
  const { mapping } = await chooseMapping(invocation, given, { dataset, context: host }, { inputs, outputs });
  const apart = listOption(invocation, 'calibration-data');
  const calibrating =
    apart.length === 0 ? undefined : rememberSamples((await openGivenData(invocation, apart, host)).dataset);
  return divideSearchData({ dataset, calibrating, mapping, inputs, seed, countOf }, host);
}

/** The caller must call `end`. */
export function createNodeSearchHost(
  signal: AbortSignal,
): SearchHost & { readonly threads: number; readonly device: string; end(): void } {
  const device = detectNodeDevice();
  const idle = new IdleWorkers();
  const { inference: _own, ...host } = createRecipeHost(signal);
  const platform = { ...host, device, openSessions: createNodeHost, exclusively: whileNothingElseRuns };
  return {
    ...createSearchHost(platform, idle),
    device: `${device.browser}, ${device.os}, ${device.cores} cores, onnxruntime-web ${device.ortVersion}`,
    end: () => idle.end(),
  };
}

/** A command is alone in its process. */
const whileNothingElseRuns: SearchHost['exclusively'] = (_signal, job) => job();
