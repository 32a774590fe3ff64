import { givenTo } from '../../node-names';
import { smallEndsShare, type WeightsOptions } from './weights-options';
import type { WeightBits } from './weight-grid';
import type { WeightLayer } from './weight-layers';

/**
 * The bits of each layer: those of the options, 8 for small ends unless they are to be as the others. In few bits the ends cost the most
 * accuracy for their bytes (seven networks at 4 bits: half of the KL of the whole, or less).
 */
export function chooseBits(
  layers: readonly WeightLayer[],
  { bits, bitsByLayer, keepEnds }: Pick<WeightsOptions, 'bits' | 'bitsByLayer' | 'keepEnds'>,
): ReadonlyMap<WeightLayer, WeightBits> {
  const ends = bits === '8' || !keepEnds ? [] : smallEnds(layers.filter(({ op }) => op !== 'Gather'));
  return new Map(
    layers.map((layer) => {
      const own = givenTo(layer.visit, bitsByLayer) ?? (ends.includes(layer) ? 8 : Number(bits));
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
  const elements = ({ shape }: WeightLayer): number => shape.rows * shape.columns;
  const most = smallEndsShare * layers.reduce((sum, layer) => sum + elements(layer), 0);
  const ends = [...new Set([layers.at(0), layers.at(-1)])].filter((layer) => layer !== undefined);
  const smallFirst = ends.toSorted((a, b) => elements(a) - elements(b));
  let sum = 0;
  return smallFirst.filter((layer) => (sum += elements(layer)) <= most);
}
