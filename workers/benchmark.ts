/** Coordinates a benchmark: one fresh session worker per session, one run at a time. */
import { BrowserBenchmark } from '../src/runtime/benchmark/browser-benchmark';
import { openModel } from '../src/engine/recipe/open-model';
import type { BenchmarkCalls } from '../src/runtime/jobs/benchmark-calls';
import { DriftReferences } from '../src/runtime/deploy/drift-of-data';
import { packFiles } from '../src/runtime/deploy/pack-bundle';
import { modelInputOf } from '../src/runtime/models/model-input';
import { createBrowserHost } from '../src/runtime/session/browser-host';
import { answerCalls } from './answer-calls';

const benchmark = new BrowserBenchmark();
const drift = new DriftReferences();

answerCalls<BenchmarkCalls>({
  probe: () => benchmark.device(),
  benchmark: (context, request) => benchmark.run(request, context),
  measureNodes: (context, request) => benchmark.measureNodes(request, context),
  firstDifference: (context, request) => benchmark.firstDifference(request, context),
  measureBatches: (context, request) => benchmark.measureBatches(request, context),
  runLive: (context, request) => benchmark.runLive(request, context),
  sweep: (context, request, axis) => benchmark.sweep(request, axis, context),
  generation: (context, request) => benchmark.generation(request, context),
  write: (context, request) => benchmark.write(request, context),
  sustained: (context, request) => benchmark.sustained(request, context),
  memory: (context, request) => benchmark.memory(request, context),
  roof: (context, request) => benchmark.roof(request, context),
  roofline: (context, request) => benchmark.roofline(request, context),
  trace: (context, request, modelName) => benchmark.trace(request, modelName, context),
  compile: async (context, { files, name, feeds, dimensions }) => {
    // Other calls do without the compiler and its kernels.
    const { compileOpened } = await import('../src/work/compile');
    const model = { name, opened: openModel(modelInputOf(files)) };
    const request = { dimensions, samples: feeds ?? undefined };
    const { report, files: made } = await compileOpened(model, request, {
      ...context,
      openSessions: createBrowserHost,
    });
    const folder = `${name.replace(/\.onnx$/, '')}_compiled`;
    return { name: `${folder}.zip`, blob: await packFiles(folder, made, context), report };
  },
  bundle: async (context, request) => {
    const model = { host: createBrowserHost(), files: request.files };
    return benchmark.bundle(request, await drift.of(request.reference, model, context), context);
  },
});
