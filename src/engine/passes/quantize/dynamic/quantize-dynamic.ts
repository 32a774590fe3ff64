import { definePass } from '../../pass';
import { dynamicOptionSpecs, OP_TYPES_WITH_CONV, takenOpTypes } from './dynamic-options';

export const quantizeDynamic = definePass({
  id: 'quantize-dynamic',
  options: dynamicOptionSpecs,
  losesPrecision: true,
  orderProblem: (earlier) =>
    earlier.some(({ pass }) => pass === 'quantize-dynamic')
      ? 'quantize-dynamic is in the recipe twice, but the first already quantizes its weights. Keep one, with the nodes of both in its options.'
      : undefined,
  run: async (...given) => (await import('./run-quantize-dynamic')).runQuantizeDynamic(...given),
  presentation: {
    title: 'Quantize to int8 (dynamic)',
    summary: 'Stores weights as 8-bit integers and multiplies in integers: about 1/4 of the size, no data needed.',
    // Recipes with per-token scales usually have scales per channel too, which the name leaves out.
    name: ({ weightType, opTypes, perChannel, activations }) => {
      const isPerToken = activations === 'per-token';
      const details = [
        'dynamic',
        takesConv(opTypes) ? 'with Conv' : '',
        perChannel && !isPerToken ? 'per channel' : '',
        isPerToken ? 'per token' : '',
        weightType === 'uint8' ? 'uint8 weights' : '',
      ];
      return `int8 (${details.filter(Boolean).join(', ')})`;
    },
    fileSuffix: 'quantized',
    insteadTry: () => 'weight-only quantization (quantize-weights)',
    alsoTake: ({ opTypes }, refusals) =>
      takesConv(opTypes) || refusals.every(({ op }) => op !== 'Conv')
        ? undefined
        : {
            name: 'Conv',
            options: { opTypes: OP_TYPES_WITH_CONV },
            leftOut: 'Convolutions stayed in float32.',
            cost: 'As int8 they get smaller, but usually slower on WASM.',
          },
    script: async (options) => (await import('./dynamic-script')).scriptOfDynamic(options),
  },
});

function takesConv(opTypes: readonly string[]): boolean {
  return takenOpTypes(opTypes).has('Conv');
}
