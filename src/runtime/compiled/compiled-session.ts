/** A session of a compiled module. The module is compiled from the model when the session opens. */
import { declaredOutputs, inspectInputs } from '../../engine/analysis/inspect';
import { integerValuesOf, toFloats, toIntegers, type IntegerValue } from '../../engine/analysis/integer-values';
import type { CompiledModel } from '../../engine/compile/compile-model';
import { decidingInputs, valuesIn, type FixedValues } from '../../engine/compile/fixed-inputs';
import { compilePrepared, refuseLargeModel, type FixedModel } from '../../engine/compile/prepare-model';
import type { Feeds, FreeDimensions, InputDescription } from '../../engine/data/feeds';
import { sizesOfFeeds, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import type { Inference } from '../../engine/inference';
import type { Model } from '../../engine/onnx/graph';
import { withOutputs } from '../../engine/onnx/parts/with-outputs';
import { modelOfFiles } from '../files/model-blob';
import { partSpec } from '../session/session-inference';
import { WorkerSession, type SessionApi, type SessionRealm, type TimedRun } from '../session/session';
import type { OpenedSession, SessionProfile, SessionSpec } from '../session/session-spec';
import { refusedModule } from './compile-files';
import { fastestBuild, openCompiled, type CompiledInstance } from './compiled-instance';

/** Modules of other shapes that are kept, as for batches of several sizes. */
const mostInstances = 8;

export class CompiledSession implements SessionApi {
  readonly #realm: SessionRealm;
  #model: Model | undefined;
  #inputs: readonly InputDescription[] = [];
  #deciding: readonly InputDescription[] = [];
  #integers: ReadonlyMap<string, IntegerValue> = new Map();
  #dimensions: FreeDimensions = {};
  readonly #instances = new Map<string, { readonly instance: CompiledInstance; readonly loadMs: number }>();
  #instance: CompiledInstance | undefined;
  #feeds: Feeds = {};

  constructor(realm: SessionRealm) {
    this.#realm = realm;
  }

  /** Rejects with `compile/refused` for a model that cannot be compiled. `loadMs` is the time that the finished module takes. */
  async open({ files, freeDimensions }: SessionSpec): Promise<OpenedSession> {
    refuseLargeModel(files.externalData.reduce((sum, { data }) => sum + data.size, files.model.size));
    this.#model = await modelOfFiles(files);
    const inputs = inspectInputs(this.#model);
    this.#deciding = decidingInputs(this.#model);
    const integers = integerValuesOf(this.#model.metadata, [...inputs, ...declaredOutputs(this.#model)]);
    this.#integers = integers;
    this.#inputs = inputs.map((input) => (integers.has(input.name) ? { ...input, dtype: 'float32' } : input));
    this.#dimensions = freeDimensions;
    const { instance, loadMs } = await this.#compiledFor(withSuggestedDimensions(this.#inputs, freeDimensions), {});
    this.#instance = instance;
    return { loadMs, inputs: this.#inputs };
  }

  /** Inputs of other shapes need another module, and so may other values of inputs that decide between branches. */
  async feed(feeds: Feeds): Promise<void> {
    this.#feeds = Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => {
        const integers = this.#integers.get(name);
        return [name, integers && feed.dtype === 'float32' ? toIntegers(feed, integers) : feed];
      }),
    );
    const sizes = sizesOfFeeds(this.#inputs, feeds, this.#dimensions);
    const values = valuesIn(feeds, this.#deciding);
    this.#instance = (await this.#compiledFor(withSuggestedDimensions(this.#inputs, sizes), values)).instance;
  }

  async run(feeds?: Feeds): Promise<TimedRun> {
    if (feeds !== undefined) await this.feed(feeds);
    const start = performance.now();
    const results = this.#runOnce();
    const ms = performance.now() - start;
    const outputs = Object.entries(results).map(([name, output]) => {
      const integers = this.#integers.get(name);
      return [name, integers ? toFloats(output, integers) : output] as const;
    });
    return { ms, outputs: Object.fromEntries(outputs) };
  }

  async time(runs: number, leadRuns = 0): Promise<number> {
    for (let run = 0; run < leadRuns; run++) this.#runOnce();
    const start = performance.now();
    for (let run = 0; run < runs; run++) this.#runOnce();
    return performance.now() - start;
  }

  async timeEach(feeds: readonly Feeds[]): Promise<readonly number[]> {
    const timesMs: number[] = [];
    for (const each of feeds) {
      const start = performance.now();
      await this.feed(each);
      this.#runOnce();
      timesMs.push(performance.now() - start);
    }
    return timesMs;
  }

  async readResident(): Promise<Feeds> {
    return {};
  }

  async release(): Promise<void> {
    this.#instances.clear();
    this.#instance = undefined;
  }

  heapBytes(): number | null {
    return null;
  }

  gpuBufferBytes(): number | null {
    return null;
  }

  /** There is no provider that could leave a node to another. */
  profile(): SessionProfile {
    return { placement: {}, operators: [], kernels: [] };
  }

  trace(): readonly never[] {
    return [];
  }

  #runOnce(): Feeds {
    if (this.#instance === undefined) throw new Error('The session is not open yet.');
    return this.#instance.run(this.#feeds);
  }

  async #compiledFor(
    dimensions: FreeDimensions,
    usualValues: FixedValues,
  ): Promise<{ instance: CompiledInstance; loadMs: number }> {
    const key = JSON.stringify([Object.entries(dimensions), Object.entries(usualValues)]);
    const known = this.#instances.get(key);
    if (known !== undefined) return known;
    const compiled = await this.#compile({ dimensions, usualValues });
    const start = performance.now();
    const instance = await openCompiled(compiled);
    const made = { instance, loadMs: performance.now() - start };
    if (this.#instances.size >= mostInstances) this.#instances.clear();
    this.#instances.set(key, made);
    return made;
  }

  async #compile(fixed: FixedModel): Promise<CompiledModel> {
    const { compiled, refusals } = await compilePrepared(this.#model!, fixed, [fastestBuild()], {
      signal: new AbortController().signal,
      progress: () => undefined,
      checkpoint: () => Promise.resolve(),
      inference: inferenceIn(this.#realm),
    });
    if (compiled === undefined) throw refusedModule(refusals);
    return compiled;
  }
}

/** Runs what folding constants needs, in this worker. */
function inferenceIn(realm: SessionRealm): Inference {
  return {
    async open(_signal, model, { outputs, optimization } = {}) {
      const session = new WorkerSession(realm);
      await session.open({
        ...partSpec(outputs ? withOutputs(model, outputs) : model),
        ...(optimization === 'as-written' && { graphOptimizationLevel: 'disabled' as const }),
      });
      return {
        run: async (feeds) => (await session.run(feeds)).outputs,
        time: (runs) => session.time(runs),
        read: () => session.readResident(),
        close: () => void session.release(),
      };
    },
    openChain() {
      throw new Error('Constants are folded in sessions of their own.');
    },
  };
}
