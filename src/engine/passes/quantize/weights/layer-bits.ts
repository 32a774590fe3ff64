import { givenTo } from '../../node-names';
import { smallEndsShare, smallLayersShare, type WeightsOptions } from './weights-options';
import type { WeightBits } from './weight-grid';
import type { WeightLayer } from './weight-layers';

/**
 * The bits of each layer: those of the options, 8 for small ends and the smallest layers unless they are to be as the
 * others. These layers cost the most accuracy for their bytes at 4 bits or fewer. At 4 bits, the ends of seven networks cost
 * up to half of the KL divergence. The smallest layers of convolutional networks cost a third to seven tenths of it,
 * for 2 to 4 % of the file (docs/design/quantization.md).
 */
export function chooseBits(
  layers: readonly WeightLayer[],
  { bits, bitsByLayer, keepEnds }: Pick<WeightsOptions, 'bits' | 'bitsByLayer' | 'keepEnds'>,
): ReadonlyMap<WeightLayer, WeightBits> {
  const multiplying = layers.filter(({ op }) => op !== 'Gather');
  const raised = new Set(bits === '8' || !keepEnds ? [] : [...smallEnds(multiplying), ...smallest(multiplying)]);
  return new Map(
    layers.map((layer) => {
      const own = givenTo(layer.visit, bitsByLayer) ?? (raised.has(layer) ? 8 : Number(bits));
      return [layer, own as WeightBits];
    }),
  );
}

/** The weights that share a scale in each layer: those of the options, 0 for a channel. */
export function chooseBlockSizes(
  layers: readonly WeightLayer[],
  { blockSize, blockSizeByLayer }: Pick<WeightsOptions, 'blockSize' | 'blockSizeByLayer'>,
): ReadonlyMap<WeightLayer, number> {
  return new Map(layers.map((layer) => [layer, givenTo(layer.visit, blockSizeByLayer) ?? Number(blockSize)]));
}

function smallEnds(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const most = smallEndsShare * elementsOf(layers);
  const ends = [...new Set([layers.at(0), layers.at(-1)])].filter((layer) => layer !== undefined);
  const smallFirst = ends.toSorted((a, b) => elements(a) - elements(b));
  let sum = 0;
  return smallFirst.filter((layer) => (sum += elements(layer)) <= most);
}

/** Layers of the same size stay or go together: of the many alike of a transformer, a few would be raised for nothing. */
function smallest(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const most = smallLayersShare * elementsOf(layers);
  let raised: readonly WeightLayer[] = [];
  for (const size of [...new Set(layers.map(elements))].toSorted((a, b) => a - b)) {
    const upToSize = layers.filter((layer) => elements(layer) <= size);
    if (elementsOf(upToSize) > most) break;
    raised = upToSize;
  }
  return raised;
}

function elementsOf(layers: readonly WeightLayer[]): number {
  return layers.reduce((sum, layer) => sum + elements(layer), 0);
}

function elements({ shape }: WeightLayer): number {
  return shape.rows * shape.columns;
}
