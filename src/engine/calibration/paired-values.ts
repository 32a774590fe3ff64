/**
 * Computes values of a model on each calibration sample, and of the same model with some weights replaced, layer after
 * layer. Each part of both is run once. Between two layers the values that later layers need are stored, within a
 * memory limit.
 */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { ChainResult, Inference, InferenceChain, KeptType } from '../inference';
import { DataType, type DataTypeName } from '../onnx/data-type';
import type { Model, Node, Tensor, ValueInfo, ValueName } from '../onnx/graph';
import { freeSuffix, modelPart, pairedPart } from '../onnx/parts/model-part';
import { replaceConstants } from '../onnx/replace-constants';
import { namesReadBy } from '../onnx/subgraphs';
import { inTopologicalOrder } from '../onnx/topological-order';
import { ownValue } from '../own-value';

/** A value of one sample, in both models. */
export interface PairedValue {
  readonly original: FeedTensor;
  /** The value in the changed model; absent if the replaced weights do not change it. */
  readonly changed?: FeedTensor;
}

export interface PairedRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  /**
   * Values to be visited, in the graph of the model, each as often. A later one needs the values that earlier ones are
   * computed from.
   */
  readonly values: readonly ValueName[];
  feeds(): AsyncIterable<Feeds>;
  /** Runs the changed model only: values are `original`. Otherwise no Constant nodes are replaced, but initializers alone. */
  readonly changedAlone?: boolean;
  /** Bytes of values that are kept between two layers. */
  readonly mostBytes?: number;
}

/** The values that the chain holds of every sample. */
type Kept = ReadonlyMap<ValueName, KeptType & { readonly hasCopy: boolean }>;

const usualMostBytes = 256 * 2 ** 20;
/** Samples that one call runs: so many that its cost does not count, and few enough to be held twice, while others are visited. */
const mostBytesOfRun = 4 * 2 ** 20;
const mostSamplesOfRun = 32;

export class PairedValues {
  readonly #request: PairedRequest;
  readonly #nodes: readonly Node[];
  readonly #producers = new Map<ValueName, number>();
  /** Position of the last node that needs a value, for what is to be visited. */
  readonly #lastReaders = new Map<ValueName, number>();
  /** The number of visits that each value still needs. */
  readonly #pending = new Map<ValueName, number>();
  /** Values that the feeds decide. */
  readonly #fed = new Set<ValueName>();
  /** Weights by the name under which the graph reads them. */
  readonly #replaced = new Map<ValueName, Tensor>();
  /** The name of a value in the changed model. */
  readonly #copyOf: (name: ValueName) => ValueName;
  #position = 0;
  /** `undefined`: the feeds themselves. */
  #kept: Kept | undefined;
  #chain: InferenceChain | undefined;
  #samples = 0;

  constructor(request: PairedRequest) {
    const graph = request.model.graph!;
    this.#request = request;
    const suffix = freeSuffix(graph);
    this.#copyOf = (name) => `${name}${suffix}`;
    this.#nodes = inTopologicalOrder(graph.nodes);
    const initializers = new Set(graph.initializers.map(({ name }) => name));
    for (const { name } of graph.inputs) if (name && !initializers.has(name)) this.#fed.add(name);
    this.#nodes.forEach((node, position) => {
      const isFed = namesReadBy(node).some((name) => this.#fed.has(name));
      for (const name of node.outputs) {
        this.#producers.set(name, position);
        if (isFed && name) this.#fed.add(name);
      }
    });
    for (const name of request.values) this.#pending.set(name, (this.#pending.get(name) ?? 0) + 1);
    const wanted = new Set(request.values);
    for (let position = this.#nodes.length - 1; position >= 0; position -= 1) {
      const node = this.#nodes[position]!;
      if (!node.outputs.some((name) => wanted.has(name))) continue;
      for (const name of namesReadBy(node)) {
        wanted.add(name);
        if (!this.#lastReaders.has(name)) this.#lastReaders.set(name, position);
      }
    }
  }

