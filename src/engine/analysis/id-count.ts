/** Counts the ids that a model knows: tokens or categories. */
import type { ScannedNodes } from '../onnx/codec/scan-nodes';
import type { ValueName } from '../onnx/graph';

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

/**
 * Returns the number of rows of the smallest table from which the numbers of an input choose rows directly, by Gather
 * along the first axis. Each number must be less. `undefined` if they choose no rows, or if a table is not constant.
 */
export function idCount(outline: ScannedNodes, input: ValueName): number | undefined {
  const names = new Set([input]);
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
function rowsOf({ firstSizes, nodes }: ScannedNodes, name: ValueName, reader: string): number | undefined {
  const between = reader === 'GatherBlockQuantized' ? 'Reshape' : 'DequantizeLinear';
  const stored = nodes.find(({ opType, outputs }) => opType === between && outputs.includes(name))?.inputs[0];
  return firstSizes.get(stored ?? name);
}
