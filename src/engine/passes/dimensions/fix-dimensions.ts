import { definePass } from '../pass';
import { fixDimensionsOptionSpecs } from './fix-dimensions-options';

export const fixDimensions = definePass({
  id: 'fix-dimensions',
  options: fixDimensionsOptionSpecs,
  run: async (...given) => (await import('./run-fix-dimensions')).runFixDimensions(...given),
  presentation: {
    title: 'Fix free dimensions',
    summary:
      'Gives free dimensions of the inputs a size, as WebNN needs: the variant takes inputs of these sizes only.',
    script: async (chosen) => (await import('./dimensions-script')).scriptOfDimensions(chosen),
  },
});