  /** True for a value that differs from sample to sample. */
  isFed(name: ValueName): boolean {
    return this.#fed.has(name);
  }

  /** Replaces a weight of the changed model from this call on. */
  replace(name: ValueName, tensor: Tensor): void {
    this.#replaced.set(name, tensor);
  }

  /**
   * Gives a value on every sample in turn. Values must be asked for in the order of the nodes that compute them, and weights
   * only be replaced that no node before reads. Rejects as `Inference.open` and its runs do.
   * @param runsAgain the node that computes the value is to run again for later ones, with a weight that is replaced then.
   */
  async visit(
    value: ValueName,
    visit: (pair: PairedValue, sample: number) => void | Promise<void>,
    runsAgain = false,
  ): Promise<void> {
    await this.visitTogether([value], (pairs, sample) => visit(pairs.get(value)!, sample), runsAgain);
  }

  /** Visits like `visit`, with several values of a sample at once. */
  async visitTogether(
    values: readonly ValueName[],
    visit: (pairs: ReadonlyMap<ValueName, PairedValue>, sample: number) => void | Promise<void>,
    runsAgain = false,
  ): Promise<void> {
    const next = values.map((name) => (this.#producers.get(name) ?? -1) + (runsAgain ? 0 : 1));
    const position = Math.max(this.#position, ...next);
    for (const name of values) this.#pending.set(name, (this.#pending.get(name) ?? 1) - 1);
    const live = this.#liveAt(position);
    const outputs = [...new Set([...live, ...values])];
    const { mostBytes = usualMostBytes } = this.#request;
    const before = this.#kept;
    let kept: Kept | undefined = new Map();
    let keptBytes = 0;
    let sample = 0;
    for await (const result of this.#runAll(outputs, values, () => (kept ? live : []))) {
      keptBytes += result.keptBytes;
      kept = kept && keptBytes <= mostBytes ? this.#typesOf(live, result.kept) : undefined;
      for (const found of result.values) await visit(this.#pairsOf(values, found), sample++);
    }
    this.#samples = sample;
    // Values that do not fit are computed again, from the last position at which they did.
    if (kept) [this.#kept, this.#position] = [kept, position];
    const needed = new Set(this.#kept?.keys());
    const dropped = [...new Set([...(before?.keys() ?? []), ...live])].filter((name) => !needed.has(name));
    await this.#chain?.forget(dropped.flatMap((name) => [name, this.#copyOf(name)]));
  }

  #pairsOf(names: readonly ValueName[], found: Feeds): ReadonlyMap<ValueName, PairedValue> {
    return new Map(
      names.map((name) => {
        const changed = ownValue(found, this.#copyOf(name));
        return [name, { original: ownValue(found, name)!, ...(changed && { changed }) }];
      }),
    );
  }

  /** Ends the sessions. */
  close(): void {
    this.#chain?.close();
    this.#chain = undefined;
  }

  /** Values that nodes from here on need and that nodes before compute. */
  #liveAt(position: number): ValueName[] {
    return [...this.#fed].filter((name) => {
      const isNeeded = (this.#pending.get(name) ?? 0) > 0 || (this.#lastReaders.get(name) ?? -1) >= position;
      return isNeeded && (this.#producers.get(name) ?? -1) < position;
    });
  }

  /**
   * Runs the nodes that compute `outputs`, many samples in a call. While the results of one call are visited, the next
   * call runs.
   */
  async *#runAll(
    outputs: readonly ValueName[],
    read: readonly ValueName[],
    keep: () => readonly ValueName[],
  ): AsyncIterable<ChainResult> {
    const chain = (this.#chain ??= this.#request.inference.openChain(this.#request.signal));
    let known: ReadonlySet<ValueName> = new Set();
    const withCopies = (names: readonly ValueName[]): ValueName[] =>
      names.flatMap((name) => [name, this.#copyOf(name)]).filter((name) => known.has(name));
    const run = async (first: number, feeds: readonly Feeds[]): Promise<ChainResult> =>
      chain.run({ first, feeds, read: withCopies(read), keep: withCopies(keep()) });
    let running: Promise<ChainResult> | undefined;
    let first = 0;
    let samplesOfRun = 1;
    for await (const feeds of this.#batches(() => samplesOfRun)) {
      if (first === 0) known = await this.#load(chain, outputs, feeds[0]!);
      const next = run(first, feeds);
      // The caller that awaits the result receives the error.
      next.catch(() => undefined);
      first += feeds.length;
      if (running) {
        yield await running;
      } else {
        const { values, keptBytes } = await next;
        samplesOfRun = samplesThatFit(keptBytes + sizeOf(values));
      }
      running = next;
    }
    if (running) yield await running;
  }

  /** Returns the names of all that is then kept, fed or computed. */
  async #load(chain: InferenceChain, outputs: readonly ValueName[], feeds: Feeds): Promise<ReadonlySet<ValueName>> {
    const { model, changedAlone } = this.#request;
    const kept: Kept =
      this.#kept ??
      new Map(
        Object.entries(feeds).map(([name, { dtype, dims }]) => [name, { dtype, rank: dims.length, hasCopy: false }]),
      );
    const missing = outputs.filter((name) => !kept.has(name));
    const own = new Set([...kept].flatMap(([name, { hasCopy }]) => (hasCopy ? [name] : [])));
    const known = [...kept.keys(), ...Array.from(own, this.#copyOf)];
    if (missing.length === 0) return new Set(known);
    // A model whose inputs became float16 still gets the floats of the original. The session converts them.
    const types = new Map(model.graph!.inputs.map(({ name, type }) => [name, type]));
    const given = [...kept].map(([name, found]) => valueInfoOf(name, found, types.get(name)));
    const part = { given, outputs: missing };
    const loaded = changedAlone
      ? modelPart(replaceConstants(model, this.#replaced), part)
      : pairedPart(model, part, this.#replaced, own, this.#copyOf);
    const computed = loaded.graph!.outputs.map(({ name }) => name!);
    await chain.load(loaded, computed);
    return new Set([...known, ...computed]);
  }

  /** `undefined` if one of them is no tensor, which a chain cannot keep. */
  #typesOf(names: readonly ValueName[], types: ReadonlyMap<ValueName, KeptType>): Kept | undefined {
    if (!names.every((name) => types.has(name))) return undefined;
    return new Map(names.map((name) => [name, { ...types.get(name)!, hasCopy: types.has(this.#copyOf(name)) }]));
  }

  /** Feeds of the samples, as many at once as are asked for; of none if values are kept. */
  async *#batches(size: () => number): AsyncIterable<readonly Feeds[]> {
    if (this.#kept) {
      for (let first = 0, count = 0; first < this.#samples; first += count) {
        count = Math.min(size(), this.#samples - first);
        yield Array.from({ length: count }, () => ({}));
      }
      return;
    }
    let batch: Feeds[] = [];
    for await (const feeds of this.#request.feeds()) {
      batch.push(feeds);
      if (batch.length < size()) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }
}

function samplesThatFit(bytesOfSample: number): number {
  return Math.max(1, Math.min(mostSamplesOfRun, Math.floor(mostBytesOfRun / Math.max(1, bytesOfSample))));
}

/** Shapes may differ from sample to sample: only the type and the rank are stated. */
function valueInfoOf(name: ValueName, { dtype, rank }: KeptType, input: ValueInfo['type']): ValueInfo {
  const dimensions = Array.from({ length: rank }, () => ({}));
  const elementType = input?.kind === 'tensor' ? input.elementType : DataType[dtype as DataTypeName];
  return { name, type: { kind: 'tensor', elementType, shape: { dimensions } } };
}

function sizeOf(values: readonly Feeds[]): number {
  return values.flatMap((feeds) => Object.values(feeds)).reduce((bytes, tensor) => bytes + bytesOf(tensor), 0);
}

function bytesOf({ data }: FeedTensor): number {
  return 'byteLength' in data ? data.byteLength : data.length * 16;
}
