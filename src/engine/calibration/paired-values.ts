/**
 * Values of a model on each calibration sample, and of the same model with some weights replaced, layer after layer: each part
 * of both is run once. Between two layers the values that later ones need are kept, within a bound of memory.
 */
import type { Feeds, FeedTensor } from '../data/feeds';
import type { Inference } from '../inference';
import { DataType, type DataTypeName } from '../onnx/data-type';
import type { Model, Node, Tensor, ValueInfo, ValueName } from '../onnx/graph';
import { modelPart, pairedPart } from '../onnx/model-part';
import { namesReadBy } from '../onnx/subgraphs';
import { inTopologicalOrder } from '../onnx/topological-order';
import { ownValue } from '../own-value';

/** A value of one sample, in both models. */
export interface PairedValue {
  readonly original: FeedTensor;
  /** Absent where the replaced weights do not change it. */
  readonly changed?: FeedTensor;
}

export interface PairedRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  readonly model: Model;
  /** Values to be visited, of the model's own graph; later ones need what earlier ones are computed from. */
  readonly values: readonly ValueName[];
  feeds(): AsyncIterable<Feeds>;
  /** Runs the changed model only, which may have other initializers but no other Constant nodes: values are `original`. */
  readonly changedAlone?: boolean;
  /** Bytes of values that are kept between two layers. */
  readonly mostBytes?: number;
}

type Kept = ReadonlyMap<ValueName, PairedValue>;

const usualMostBytes = 256 * 2 ** 20;

export class PairedValues {
  readonly #request: PairedRequest;
  readonly #nodes: readonly Node[];
  readonly #producers = new Map<ValueName, number>();
  /** Position of the last node that needs a value, for what is to be visited. */
  readonly #lastReaders = new Map<ValueName, number>();
  /** Values that are still to be visited. */
  readonly #pending: Set<ValueName>;
  /** Values that the feeds decide. */
  readonly #fed = new Set<ValueName>();
  /** Weights by the name under which the graph reads them. */
  readonly #replaced = new Map<ValueName, Tensor>();
  #position = 0;
  /** `undefined`: the feeds themselves. */
  #kept: readonly Kept[] | undefined;

  constructor(request: PairedRequest) {
    const graph = request.model.graph!;
    this.#request = request;
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
    this.#pending = new Set(request.values);
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

  /** From now on, the changed model reads this weight. */
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
    const position = Math.max(this.#position, (this.#producers.get(value) ?? -1) + (runsAgain ? 0 : 1));
    this.#pending.delete(value);
    const live = this.#liveAt(position);
    const outputs = live.includes(value) ? live : [...live, value];
    const next: Kept[] = [];
    const { mostBytes = usualMostBytes } = this.#request;
    let keptBytes = 0;
    let sample = 0;
    for await (const found of this.#runAll(outputs)) {
      await visit(found.get(value)!, sample);
      const kept = new Map(live.map((name) => [name, found.get(name)!]));
      keptBytes += sizeOf(kept);
      // What does not fit is computed again, from the last place where it did.
      if (keptBytes <= mostBytes) next.push(kept);
      else next.length = 0;
      sample++;
    }
    if (keptBytes > mostBytes) return;
    this.#kept = next;
    this.#position = position;
  }

  /** Values that nodes from here on need and that nodes before compute. */
  #liveAt(position: number): ValueName[] {
    return [...this.#fed].filter((name) => {
      const isNeeded = this.#pending.has(name) || (this.#lastReaders.get(name) ?? -1) >= position;
      return isNeeded && (this.#producers.get(name) ?? -1) < position;
    });
  }

  async *#runAll(outputs: readonly ValueName[]): AsyncIterable<Kept> {
    const { signal, inference, model, changedAlone } = this.#request;
    let session: Awaited<ReturnType<Inference['open']>> | undefined;
    let copies: ReadonlyMap<ValueName, ValueName> = new Map();
    try {
      for await (const kept of this.#samples()) {
        const missing = outputs.filter((name) => !kept.has(name));
        if (missing.length > 0 && session === undefined) {
          const own = new Set([...kept].flatMap(([name, { changed }]) => (changed ? [name] : [])));
          const part = { given: [...kept].map(valueInfoOf), outputs: missing };
          const paired = changedAlone
            ? { model: modelPart(this.#changedModel(), part), copies }
            : pairedPart(model, part, this.#replaced, own);
          ({ copies } = paired);
          const names = paired.model.graph!.outputs.map(({ name }) => name!);
          session = await inference.open(signal, paired.model, { outputs: names });
        }
        const found = await session?.run(feedsOf(kept, copies));
        yield new Map(
          outputs.map((name): [ValueName, PairedValue] => {
            const known = kept.get(name);
            if (known) return [name, known];
            const copy = ownValue(found!, copies.get(name) ?? '');
            return [name, { original: ownValue(found!, name)!, ...(copy && { changed: copy }) }];
          }),
        );
      }
    } finally {
      session?.close();
    }
  }

  #changedModel(): Model {
    const { model } = this.#request;
    const graph = model.graph!;
    const initializers = graph.initializers.map((tensor) => this.#replaced.get(tensor.name ?? '') ?? tensor);
    return { ...model, graph: { ...graph, initializers } };
  }

  async *#samples(): AsyncIterable<Kept> {
    if (this.#kept) {
      yield* this.#kept;
      return;
    }
    for await (const feeds of this.#request.feeds()) {
      yield new Map(Object.entries(feeds).map(([name, original]) => [name, { original }]));
    }
  }
}

function feedsOf(kept: Kept, copies: ReadonlyMap<ValueName, ValueName>): Feeds {
  return Object.fromEntries(
    [...kept].flatMap(([name, { original, changed }]) => [
      [name, original] as const,
      ...(changed ? [[copies.get(name)!, changed] as const] : []),
    ]),
  );
}

/** Shapes may differ from sample to sample: only the type and the rank are stated. */
function valueInfoOf([name, { original }]: readonly [ValueName, PairedValue]): ValueInfo {
  const elementType = DataType[original.dtype as DataTypeName];
  const dimensions = original.dims.map(() => ({}));
  return { name, type: { kind: 'tensor', elementType, shape: { dimensions } } };
}

function sizeOf(kept: Kept): number {
  let bytes = 0;
  for (const { original, changed } of kept.values()) bytes += bytesOf(original) + (changed ? bytesOf(changed) : 0);
  return bytes;
}

function bytesOf({ data }: FeedTensor): number {
  return 'byteLength' in data ? data.byteLength : data.length * 16;
}
