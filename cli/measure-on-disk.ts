/**
 * Measures models on the disk, in this process or in a browser. `benchmark` prints the results, and `check` compares
 * them with limits.
 */
import type { Feeds } from '../src/engine/data/feeds';
import {
  mostComparedInputs,
  originalId,
  type CellResult,
  type Comparison,
  type Device,
} from '../src/engine/metrics/cell';
import { measureCells } from '../src/runtime/benchmark/measure';
import { MeasuredCells } from '../src/runtime/benchmark/measured-cells';
import type { MeasureEvent, MeasureRequest } from '../src/runtime/benchmark/measure-request';
import type { BrowserBenchmarkRequest } from '../src/runtime/node/benchmark-in-browser';
import type { ModelOnDisk } from '../src/runtime/node/browser-driver';
import { detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import type { BenchmarkOptions } from './options/benchmark-options';
import { listOption, type Invocation } from './command';
import { readModelFiles, type FoundModel } from './model-on-disk';
import { readInputs } from './read-inputs';

export interface DiskMeasurement {
  readonly device: Device;
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
  /** Sentences on what could not be measured, each once. */
  readonly failures: readonly string[];
}

export type MeasuringOptions = Pick<
  BenchmarkOptions,
  'eps' | 'budget' | 'freeDimensions' | 'batch' | 'threads' | 'seed' | 'perNode' | 'browser'
>;

/** The model alone, or the variant in turns with it, on each provider. In this process on samples of `--data`, if any. */
export async function measureOnDisk(
  invocation: Invocation,
  options: MeasuringOptions,
  original: FoundModel,
  variant: ModelOnDisk | undefined,
): Promise<DiskMeasurement> {
  const measured = new MeasuredCells();
  const collect = (event: MeasureEvent) => {
    measured.add(event);
    if (event.kind !== 'progress') return;
    const { variant: id, ep, progress } = event;
    invocation.terminal.progress(`${id} on ${ep}: ${progress.stage} ${progress.done} %`);
  };
  const request = requestFor(options, original, variant);
  const device = options.browser
    ? await measureInBrowser(invocation.signal, request, collect)
    : await measureInNode(
        invocation.signal,
        { ...request, feeds: await feedsOf(invocation, options, original) },
        collect,
      );
  invocation.terminal.progress('');
  const { cells, comparison, failures } = measured;
  return { device, cells, comparison, failures };
}

/** Feeds from the data; `null` without data. */
async function feedsOf(
  invocation: Invocation,
  { freeDimensions }: MeasuringOptions,
  original: FoundModel,
): Promise<readonly Feeds[] | null> {
  const paths = listOption(invocation, 'data');
  if (paths.length === 0) return null;
  return readInputs(invocation, paths, { original, freeDimensions, count: mostComparedInputs });
}

function requestFor(
  options: MeasuringOptions,
  original: ModelOnDisk,
  variant: ModelOnDisk | undefined,
): BrowserBenchmarkRequest {
  const { eps, budget, freeDimensions, batch, threads, seed, perNode } = options;
  const ids = [originalId, ...(variant === undefined ? [] : [variant.name])];
  return {
    original,
    variant: variant && { ...variant, id: variant.name },
    cells: eps.flatMap((ep) => ids.map((id) => ({ variant: id, ep }))),
    freeDimensions,
    seed,
    budget,
    batch,
    threads,
    perNode,
  };
}

async function measureInNode(
  signal: AbortSignal,
  request: BrowserBenchmarkRequest & Pick<MeasureRequest, 'feeds'>,
  onEvent: (event: MeasureEvent) => void,
): Promise<Device> {
  const device = detectNodeDevice();
  const host = {
    sessions: createNodeHost(),
    timerResolutionUs: device.timerResolutionUs,
    crossOriginIsolated: device.crossOriginIsolated,
    softwareAdapter: false,
  };
  const threads = request.threads ?? device.threads;
  const { variant } = request;
  const original = await readModelFiles(request.original);
  const variants = variant === undefined ? [] : [{ id: variant.id, files: await readModelFiles(variant) }];
  await measureCells(signal, host, { ...request, original, variants, threads }, onEvent);
  return { ...device, threads };
}

/** Loaded when asked for: it brings a browser. */
async function measureInBrowser(
  signal: AbortSignal,
  request: BrowserBenchmarkRequest,
  onEvent: (event: MeasureEvent) => void,
): Promise<Device> {
  const { benchmarkInBrowser } = await import('../src/runtime/node/benchmark-in-browser');
  return benchmarkInBrowser(signal, request, onEvent);
}
