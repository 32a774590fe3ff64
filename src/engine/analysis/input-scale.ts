/** What a model itself does to the range of an input before anything else. */
import type { Graph, Node } from '../onnx/graph';
import { tensorContent } from '../onnx/ops/tensor-content';
import { getAttribute, isDefaultDomain } from '../onnx/traverse';

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

/** Normalization stands at the very beginning; nobody scales an input in more steps. */
const mostSteps = 8;

/**
 * The factor that a model multiplies an input with before its first layer, the largest of all channels in size: 1/255 where
 * it takes pixels of 0 to 255 and scales them itself. `undefined` where it does nothing of the kind with constants.
 */
export function inputScale(graph: Graph, input: string): number | undefined {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  for (const node of graph.nodes) {
    const tensor = node.opType === 'Constant' ? getAttribute(node, 'value')?.t : undefined;
    if (tensor) constants.set(node.outputs[0], tensor);
  }
  let name = input;
  let scale: number | undefined;
  for (let step = 0; step < mostSteps; step++) {
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name));
    const [node] = readers;
    if (readers.length !== 1 || node === undefined || !isDefaultDomain(node.domain)) break;
    const factor = factorOf(node, name, (other) => {
      const tensor = constants.get(other);
      return tensor && tensorContent(tensor);
    });
    if (factor === undefined) break;
    if (factor !== 1) scale = (scale ?? 1) * factor;
    name = node.outputs[0] ?? '';
  }
  return scale;
}

/** What a node multiplies the value with; `undefined` when it does something else. */
function factorOf(
  node: Node,
  name: string,
  contentOf: (name: string) => readonly unknown[] | undefined,
): number | undefined {
  if (rangeKeeping.has(node.opType ?? '')) return 1;
  const isDivision = node.opType === 'Div' && node.inputs[0] === name;
  if (node.opType !== 'Mul' && !isDivision) return undefined;
  const other = node.inputs.find((candidate) => candidate !== name);
  const content = other === undefined ? undefined : contentOf(other);
  const sizes = content?.filter((value) => typeof value === 'number').map(Math.abs);
  if (sizes === undefined || sizes.length === 0 || sizes.length !== content?.length) return undefined;
  return isDivision ? 1 / Math.min(...sizes) : Math.max(...sizes);
}
