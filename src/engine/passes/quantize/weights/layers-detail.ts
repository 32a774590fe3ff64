import type { TableDetail } from '../../pass-details';
import type { QuantizedLayer } from './quantize-layers';

/** What became of each layer. */
export function quantizedLayersDetail(layers: readonly QuantizedLayer[]): TableDetail {
  return {
    kind: 'table',
    title: 'Quantized layers',
    columns: [
      { label: 'Layer', unit: 'path' },
      { label: 'Weights', unit: 'count' },
      { label: 'Bits', unit: 'count' },
      { label: 'Rounding', unit: 'text' },
      { label: 'Output error', unit: 'decibels' },
    ],
    rows: layers.map(({ planned, method, relativeError }) => [
      planned.layer.visit.path,
      planned.layer.shape.rows * planned.layer.shape.columns,
      planned.grid.bits,
      method === 'gptq' ? 'GPTQ' : 'to nearest',
      relativeError === null || relativeError === 0 ? null : 10 * Math.log10(relativeError),
    ]),
  };
}
