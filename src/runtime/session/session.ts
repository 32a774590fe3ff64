/** One session of onnxruntime-web in this worker. The worker is ended afterwards: WASM memory never shrinks. */
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { idCount } from '../../engine/analysis/id-count';
import { integerValuesOf, toFloats, toIntegers, type IntegerValue } from '../../engine/analysis/integer-values';
import { holdsIntegerWeightsOnly } from '../../engine/analysis/weights/weight-only';
import type { Feeds, FeedTensor, InputDescription } from '../../engine/data/feeds';
import { takesTokens } from '../../engine/data/mapping/suggest-text';
import { ParetoError } from '../../engine/errors';
import { MemorySource } from '../../engine/onnx/byte-source';
import { float32ToFloat16 } from '../../engine/onnx/half-float';
import { statedContextLength } from '../../engine/onnx/context-length';
import { scanNodes, type ScannedNodes } from '../../engine/onnx/codec/scan-nodes';
import type { Ort } from './ort';
import { readProfile } from './profile';
import { readFiles, type OpenFiles, type SessionFiles } from './read-files';
import type { OpenedSession, SessionProfile, SessionSpec } from './session-spec';
import { fromOrtTensor, toOrtTensors } from './tensors';
import { readTraceEvents, type TraceEvent } from './trace-events';
import { watchGpuBuffers } from './watch-gpu-buffers';
import { watchMemory } from './watch-memory';

/** The parts that differ between a browser's worker and a thread of Node. */
export interface SessionRealm {
  /** Loads the build of onnxruntime-web for a provider and sets its threads. */
  loadOrt(spec: Pick<SessionSpec, 'ep' | 'threads' | 'build'>): Promise<Ort>;
  /** Starts to record what the runtime prints; called before it is loaded, since it keeps the console it finds. */
  recordOutput(): readonly string[];
  /** Opens files that can be read at any time. `undefined`, or absent: these cannot. */
  openFiles?(spec: Pick<SessionSpec, 'files' | 'onDisk'>): Promise<OpenFiles | undefined>;
}

export interface TimedRun {
  readonly ms: number;
  readonly outputs: Feeds;
}

/** A session in this realm: of the runtime, or of a compiled module. */
export type SessionApi = Pick<WorkerSession, keyof WorkerSession>;

/** onnxruntime prints everything that it knows. */
const verbose = 0;
const errorsOnly = 3;

/** An unnamed free dimension, as onnxruntime reports it: −1 in 32 unsigned bits. */
const unnamedDimension = 0xffffffff;

export class WorkerSession {
  readonly #realm: SessionRealm;
  #ort: Ort | undefined;
  #session: InferenceSession | undefined;
  #feeds = new Map<string, Tensor>();
  #outputs: readonly string[] = [];
  #resident: ReadonlyMap<string, string> = new Map();
  #keepsFeeds = false;
  /** Inputs and outputs that are integers in the file and floats to those who run it. */
  #integers: ReadonlyMap<string, IntegerValue> = new Map();
  /** Inputs of float16. */
  #halves: ReadonlySet<string> = new Set();
  #output: readonly string[] = [];
  #heapBytes: (() => number | null) | undefined;
  #gpuBufferBytes: (() => number | null) | undefined;

  constructor(realm: SessionRealm) {
    this.#realm = realm;
  }

  async open(spec: SessionSpec): Promise<OpenedSession> {
    if (spec.profile) this.#output = this.#realm.recordOutput();
    // Nothing is fetched while the session is created: a fetch that fails in the middle would wedge the runtime.
    const files = await this.#realm.openFiles?.(spec);
    try {
      return await this.#create(spec, await readFiles(spec, files));
    } finally {
      files?.close();
    }
  }

