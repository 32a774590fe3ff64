import { definePass } from '../pass';
import { smallerInputOptionSpecs } from './smaller-input-options';

export const smallerInput = definePass({
  id: 'smaller-input',
  options: smallerInputOptionSpecs,
  run: async (...given) => (await import('./run-smaller-input')).runSmallerInput(...given),
  presentation: {
    title: 'Compute on a smaller input',
    summary:
      'Shrinks pictures, or cuts long texts, before the first layer. The model takes the same inputs as before and is faster, but sees less detail: check its accuracy.',
    name: ({ keep }) => `input of ${(100 * keep).toFixed(0)} %`,
    fileSuffix: 'smaller-input',
    insteadTry: () => 'a larger share',
  },
});
