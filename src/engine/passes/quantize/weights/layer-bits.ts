import { namesOfNode } from '../../node-names';
import type { WeightLayer } from './weight-layers';
import type { WeightsOptions } from './weights-options';

/** The first and the last layer keep 8 bits where they hold no more of the weights than this, together or the smaller alone. */
const smallShare = 0.15;

/**
 * The bits of each layer: those of the options, 8 for small ends. At 4 bits the ends cost the most accuracy for their bytes
 * (seven networks: half of the KL of the whole, or less).
 */
export function chooseBits(
  layers: readonly WeightLayer[],
  { bits, bitsByLayer }: Pick<WeightsOptions, 'bits' | 'bitsByLayer'>,
): ReadonlyMap<WeightLayer, 4 | 8> {
  const ends = bits === '4' ? smallEnds(layers.filter(({ op }) => op !== 'Gather')) : [];
  const named = new Map(Object.entries(bitsByLayer));
  return new Map(
    layers.map((layer) => {
      const own = namesOfNode(layer.visit)
        .map((name) => named.get(name))
        .find((given) => given !== undefined);
      if (own !== undefined) return [layer, own > 4 ? 8 : 4];
      return [layer, bits === '8' || ends.includes(layer) ? 8 : 4];
    }),
  );
}

function smallEnds(layers: readonly WeightLayer[]): readonly WeightLayer[] {
  const elements = ({ shape }: WeightLayer): number => shape.rows * shape.columns;
  const most = smallShare * layers.reduce((sum, layer) => sum + elements(layer), 0);
  const ends = [...new Set([layers.at(0), layers.at(-1)])].filter((layer) => layer !== undefined);
  const smallFirst = ends.toSorted((a, b) => elements(a) - elements(b));
  let sum = 0;
  return smallFirst.filter((layer) => (sum += elements(layer)) <= most);
}
