import { definePass } from '../../pass';
import { weightsOptionSpecs } from './weights-options';

export const quantizeWeights = definePass({
  id: 'quantize-weights',
  title: 'Store weights in fewer bits',
  summary:
    'Weights take 4 or 8 bits and become floats again when the model runs: up to 6 times smaller, about as fast. Best with data.',
  options: weightsOptionSpecs,
  calibrates: true,
  run: async (...given) => (await import('./run-quantize-weights')).runQuantizeWeights(...given),
  fileSuffix: 'quantized',
  name: ({ bits, method }) => `${bits}-bit weights${method === 'rtn' ? ', to nearest' : ''}`,
  insteadTry({ bits, method, blockSize }) {
    if (bits === '8') return blockSize === '0' ? 'blocks of 32, or float16' : 'float16';
    return method === 'rtn' ? 'GPTQ, or 8 bits' : '8 bits, or more samples';
  },
  orderProblem: (earlier) =>
    earlier.some(({ pass }) => pass.startsWith('quantize-'))
      ? 'quantize-weights stands after a pass that has already turned weights into integers. Keep one of them.'
      : undefined,
});
