import { definePass } from '../pass';
import { fixDimensionsOptionSpecs } from './fix-dimensions-options';

export const fixDimensions = definePass({
  id: 'fix-dimensions',
  options: fixDimensionsOptionSpecs,
  run: async (...given) => (await import('./run-fix-dimensions')).runFixDimensions(...given),
  presentation: {
    title: 'Fix free dimensions',
    summary: 'Fixes the sizes of free input dimensions, as WebNN needs. The variant then accepts only these sizes.',
    script: async (chosen) => (await import('./dimensions-script')).scriptOfDimensions(chosen),
  },
});
