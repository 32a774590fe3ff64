/** For a script that compares the built page with plain use of onnxruntime-web in the same browser, both with one thread. */
import { loadavg } from 'node:os';
import { basename, dirname } from 'node:path';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { inspectInputs } from '../../src/engine/analysis/inspect';
import { withSuggestedDimensions } from '../../src/engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../src/engine/data/synthetic';
import { formatNumber } from '../../src/engine/format';
import { decodeModel } from '../../src/engine/onnx/codec/decode';
import { MeasuredCells } from '../../src/runtime/benchmark/measured-cells';
import type { MeasureEvent } from '../../src/runtime/benchmark/measure-request';
import { chooseModel, withBenchPage } from '../../src/runtime/node/browser-driver';
import { PathSource } from '../../src/runtime/node/path-source';
import { serveFolders } from './serve-folders';

/** The part of onnxruntime-web that a plain page uses. `serveRuntime` serves it as `/ort/ort.wasm.min.mjs`. */
export interface WebRuntime {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: string } };
  readonly Tensor: new (dtype: 'float32', data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(model: Uint8Array): Promise<{ run(feeds: Readonly<Record<string, object>>): Promise<unknown> }>;
  };
}

export interface PageInput {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: number[];
}

/** Serves an empty page with onnxruntime-web and the models of a folder, at `/ort/` and `/models/`. */
export function serveRuntime(title: string, models: string): Server {
  const runtime = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
  return serveFolders(`<!doctype html><title>${title}</title>`, { '/ort/': runtime, '/models/': models });
}

/** Random inputs of a model, for a page. All inputs must be float32. */
export function pageInputsOf(path: string): readonly PageInput[] {
  const described = inspectInputs(decodeModel(PathSource.of(path)));
  const feeds = createSyntheticFeeds(described, withSuggestedDimensions(described, {}), 0);
  return Object.entries(feeds).map(([name, { dims, data }]) => {
    if (!(data instanceof Float32Array)) throw new Error(`Input "${name}" is not float32.`);
    return { name, dims, data: Array.from(data) };
  });
}

interface PageMeasurement {
  /** Path of the model. */
  readonly original: string;
  /** Path of a variant that is measured against it. */
  readonly variant: string;
  readonly cells: number;
  readonly seed: number;
}

export type MeasureInPage = (measurement: PageMeasurement) => Promise<MeasuredCells>;

/** Opens the built page, runs `work` with a function that measures on WASM with the quick budget, and closes it. */
export async function withMeasuringPage(work: (page: Page, measure: MeasureInPage) => Promise<void>): Promise<void> {
  let latest = new MeasuredCells();
  const listener = { name: 'paretoBenchmarkEvent', listen: (event: MeasureEvent): void => latest.add(event) };
  await withBenchPage(new AbortController().signal, 'paretoBenchmark', listener, (page) =>
    work(page, async ({ original, variant, cells, seed }) => {
      await page.reload();
      const measured = (latest = new MeasuredCells());
      const onDisk = (path: string) => ({ path, name: basename(path), externalData: [] });
      const id = 'variant';
      const request = {
        ...{ freeDimensions: {}, budget: 'quick', threads: 1, seed },
        cells: Array.from({ length: cells }, () => ({ variant: id, ep: 'wasm' })),
        original: await chooseModel(page, '#original', onDisk(original)),
        variant: { ...(await chooseModel(page, '#variant', onDisk(variant))), id },
      };
      await page.evaluate(
        (given) =>
          (window as unknown as { paretoBenchmark: (asked: unknown) => Promise<unknown> }).paretoBenchmark(given),
        request,
      );
      if (measured.failures.length > 0) throw new Error(measured.failures.join(' '));
      return measured;
    }),
  );
}

/** The load of the last minute. Each process that computes adds 1. */
export function load(): string {
  return formatNumber(loadavg()[0] ?? 0, 1);
}
