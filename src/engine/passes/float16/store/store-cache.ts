/** The cache of a decoder in float16, with a Cast where the model reads it and where it continues it. */
import { declaredOutputs, inspectInputs } from '../../../analysis/inspect';
import { continuedCaches } from '../../../data/decoder/decoder-wiring';
import { formatCounted } from '../../../format';
import { DataType } from '../../../onnx/data-type';
import { ModelEditor } from '../../../onnx/edit';
import { inferElementTypes, type ElementTypes } from '../../../onnx/element-types';
import type { Graph, Model, Node, ValueInfo, ValueName } from '../../../onnx/graph';
import { renameValues } from '../../../onnx/rename-values';
import { namesReadBy } from '../../../onnx/subgraphs';
import { getAttributeInt, isDefaultDomain, producersIn } from '../../../onnx/traverse';
import { refuseWhole, type PassOutcome } from '../../pass';
import { castNode } from '../../../onnx/create-node';

/**
 * Turns each float32 cache and the output that continues it into float16. The model computes in the type that it had
 * before. A model without such a cache stays as it is, and a refusal says so.
 */
export function storeCache(model: Model): PassOutcome {
  const graph = model.graph!;
  const inputs = inspectInputs(model);
  const floats = new Set(inputs.flatMap(({ name, dtype }) => (dtype === 'float32' ? name : [])));
  const producers = producersIn(graph.nodes);
  const caches = [...continuedCaches({ inputs, outputs: declaredOutputs(model) })].filter(
    ([input, output]) => floats.has(input) && producers.has(output),
  );
  if (caches.length === 0) {
    const reason = 'It has no float32 cache of earlier tokens that an output continues.';
    return { model, changes: [], refusals: [refuseWhole('no-cache', reason)] };
  }
  return {
    model: { ...model, graph: new CacheRewriter(model, caches).rewrite() },
    changes: caches.map(([input, output]) => ({
      path: 'graph',
      op: 'Input',
      what: `“${input}” and “${output}” are float16`,
    })),
    refusals: [],
    sentence: `${formatCounted(caches.length, 'cache')} of earlier tokens in float16, half of the memory.`,
  };
}

class CacheRewriter {
  readonly #graph: Graph;
  readonly #types: ElementTypes;
  readonly #producers: ReadonlyMap<ValueName, Node>;
  readonly #inputs: ReadonlySet<ValueName>;
  readonly #outputs: ReadonlySet<ValueName>;
  readonly #graphOutputs: ReadonlySet<ValueName | undefined>;
  readonly #read: ReadonlySet<ValueName>;
  /** Names of values that nodes read and compute, by those before. */
  readonly #renamed = new Map<ValueName, ValueName>();
  /** Casts that float16 caches make needless. */
  readonly #removed = new Set<Node>();
  /** Outputs that are computed in float16 already. */
  readonly #direct = new Set<ValueName>();

  constructor(model: Model, caches: readonly (readonly [input: ValueName, output: ValueName])[]) {
    this.#graph = model.graph!;
    this.#types = inferElementTypes(model);
    this.#producers = producersIn(this.#graph.nodes);
    this.#inputs = new Set(caches.map(([input]) => input));
    this.#outputs = new Set(caches.map(([, output]) => output));
    this.#graphOutputs = new Set(this.#graph.outputs.map(({ name }) => name));
    this.#read = new Set(this.#graph.nodes.flatMap(namesReadBy));
    const { graph } = new ModelEditor(model);
    for (const name of [...this.#inputs, ...this.#outputs]) {
      this.#renamed.set(name, graph.freshValueName(`${name}_float32`));
    }
  }

  rewrite(): Graph {
    const graph = this.#graph;
    for (const node of graph.nodes) if (node.opType === 'Cast' && isDefaultDomain(node.domain)) this.#shorten(node);
    const nodes = graph.nodes.flatMap((node) => (this.#removed.has(node) ? [] : renameValues(node, this.#renamed)));
    const read = new Set(nodes.flatMap(namesReadBy));
    const floatOf = (name: ValueName): ValueName => this.#renamed.get(name)!;
    const before = [...this.#inputs].filter((name) => read.has(floatOf(name)));
    const after = [...this.#outputs].filter((name) => !this.#direct.has(name));
    return {
      ...graph,
      nodes: [
        ...before.map((name) => castNode('', name, floatOf(name))),
        ...nodes,
        ...after.map((name) => castNode('', floatOf(name), name, DataType.float16)),
      ],
      inputs: graph.inputs.map((info) => asHalf(info, this.#inputs)),
      outputs: graph.outputs.map((info) => asHalf(info, this.#outputs)),
      valueInfos: graph.valueInfos.filter(({ name = '' }) => !this.#renamed.has(name)),
    };
  }

  /** Removes a Cast between a cache and a float16 value, as `convert-float16` writes it. */
  #shorten(node: Node): void {
    const [from = ''] = node.inputs;
    const [to = ''] = node.outputs;
    const isHalf = getAttributeInt(node, 'to') === DataType.float16;
    if (this.#inputs.has(from) && isHalf && !this.#graphOutputs.has(to)) {
      this.#renamed.set(to, from);
      this.#removed.add(node);
      return;
    }
    const isOwn = this.#producers.has(from) && !this.#graphOutputs.has(from) && !this.#renamed.has(from);
    if (!this.#outputs.has(to) || this.#read.has(to) || !isOwn) return;
    if (this.#types.get(this.#graph, from) !== DataType.float16) return;
    this.#renamed.set(from, to);
    this.#direct.add(to);
    this.#removed.add(node);
  }
}

function asHalf(info: ValueInfo, names: ReadonlySet<ValueName>): ValueInfo {
  if (!names.has(info.name ?? '') || !info.type) return info;
  return { ...info, type: { ...info.type, elementType: DataType.float16 } };
}
