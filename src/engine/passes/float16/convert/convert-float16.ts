import { definePass } from '../../pass';
import { float16OptionSpecs } from './float16-options';

export const convertFloat16 = definePass({
  id: 'convert-float16',
  options: float16OptionSpecs,
  calibrates: true,
  losesPrecision: true,
  orderProblem: (earlier) =>
    earlier.some(({ pass }) => pass.startsWith('quantize-') || pass === 'convert-float16')
      ? 'convert-float16 comes after a pass that already changed the weights. Put it before that pass, or remove it.'
      : undefined,
  // Data only adds nodes that stay float32, which changes few bytes. Weights are not converted (0), because nobody reads them.
  sketch: async (...given) => (await (await import('./run-convert-float16')).runConvertFloat16(...given, 0)).model,
  run: async (...given) => (await import('./run-convert-float16')).runConvertFloat16(...given),
  presentation: {
    title: 'Convert to float16',
    summary: 'Computes in float16: half the size, nearly identical outputs. Faster on WebGPU, not on WASM.',
    name: () => 'float16',
    fileSuffix: 'float16',
    insteadTry: () => 'keeping precision-sensitive operators in float32 (keepFloat)',
    script: async (options) => (await import('./float16-script')).scriptOfFloat16(options),
  },
});
