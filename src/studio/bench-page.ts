/**
 * The page behind the command line's `--browser`: no interface, only the benchmark. The driver puts model and variant
 * into the two file inputs (first the model, then its data files) and calls `paretoBenchmark`.
 */
import type { Device } from '../engine/metrics/cell';
import { createBenchmarkJobs } from './jobs/benchmark';
import type { BenchmarkEvent, BenchmarkRequest, ModelFiles } from './jobs/jobs';

/** A request without the files; `externalData` names the data files as the models call them. */
export interface BenchPageRequest extends Omit<BenchmarkRequest, 'original' | 'variants'> {
  readonly original: BenchPageModel;
  readonly variant?: BenchPageModel & { readonly id: string };
}

export interface BenchPageModel {
  readonly name: string;
  readonly externalData: readonly string[];
}

declare global {
  interface Window {
    paretoBenchmark?: (request: BenchPageRequest) => Promise<Device>;
    /** Given by the driver. */
    paretoBenchmarkEvent?: (event: BenchmarkEvent) => void;
  }
}

const never = new AbortController().signal;

window.paretoBenchmark = async ({ original, variant, ...request }) => {
  const jobs = createBenchmarkJobs();
  const device = await jobs.probe(never);
  await jobs.benchmark(
    never,
    {
      ...request,
      original: filesOf('original', original),
      variants: variant === undefined ? [] : [{ id: variant.id, files: filesOf('variant', variant) }],
    },
    (event) => window.paretoBenchmarkEvent?.(event),
  );
  return device;
};

function filesOf(inputId: string, { name, externalData }: BenchPageModel): ModelFiles {
  const [model, ...data] = (document.getElementById(inputId) as HTMLInputElement).files ?? [];
  if (model === undefined) throw new Error(`The input "${inputId}" holds no file.`);
  return { model, name, externalData: externalData.map((path, index) => ({ path, data: data[index]! })) };
}
