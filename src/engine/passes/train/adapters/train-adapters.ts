import { definePass } from '../../pass';
import { trainAdaptersOptionSpecs } from './adapter-options';

export const trainAdapters = definePass({
  id: 'train-adapters',
  options: trainAdaptersOptionSpecs,
  calibrates: true,
  trains: () => true,
  // Adapters add little.
  sketch: (model) => Promise.resolve(model),
  isSketchRough: true,
  run: async (...given) => (await import('./run-train-adapters')).runTrainAdapters(...given),
  presentation: {
    title: 'Train adapters',
    summary:
      'Adds small float32 products beside quantized layers, and trains only them on your samples: recovers what 4 bits lost.',
    name: ({ rank }) => `adapters of rank ${rank}`,
    fileSuffix: 'adapted',
    insteadTry: () => 'more steps, a larger rank, or more samples',
  },
});
