import { afterNoQuantizer } from '../../order-rules';
import { definePass } from '../../pass';
import { weightsOptionSpecs, type WeightsOptions } from './weights-options';

const methodSuffixes = {
  gptq: '',
  adaround: ', AdaRound',
  'by-layer': ', without data',
  rtn: ', to nearest',
  squant: ', SQuant',
  mse: ', least error',
  'k-quant': ', k-quant',
};

export const quantizeWeights = definePass({
  id: 'quantize-weights',
  options: weightsOptionSpecs,
  calibrates: true,
  losesPrecision: true,
  orderProblem: afterNoQuantizer(
    () => 'quantize-weights stands after a pass that has already turned weights into integers. Keep one of them.',
  ),
  run: async (...given) => (await import('./run-quantize-weights')).runQuantizeWeights(...given),
  presentation: {
    title: 'Store weights in fewer bits',
    summary:
      'Weights take 2, 4 or 8 bits and become floats again when the model runs: up to 6 times smaller, about as fast. Best with data.',
    name: ({ method, bits, blockSize, keepEnds, ...options }) => {
      // Of 8 bits nobody chooses a file by its blocks.
      const scales = bits !== '8' && blockSize === '0' ? ' by channel' : '';
      const everywhere = keepEnds || bits === '8' ? '' : ' in every layer';
      return `${widthsOf({ bits, ...options }).join('/')}-bit weights${scales}${everywhere}${methodSuffixes[method]}`;
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
