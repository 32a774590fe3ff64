/** The outcome for each layer, as a table. */
import { formatNodePath } from '../../../format';
import type { HistogramDetail, PassDetails, TableDetail } from '../../pass-details';
import type { QuantizedLayer } from './quantize-layers';
import type { LayerMethod } from './weights-options';

/** The rounding method, as the end of a sentence. */
export const methodNames: Readonly<Record<LayerMethod, string>> = {
  gptq: 'rounded by GPTQ',
  adaround: 'rounded by AdaRound',
  rtn: 'rounded to nearest',
  squant: 'rounded by SQuant',
  mse: 'in the range of least squared error',
  'k-quant': 'rounded by k-quant',
};

export const shortNames: Readonly<Record<LayerMethod, string>> = {
  gptq: 'GPTQ',
  adaround: 'AdaRound',
  rtn: 'to nearest',
  squant: 'SQuant',
  mse: 'least squared error',
  'k-quant': 'k-quant',
};

/** All layers in a table, and the weights of the one that changed the most. */
export function quantizedLayersDetails(layers: readonly QuantizedLayer[]): PassDetails {
  const worst = layers.reduce((most, layer) =>
    layer.comparison.relativeError > most.comparison.relativeError ? layer : most,
  );
  return {
    layers: layersTable(layers),
    weightsBefore: histogramOf(worst, 'before'),
    weightsAfter: histogramOf(worst, 'after'),
  };
}

function layersTable(layers: readonly QuantizedLayer[]): TableDetail {
  return {
    kind: 'table',
    title: 'Quantized layers',
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'Weights', unit: 'count' },
      { label: 'Bits', unit: 'count' },
      { label: 'Rounding', unit: 'text' },
      { label: 'Weight error', unit: 'decibels' },
      { label: 'Output error', unit: 'decibels' },
    ],
    rows: layers.map(({ planned, method, relativeError, comparison }) => [
      planned.layer.visit.path,
      planned.layer.shape.rows * planned.layer.shape.columns,
      planned.grid.bits,
      shortNames[method],
      inDecibels(comparison.relativeError),
      inDecibels(relativeError),
    ]),
  };
}

function inDecibels(share: number | null): number | null {
  return share === null || share === 0 ? null : 10 * Math.log10(share);
}

function histogramOf({ planned, comparison }: QuantizedLayer, when: 'before' | 'after'): HistogramDetail {
  return {
    kind: 'histogram',
    title: `Weights of ${formatNodePath(planned.layer.visit.path)} ${when}`,
    x: { label: 'Weight', unit: 'number' },
    edges: comparison.edges,
    counts: comparison[when],
  };
}
