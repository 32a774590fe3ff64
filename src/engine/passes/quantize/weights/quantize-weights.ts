import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { isInputMethod, weightsOptionSpecs, type WeightsOptions } from './weights-options';

const methodWords = {
  gptq: '',
  adaround: 'AdaRound',
  'by-layer': 'without data',
  rtn: 'to nearest',
  squant: 'SQuant',
  mse: 'least error',
  'k-quant': 'k-quant',
};

export const quantizeWeights = definePass({
  id: 'quantize-weights',
  options: weightsOptionSpecs,
  calibrates: ({ method }) => isInputMethod(method),
  losesPrecision: true,
  orderProblem: afterNoQuantizer(
    () => 'quantize-weights comes after a pass that already quantized the weights. Keep one of them.',
  ),
  sketch: async (...given) => (await import('./run-quantize-weights')).sketchQuantizeWeights(...given),
  run: async (...given) => (await import('./run-quantize-weights')).runQuantizeWeights(...given),
  presentation: {
    title: 'Quantize weights',
    summary:
      'Stores weights in 2, 4 or 8 bits; runs compute in float32. Up to 6× smaller, about as fast. Best with data.',
    name: ({ method, bits, blockSize, keepEnds, ...options }) => {
      const everywhere = keepEnds || bits === '8' ? '' : 'every layer';
      // Data hardly changes weights in 8 bits, so the name does not mention it.
      const rounding = bits === '8' && method === 'by-layer' ? '' : methodWords[method];
      const details = [scalesOf(bits, blockSize), everywhere, rounding].filter(Boolean).join(', ');
      return `${widthsOf({ bits, ...options }).join('/')}-bit weights${details === '' ? '' : ` (${details})`}`;
    },
    fileSuffix: 'quantized',
    insteadTry({ bits, method, blockSize }) {
      if (bits === '2') return '4 bits';
      if (bits === '8') return blockSize === '0' ? 'blocks of 32, or float16' : 'float16';
      return method === 'gptq' || method === 'adaround' ? '8 bits, or more samples' : 'GPTQ, or 8 bits';
    },
    script: async (options) => (await import('./weights-script')).scriptOfWeights(options),
  },
});

/** Names the scales, unless they are the usual ones of that many bits: per channel with 8 bits, blocks of 32 with fewer. */
function scalesOf(bits: string, blockSize: string): string {
  if (bits === '8') return blockSize === '0' ? '' : `blocks of ${blockSize}`;
  return blockSize === '0' ? 'per channel' : '';
}

/** The widest first: `8/4/2`. */
function widthsOf({
  bits,
  bitsByLayer,
  include,
}: Pick<WeightsOptions, 'bits' | 'bitsByLayer' | 'include'>): readonly number[] {
  const given = Object.values(bitsByLayer);
  const areAllGiven = given.length > 0 && given.length === include.length;
  return [...new Set(areAllGiven ? given : [Number(bits), ...given])].toSorted((a, b) => b - a);
}