  async #create(spec: SessionSpec, { model, externalData }: SessionFiles): Promise<OpenedSession> {
    // Native memory is in no heap of WebAssembly.
    this.#heapBytes ??= spec.ep === 'native' ? () => null : watchMemory();
    if (spec.countsGpuBuffers) this.#gpuBufferBytes ??= watchGpuBuffers();
    this.#ort = await this.#realm.loadOrt(spec);
    const outline = outlineOf(model);
    const foldsDequantization =
      spec.foldsDequantization ?? (outline && holdsIntegerWeightsOnly(outline.nodes, outline.constants)) ?? false;
    const start = performance.now();
    const options = sessionOptions({ ...spec, foldsDequantization }, externalData);
    this.#session = await this.#ort.InferenceSession.create(model, options);
    const loadMs = performance.now() - start;
    assertTensorInputs(this.#session.inputMetadata);
    this.#outputs = tensorOutputs(this.#session.outputMetadata);
    this.#resident = spec.resident ?? new Map();
    this.#keepsFeeds = spec.keepsFeeds ?? this.#resident.size > 0;
    const { inputMetadata, outputMetadata } = this.#session;
    this.#halves = new Set(
      inputMetadata.flatMap((each) => (each.isTensor && each.type === 'float16' ? each.name : [])),
    );
    const values = spec.integers === 'as-written' ? [] : [...inputMetadata, ...outputMetadata].map(inputOf);
    this.#integers = integerValuesOf(outline?.metadata ?? [], values);
    return { loadMs, inputs: inputMetadata.map((metadata) => this.#inputOf(metadata, outline)) };
  }

  /**
   * Sets the inputs of the following runs. If feeds are kept, they are added to the earlier ones. They stay in the
   * session, so that no run pays for a message. Feeds of the original model may name inputs that a variant has lost
   * because nothing read them. These are left out, because the runtime would refuse them.
   */
  feed(feeds: Feeds): void {
    const { ort, session } = this.#opened();
    const asked = Object.entries(feeds).flatMap(([name, feed]) =>
      session.inputNames.includes(name) ? [[name, this.#inTypeOf(name, feed)] as const] : [],
    );
    // State and unchanging inputs are fed once.
    const before = this.#keepsFeeds ? this.#feeds : new Map<string, Tensor>();
    const given = toOrtTensors(ort, asked);
    for (const name of given.keys()) disposeOnGpu(before.get(name));
    this.#feeds = new Map([...before, ...given]);
  }

  async run(feeds?: Feeds): Promise<TimedRun> {
    if (feeds !== undefined) this.feed(feeds);
    const start = performance.now();
    const results = await this.#runUntilReadable();
    const ms = performance.now() - start;
    const outputs: [name: string, FeedTensor][] = [];
    for (const [name, tensor] of Object.entries(results)) {
      if (this.#resident.has(name)) continue;
      const output = await fromOrtTensor(tensor);
      const integers = this.#integers.get(name);
      outputs.push([name, integers ? toFloats(output, integers) : output]);
    }
    return { ms, outputs: Object.fromEntries(outputs) };
  }

  /** The state after the last run, by output. */
  async readResident(): Promise<Feeds> {
    const state: [output: string, FeedTensor][] = [];
    for (const [output, input] of this.#resident) {
      const tensor = this.#feeds.get(input);
      if (tensor !== undefined) state.push([output, await fromOrtTensor(tensor)]);
    }
    return Object.fromEntries(state);
  }

  /** Runs `leadRuns` times untimed, then `runs` times, and gives the time of the latter together, in ms. */
  async time(runs: number, leadRuns = 0): Promise<number> {
    for (let run = 0; run < leadRuns; run++) await this.#runUntilReadable();
    const start = performance.now();
    for (let run = 0; run < runs; run++) await this.#runUntilReadable();
    return performance.now() - start;
  }

  /** Feeds and runs for each of these, one after the other. Returns the time of each in ms, with its feeding. */
  async timeEach(feeds: readonly Feeds[]): Promise<readonly number[]> {
    const timesMs: number[] = [];
    for (const each of feeds) {
      const start = performance.now();
      this.feed(each);
      await this.#runUntilReadable();
      timesMs.push(performance.now() - start);
    }
    return timesMs;
  }

  /** Bytes of the runtime's heap, which never shrinks. `null` if it was created before this session. */
  heapBytes(): number | null {
    return this.#heapBytes?.() ?? null;
  }

  /** The most bytes of buffers on the GPU at once. `null` if the session was not opened to count them. */
  gpuBufferBytes(): number | null {
    return this.#gpuBufferBytes?.() ?? null;
  }

  /** Releases the memory if the worker continues. */
  async release(): Promise<void> {
    await this.#session?.release();
    this.#session = undefined;
    this.#feeds = new Map();
  }

  /** Ends the profile and reads it. The session must have been opened with `profile`. */
  profile(): SessionProfile {
    this.#opened().session.endProfiling();
    return readProfile(this.#output);
  }

  /** Ends the profile and gives its events one by one. */
  trace(): readonly TraceEvent[] {
    this.#opened().session.endProfiling();
    return readTraceEvents(this.#output);
  }

  /** The clock may stop only when outputs can be read: a run on a GPU resolves before the GPU is done. */
  async #runUntilReadable(): Promise<InferenceSession.OnnxValueMapType> {
    const results = await this.#opened().session.run(Object.fromEntries(this.#feeds), this.#outputs);
    for (const name in results) {
      const input = this.#resident.get(name);
      if (input === undefined) await results[name]!.getData();
      else this.#keep(input, results[name]!);
    }
    return results;
  }

  /** State on a GPU stays there; the buffer of the state before it is given back. */
  #keep(input: string, next: Tensor): void {
    const before = this.#feeds.get(input);
    this.#feeds.set(input, next);
    disposeOnGpu(before);
  }

  #inputOf(metadata: InferenceSession.ValueMetadata, outline: ScannedNodes | undefined): InputDescription {
    const input = inputOf(metadata);
    if (this.#integers.has(input.name)) return { ...input, dtype: 'float32' };
    const ids = outline && idCount(outline, input);
    const most = takesTokens(input) && outline ? statedContextLength(outline) : undefined;
    return { ...input, ...(ids !== undefined && { idCount: ids }), ...(most !== undefined && { mostTokens: most }) };
  }

  /** Floats for an input that is integers or float16 in this model and float32 in the original. */
  #inTypeOf(name: string, feed: FeedTensor): FeedTensor {
    if (feed.dtype !== 'float32') return feed;
    const integers = this.#integers.get(name);
    if (integers !== undefined) return toIntegers(feed, integers);
    if (!this.#halves.has(name)) return feed;
    return { ...feed, dtype: 'float16', data: float32ToFloat16(feed.data as Float32Array) };
  }

  #opened(): { readonly ort: Ort; readonly session: InferenceSession } {
    if (this.#ort === undefined || this.#session === undefined) throw new Error('The session is not open yet.');
    return { ort: this.#ort, session: this.#session };
  }
}

/** Memory of the GPU that nobody reads any more; the rest is collected. */
function disposeOnGpu(tensor: Tensor | undefined): void {
  if (tensor?.location === 'gpu-buffer') tensor.dispose();
}

/** onnxruntime-web has tensors only: nothing else can be fed or read. */
function assertTensorInputs(inputs: readonly InferenceSession.ValueMetadata[]): void {
  const other = inputs.find(({ isTensor }) => !isTensor);
  if (other === undefined) return;
  throw new ParetoError(
    'runtime/input-type',
    `Input "${other.name}" is a sequence, a map or an optional value. The web runtime supports only tensors, so the model can be optimized here, but not run.`,
  );
}

/** Names of the outputs that can be read. Throws when there is none. */
function tensorOutputs(outputs: readonly InferenceSession.ValueMetadata[]): readonly string[] {
  const names = outputs.filter(({ isTensor }) => isTensor).map(({ name }) => name);
  if (names.length > 0) return names;
  throw new ParetoError(
    'runtime/output-type',
    `Output "${outputs[0]?.name}" is a sequence, a map or an optional value. The web runtime reads only tensors, so the model can be optimized here, but its outputs cannot be compared.`,
  );
}

/** The runtime says what is wrong with a file that cannot be read. */
function outlineOf(model: Uint8Array): ScannedNodes | undefined {
  try {
    return scanNodes(new MemorySource(model));
  } catch {
    return undefined;
  }
}

/** A new object for each session: onnxruntime-web changes the one it is given. */
function sessionOptions(
  spec: SessionSpec,
  externalData: readonly { path: string; data: Uint8Array }[],
): InferenceSession.SessionOptions {
  const { ep, threads, freeDimensions, profile: asked, graphOptimizationLevel, foldsDequantization, resident } = spec;
  // The native runtime writes its profile into a file of the working folder.
  const profile = asked && ep !== 'native';
  return {
    executionProviders: [providerOption(spec)],
    externalData,
    ...(graphOptimizationLevel && { graphOptimizationLevel }),
    ...(foldsDequantization === true && { extra: { session: { disable_quant_qdq: '1' } } }),
    ...(ep === 'webgpu' && resident && { preferredOutputLocation: gpuLocations(resident) }),
    ...(ep === 'native' && { intraOpNumThreads: threads }),
    enableProfiling: profile,
    logSeverityLevel: profile ? verbose : errorsOnly,
    ...(ep.startsWith('webnn') ? { freeDimensionOverrides: { ...freeDimensions } } : {}),
  };
}

function gpuLocations(resident: ReadonlyMap<string, string>): Readonly<Record<string, 'gpu-buffer'>> {
  return Object.fromEntries(Array.from(resident.keys(), (output) => [output, 'gpu-buffer'] as const));
}

function providerOption({
  ep,
  preferredLayout,
}: Pick<SessionSpec, 'ep' | 'preferredLayout'>): InferenceSession.ExecutionProviderConfig {
  switch (ep) {
    case 'wasm':
      return ep;
    case 'webgpu':
      return { name: ep, ...(preferredLayout && { preferredLayout }) };
    case 'webnn-cpu':
      return { name: 'webnn', deviceType: 'cpu' };
    case 'webnn-gpu':
      return { name: 'webnn', deviceType: 'gpu' };
    case 'webnn-npu':
      return { name: 'webnn', deviceType: 'npu' };
    case 'native':
      return 'cpu';
    case 'compiled':
      throw new Error('A compiled module has no runtime.');
  }
}

function inputOf(metadata: InferenceSession.ValueMetadata): InputDescription {
  if (!metadata.isTensor) return { name: metadata.name, dtype: 'not a tensor', shape: null };
  const shape = metadata.shape.map((entry) => (entry === unnamedDimension || entry === '' ? null : entry));
  return { name: metadata.name, dtype: metadata.type, shape };
}
