/** Finds the factor by which a model itself scales an input before anything else. */
import { tensorOfConstant } from '../onnx/constant-node';
import type { Graph, Model, Node, Tensor } from '../onnx/graph';
import { tensorContent } from '../onnx/ops/tensor-content';
import { isDefaultDomain } from '../onnx/traverse';

/** Operators that change neither the range of values nor which values there are. */
const rangeKeeping = new Set([
  'Add',
  'Cast',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Sub',
  'Transpose',
  'Unsqueeze',
]);

/** The most nodes that are followed. Normalization is at the very beginning and takes no more of them. */
const mostSteps = 8;

/**
 * Returns the factor that a model multiplies an input with before its first layer, the largest magnitude of all
 * channels. It is 1/255 if the model takes pixels of 0 to 255 and scales them itself. `undefined` if it has no such
 * constant.
 */
export function inputScale(graph: Graph, input: string): number | undefined {
  let name = input;
  let scale: number | undefined;
  for (let step = 0; step < mostSteps; step++) {
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name));
    const [node] = readers;
    if (readers.length !== 1 || node === undefined || !isDefaultDomain(node.domain)) break;
    const factor = factorOf(graph, node, name);
    if (factor === undefined) break;
    if (factor !== 1) scale = (scale ?? 1) * factor;
    name = node.outputs[0] ?? '';
  }
  // Zeros, and integers beyond 53 bits, leave no range to speak of.
  return scale !== undefined && scale > 0 && Number.isFinite(scale) ? scale : undefined;
}

/** Start of the key under which the metadata of a model states the factor of an input, followed by the input's name. */
const keyStart = 'pareto.input_scale.';

/** The factor that an input is multiplied with, as the metadata of the model states it; as the graph shows it where not. */
export function statedInputScale(model: Model, input: string): number | undefined {
  const stated = Number(model.metadata.find(({ key }) => key === keyStart + input)?.value ?? Number.NaN);
  if (Number.isFinite(stated)) return stated;
  return model.graph && inputScale(model.graph, input);
}

/**
 * Returns the rewritten model and stores in its metadata the input factors that became part of weights. Otherwise the
 * input would be misread when the file is opened alone.
 */
export function keepInputScales(original: Model, rewritten: Model): Model {
  const lost = (rewritten.graph?.inputs ?? []).flatMap(({ name = '' }) => {
    const scale = statedInputScale(original, name);
    return scale === undefined || scale === statedInputScale(rewritten, name) ? [] : [{ key: keyStart + name, scale }];
  });
  if (lost.length === 0) return rewritten;
  const entries = lost.map(({ key, scale }) => ({ key, value: String(scale) }));
  const others = rewritten.metadata.filter(({ key }) => !lost.some((entry) => entry.key === key));
  return { ...rewritten, metadata: [...others, ...entries] };
}

/** Returns the factor that a node multiplies the value by; `undefined` if it does something else. */
function factorOf(graph: Graph, node: Node, name: string): number | undefined {
  if (rangeKeeping.has(node.opType ?? '')) return 1;
  const isDivision = node.opType === 'Div' && node.inputs[0] === name;
  if (node.opType !== 'Mul' && !isDivision) return undefined;
  const other = node.inputs.find((candidate) => candidate !== name);
  const tensor = other === undefined ? undefined : constantOf(graph, other);
  const content = tensor && tensorContent(tensor);
  const sizes = content?.filter((value) => typeof value === 'number').map(Math.abs);
  if (sizes === undefined || sizes.length === 0 || sizes.length !== content?.length) return undefined;
  return isDivision ? 1 / Math.min(...sizes) : Math.max(...sizes);
}

/** Looked for among all: most inputs ask for none, so an index would cost more than it saves. */
function constantOf(graph: Graph, name: string): Tensor | undefined {
  const initializer = graph.initializers.find((tensor) => tensor.name === name);
  if (initializer !== undefined) return initializer;
  const producer = graph.nodes.find(({ outputs }) => outputs.includes(name));
  return producer && tensorOfConstant(producer);
}
