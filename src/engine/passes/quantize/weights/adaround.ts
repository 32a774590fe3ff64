/** AdaRound (Nagel et al. 2020) of a weight in blocks. */
import type { Checkpoint } from '../../../linear-algebra/row-products';
import { learnRounding } from '../learn-rounding';
import type { LayerInput } from './layer-input';
import { blockColumns, type QuantizedMatrix, type WeightGrid } from './weight-grid';

/** An `InputRounder` that learns which of its two neighbors each number becomes. */
export async function roundByAdaRound(
  target: Float64Array,
  grid: WeightGrid,
  input: LayerInput,
  checkpoint: Checkpoint,
): Promise<QuantizedMatrix> {
  const { rows, columns, blocks, scales, zeroPoints } = grid;
  const width = blockColumns(grid);
  const steps = new Float64Array(target.length);
  const places = target.map((value, at) => {
    const block = Math.floor(at / columns) * blocks + Math.floor((at % columns) / width);
    steps[at] = scales[block]!;
    return value / scales[block]! + zeroPoints[block]!;
  });
  const given = { rows, columns, places, steps, lowest: 0, highest: 2 ** grid.bits - 1 };
  return { grid, codes: Uint8Array.from(await learnRounding(given, input.covariance, checkpoint)) };
}
