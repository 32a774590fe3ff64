/** Layer normalization that is written as means and a root, next to float32 nodes. */
import type { Model, Node, ValueName } from '../../../onnx/graph';
import { producersIn, scopes } from '../../../onnx/traverse';

/**
 * Returns the nodes of each written-out layer normalization with a float32 input, from the first mean to the product
 * with its scale. ONNX Runtime (1.30 for the web, 1.32 for the CPU) fuses them with the Cast before into a
 * LayerNormalization of two types. Then it refuses the model.
 * @param isFloat32 whether a value of the main graph or of a body is still float32 after the conversion.
 */
export function normalizationsOfFloat32(
  model: Model,
  isFloat32: (name: ValueName, producer: Node | undefined, isMain: boolean) => boolean,
): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const scope of scopes(model)) {
    const producers = producersIn(scope.nodes);
    for (const division of scope.nodes) {
      if (division.opType !== 'Div') continue;
      const parts = partsOf(division, (name) => producers.get(name ?? ''));
      if (parts === undefined) continue;
      const { source, nodes } = parts;
      if (!isFloat32(source, producers.get(source), scope.parent === undefined)) continue;
      const scalings = scope.nodes.filter(
        ({ opType, inputs }) => opType === 'Mul' && inputs.includes(division.outputs[0]!),
      );
      for (const node of [...nodes, ...scalings]) found.add(node);
    }
  }
  return found;
}

type Producer = (name: ValueName | undefined) => Node | undefined;

/** (x − mean(x)) ÷ √(mean((x − mean(x))²) + epsilon) */
function partsOf(
  division: Node,
  producerOf: Producer,
): { readonly source: ValueName; readonly nodes: readonly Node[] } | undefined {
  const from = (name: ValueName | undefined, ...operators: readonly string[]): Node | undefined => {
    const node = producerOf(name);
    return operators.includes(node?.opType ?? '') ? node : undefined;
  };
  const difference = from(division.inputs[0], 'Sub');
  const mean = from(difference?.inputs[1], 'ReduceMean');
  const root = from(division.inputs[1], 'Sqrt');
  const sum = from(root?.inputs[0], 'Add');
  const variance = from(sum?.inputs[0], 'ReduceMean') ?? from(sum?.inputs[1], 'ReduceMean');
  const square = from(variance?.inputs[0], 'Pow', 'Mul');
  if (!difference || !mean || !root || !sum || !variance || !square) return undefined;
  const source = difference.inputs[0]!;
  const isCentered = mean.inputs[0] === source && square.inputs[0] === division.inputs[0];
  return isCentered ? { source, nodes: [mean, difference, square, variance, sum, root, division] } : undefined;
}
