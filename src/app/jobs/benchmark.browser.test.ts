import { describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { decoder } from '../../engine/onnx/testing/decoder';
import { settlesWithin } from '../../engine/testing/settles-within';
import { ortVersion } from '../../runtime/session/ort-version';
import { createBenchmarkJobs } from './jobs';
import type {
  BenchmarkEvent,
  BenchmarkRequest,
  MemoryProgress,
  ModelFiles,
  PageIsMeasured,
  RunningCall,
  SweepProgress,
} from './jobs';

/** One client for all, as in the app: each worker that starts here loads every module of its own. */
const jobs = createBenchmarkJobs();
const never = { signal: new AbortController().signal };
const width = 64;

/**
 * Two layers, three nodes: small, because the tests' WebGPU runs in software.
 * @param fault changes each weight of the last layer
 */
function perceptron(fault: (weight: number, index: number) => number = (weight) => weight): ModelFiles {
  const weights = (seed: number) =>
    Float32Array.from({ length: width * width }, (_, i) => ((i * seed) % 17) / 64 - 0.1);
  const twoLayers = graph({
    nodes: [
      node('MatMul', ['x', 'w1'], ['hidden'], {}, { name: 'first' }),
      node('Relu', ['hidden'], ['active'], {}, { name: 'relu' }),
      node('MatMul', ['active', 'w2'], ['y'], {}, { name: 'second' }),
    ],
    initializers: [
      floatTensor('w1', [width, width], weights(7)),
      floatTensor('w2', [width, width], weights(11).map(fault)),
    ],
    inputs: [valueInfo('x', ['batch', width])],
    outputs: [valueInfo('y', ['batch', width])],
  });
  const bytes = joinParts(encodeModel(model(twoLayers)));
  return { model: new Blob([bytes]), name: 'perceptron.onnx', externalData: [] };
}

function request(cells: BenchmarkRequest['cells']): BenchmarkRequest {
  const original = perceptron();
  return {
    original,
    variants: [
      { id: 'copy', files: original },
      { id: 'broken', files: { ...original, model: new Blob(['no model']) } },
      { id: 'wrong', files: perceptron((weight, index) => (index % 3 === 0 ? -2 * weight : weight / 4)) },
      { id: 'not-a-number', files: perceptron((weight, index) => (index === 5 ? NaN : weight)) },
    ],
    cells,
    freeDimensions: { batch: 2 },
    seed: 1,
    budget: 'quick',
    threads: 2,
  };
}

const resultsOf = (events: readonly BenchmarkEvent[]) =>
  events.flatMap((event) => (event.kind === 'cell' ? [event.result] : []));

describe('createBenchmarkJobs', () => {
  it('probes the device and gives a sentence for every provider', async () => {
    const device = await jobs.probe(never);
    expect(device.ortVersion).toBe(ortVersion);
    expect(device.crossOriginIsolated).toBe(true);
    expect(device.browser).toMatch(/Chrom/);
    expect(device.webgpu).toMatchObject({ software: true, f16: false });
    for (const { reason } of device.providers) expect(reason).toMatch(/\.$/);
    const available = device.providers.filter((provider) => provider.available).map((provider) => provider.ep);
    // The CPU plays all three of WebNN here.
    expect(available).toEqual(['wasm', 'compiled', 'webgpu', 'webnn-cpu']);
  });

  it('measures on all three backends for real, and lets a failing cell pass', async () => {
    const events: BenchmarkEvent[] = [];
    const cells = [
      { variant: 'copy', ep: 'wasm' },
      { variant: 'broken', ep: 'wasm' },
      { variant: 'original', ep: 'webgpu' },
      { variant: 'original', ep: 'webnn-cpu' },
    ] as const;
    await jobs.benchmark({ ...never, onProgress: (event) => events.push(event) }, request(cells));

    const [wasm, webgpu, webnn] = resultsOf(events);
    expect(wasm?.outputMatch).toMatchObject({ identical: true, sqnrDb: 300, inputs: 'synthetic' });
    expect(webgpu?.flags).toContain('software-adapter');
    for (const [result, provider] of [
      [wasm, 'CPUExecutionProvider'],
      [webgpu, 'WebGpuExecutionProvider'],
      [webnn, 'WebNNExecutionProvider'],
    ] as const) {
      expect(result?.outputMatch).toMatchObject({ valid: true });
      expect(result?.batch).toBe(2);
      // A busy machine gets less within its time, and says so.
      if (!result!.flags.includes('time-capped')) {
        expect(result!.steady.runs).toBeGreaterThanOrEqual(12);
        // The runtime fuses nothing here: three nodes stay three nodes on each provider, and none runs elsewhere.
        expect(result!.placement).toEqual({ [provider]: 3 });
      }
      expect(result!.samplesMs).toHaveLength(result!.steady.runs);
      expect(result?.samplesMs.every((ms) => ms > 0)).toBe(true);
    }
    const comparisons = events.flatMap((event) => (event.kind === 'comparison' ? [event.comparison] : []));
    expect(comparisons).toHaveLength(1);
    expect(comparisons[0]).toMatchObject({ variant: 'copy', ep: 'wasm' });
    const failures = events.flatMap((event) => (event.kind === 'failure' ? [event.failure] : []));
    expect(failures).toHaveLength(1);
    expect(failures[0]?.message).toMatch(/^The variant failed to run on WASM/);
  });

  it('flags wrong outputs, outputs that are no numbers, and a hidden tab', async () => {
    const events: BenchmarkEvent[] = [];
    const cells = (['wrong', 'not-a-number', 'copy'] as const).map((variant) => ({ variant, ep: 'wasm' as const }));
    const hide = (isHidden: boolean): void => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    const onProgress = (event: BenchmarkEvent): void => {
      events.push(event);
      if (event.kind === 'progress' && event.variant === 'copy' && event.progress.stage === 'Loading') hide(true);
    };
    try {
      await jobs.benchmark({ ...never, onProgress }, { ...request(cells), mostCellMs: 1_000 });
    } finally {
      hide(false);
      Reflect.deleteProperty(document, 'hidden');
    }
    const [wrong, notANumber, copy] = resultsOf(events);
    expect(wrong?.flags).toContain('output-differs');
    expect(wrong?.outputMatch).toMatchObject({ valid: false, problem: expect.stringContaining('"y"') as string });
    expect(notANumber?.flags).toContain('output-differs');
    expect(notANumber?.outputMatch.problem).toContain('is not finite');
    expect(copy?.flags).not.toContain('output-differs');
    expect([wrong, notANumber, copy].map((result) => result?.flags.includes('tab-hidden'))).toEqual([
      false,
      false,
      true,
    ]);
    const verdicts = events.flatMap((event) => (event.kind === 'comparison' ? [event.comparison.verdict] : []));
    expect(verdicts.slice(0, 2)).toEqual(['invalid', 'invalid']);
  });

  it('stops within 500 ms and works again afterwards, with progress that never goes back', async () => {
    const controller = new AbortController();
    const cells = [{ variant: 'original', ep: 'wasm' }] as const;
    let stopped: Promise<boolean> | undefined;
    const onProgress = (event: BenchmarkEvent): void => {
      // Between the paired runs, whose figure so far is told.
      if (event.kind !== 'progress' || !event.progress.stage.startsWith('About ') || stopped !== undefined) return;
      controller.abort(new Error('enough'));
      stopped = settlesWithin(500, running);
    };
    const running: Promise<void> = jobs.benchmark({ signal: controller.signal, onProgress }, request(cells));
    await expect(running).rejects.toThrow('enough');
    expect(await stopped).toBe(true);

    const events: BenchmarkEvent[] = [];
    await jobs.benchmark(
      { ...never, onProgress: (event) => events.push(event) },
      { ...request(cells), mostCellMs: 1_000 },
    );
    expect(resultsOf(events)).toHaveLength(1);
    const done = events.flatMap((event) => (event.kind === 'progress' ? [event.progress.done] : []));
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(100);
  });

  it('measures the nodes of a model and its variant, with progress that never goes back', async () => {
    const done: number[] = [];
    const original = perceptron();
    const nodes = { original, variant: original, freeDimensions: { batch: 2 }, seed: 1, feeds: null };
    const { original: times, variant } = await jobs.measureNodes(
      { ...never, onProgress: (progress) => done.push(progress.done) },
      nodes,
    );
    expect(times.nodes.map(({ path }) => path)).toEqual(['graph/first', 'graph/relu', 'graph/second']);
    for (const { medianMs } of times.nodes) expect(medianMs).toBeGreaterThanOrEqual(0);
    expect(times.sumMs).toBeGreaterThan(0);
    expect(variant?.times.runs).toBe(12);
    expect(variant?.sqnr).toMatchObject({ samples: 4, inputs: 'synthetic' });
    expect(variant?.sqnr.nodes.map(({ a, sqnrDb }) => [a, sqnrDb])).toEqual([
      ['graph/first', 300],
      ['graph/relu', 300],
      ['graph/second', 300],
    ]);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('says which model has nodes that cannot be measured, and stops within 500 ms', async () => {
    const original = perceptron();
    const broken = { ...original, model: new Blob(['no model']) };
    const nodes = { original, variant: broken, freeDimensions: { batch: 2 }, seed: 1, feeds: null };
    await expect(jobs.measureNodes(never, nodes)).rejects.toThrow(/^The variant failed to run on WASM/);
    const controller = new AbortController();
    let stopped: Promise<boolean> | undefined;
    const onProgress = (): void => {
      if (stopped !== undefined) return;
      controller.abort(new Error('enough'));
      stopped = settlesWithin(500, running);
    };
    const running: Promise<unknown> = jobs.measureNodes(
      { signal: controller.signal, onProgress },
      { ...nodes, variant: null },
    );
    await expect(running).rejects.toThrow('enough');
    expect(await stopped).toBe(true);
  });

  it('cancels one cell and measures the others', async () => {
    const events: BenchmarkEvent[] = [];
    const cells = [
      { variant: 'copy', ep: 'wasm' },
      { variant: 'original', ep: 'webnn-cpu' },
    ] as const;
    await jobs.benchmark(
      { ...never, onProgress: (event) => events.push(event), onStart: ({ tell }) => tell(cells[0]) },
      { ...request(cells), mostCellMs: 1_000 },
    );
    expect(resultsOf(events).map(({ ep }) => ep)).toEqual(['webnn-cpu']);
    const failures = events.flatMap((event) => (event.kind === 'failure' ? [event.failure] : []));
    expect(failures).toEqual([{ variant: 'copy', ep: 'wasm', message: 'Canceled.' }]);
  });

  it('writes from a prompt with two decoders, tells each token, and measures how fast they write', async () => {
    const bytes = joinParts(encodeModel(decoder()));
    const files = { model: new Blob([bytes as Uint8Array<ArrayBuffer>]), name: 'decoder.onnx', externalData: [] };
    const models = [
      { id: 'original', files },
      { id: 'copy', files },
    ];
    const caches = new Map([
      ['present.0.key', 'past_key_values.0.key'],
      ['present.0.value', 'past_key_values.0.value'],
    ]);
    const asked = { models, outputs: { logits: 'logits', caches }, ep: 'wasm', threads: 1 } as const;
    const vocab = Object.fromEntries([...'abcdefgh'].map((letter, id) => [letter, id]));
    const tokenizer = new Blob([JSON.stringify({ model: { type: 'BPE', vocab, merges: [] } })]);
    const told: number[] = [];
    const pieces = await jobs.write(
      { ...never, onProgress: ({ tokens }) => told.push(tokens) },
      { ...asked, tokenizer, prompt: 'abc', count: 3 },
    );
    expect(told).toEqual([1, 1, 2, 2, 3, 3]);
    expect(pieces).toMatchObject([
      { variant: 'original', tokens: 3, same: null },
      { variant: 'copy', tokens: 3, same: null },
    ]);
    expect(pieces[0]!.text).toBe(pieces[1]!.text);
    const [speed] = await jobs.generation(never, { ...asked, seed: 1, budgetMs: 500, cacheLengths: [0] });
    expect(speed).toMatchObject({ variant: 'original', generation: [{ cacheLength: 0 }] });
  });

  it('measures buffers of the GPU beside the heap, and lets the page measure itself during the session', async () => {
    const stages: string[] = [];
    let call: RunningCall<PageIsMeasured> | undefined;
    const following = {
      ...never,
      onStart: (started: RunningCall<PageIsMeasured>) => void (call = started),
      onProgress({ stage, isOpen }: MemoryProgress) {
        stages.push(stage);
        if (isOpen) call?.tell('page is measured');
      },
    };
    const asked = { files: perceptron(), ep: 'wasm', threads: 1, freeDimensions: { batch: 2 }, seed: 1 } as const;
    const { heapBytes, gpuBufferBytes } = await jobs.memory(following, asked);
    expect(heapBytes).toBeGreaterThan(0);
    // At least the weights, as float32.
    expect(gpuBufferBytes).toBeGreaterThan(2 * width * width * 4);
    expect(stages).toEqual(['Measuring the memory of the page', 'Measuring buffers of the GPU']);
  });

  it('measures layouts on WebGPU', async () => {
    const asked = { files: perceptron(), ep: 'wasm', threads: 1, freeDimensions: { batch: 2 }, seed: 1 } as const;
    const layouts = { axis: 'layout', values: ['NCHW', 'NHWC'] };
    const arrived: unknown[] = [];
    const onProgress = (progress: SweepProgress) => 'kind' in progress && arrived.push(progress.point.value);
    const { ep, threads, points, notes } = await jobs.sweep(
      { ...never, onProgress },
      { ...asked, longestMs: 100 },
      layouts,
    );
    expect(points.map(({ value }) => value)).toEqual(['NCHW', 'NHWC']);
    expect([ep, threads, notes]).toEqual(['webgpu', 1, []]);
    // A sweep that is stopped leaves the points until then.
    expect(arrived).toEqual(['NCHW', 'NHWC']);
  });
});
