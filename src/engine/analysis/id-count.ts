/** Counts the ids that a model knows: tokens or categories. */
import type { InputDescription } from '../data/feeds';
import type { ScannedNodes } from '../onnx/codec/scan-nodes';
import type { Model, ValueName } from '../onnx/graph';
import { getAttributeInt, nodes } from '../onnx/traverse';

/** Operators whose output holds numbers of their first input, and no others. */
const keeping = new Set([
  'Cast',
  'Flatten',
  'Gather',
  'Identity',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

type Outline = Pick<ScannedNodes, 'nodes' | 'firstSizes'>;

/** What `scanNodes` reads of a file, of a model that is decoded. */
export function outlineOf(model: Model): Outline {
  return {
    nodes: [...nodes(model)].map(({ node }) => ({
      ...{ opType: node.opType ?? '', inputs: node.inputs, outputs: node.outputs },
      axis: getAttributeInt(node, 'axis') ?? getAttributeInt(node, 'gather_axis') ?? 0,
    })),
    firstSizes: new Map(model.graph?.initializers.map(({ name = '', dims }) => [name, Number(dims[0] ?? 0)])),
  };
}

/** True for types of integers. */
export const holdsIds = (dtype: string): boolean => /^u?int/.test(dtype);

/**
 * Returns the number of rows of the smallest table from which the numbers of an input choose rows directly, by Gather
 * along the first axis. Each number must be less. `undefined` if they choose no rows, or if a table is not constant.
 */
export function idCount(
  outline: Outline,
  { name, dtype }: Pick<InputDescription, 'name' | 'dtype'>,
): number | undefined {
  if (!holdsIds(dtype)) return undefined;
  const names = new Set([name]);
  let least: number | undefined;
  // Nodes are in the order in which they run.
  for (const { opType, inputs, outputs, axis } of outline.nodes) {
    const [first = '', second = ''] = inputs;
    if (keeping.has(opType) && names.has(first)) for (const output of outputs) names.add(output);
    if ((opType !== 'Gather' && opType !== 'GatherBlockQuantized') || axis !== 0 || !names.has(second)) continue;
    const rows = rowsOf(outline, first, opType);
    if (rows !== undefined && rows > 0) least = Math.min(least ?? rows, rows);
  }
  return least;
}

/**
 * Returns the rows of a table, also of one that is stored as integers. A table that a product shares is reshaped from blocks for
 * GatherBlockQuantized, and keeps its rows. Other reshaped tables may have other rows than they are stored with.
 */
function rowsOf({ firstSizes, nodes: all }: Outline, name: ValueName, reader: string): number | undefined {
  const between = reader === 'GatherBlockQuantized' ? 'Reshape' : 'DequantizeLinear';
  const stored = all.find(({ opType, outputs }) => opType === between && outputs.includes(name))?.inputs[0];
  return firstSizes.get(stored ?? name);
}
