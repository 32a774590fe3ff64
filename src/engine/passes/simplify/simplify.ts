import { definePass } from '../pass';
import { simplifyOptionSpecs } from './simplify-options';

export const simplify = definePass({
  id: 'simplify',
  options: simplifyOptionSpecs,
  isPreparation: true,
  run: async (...given) => (await import('./run-simplify')).runSimplify(...given),
  presentation: {
    title: 'Simplify',
    summary: 'Folds, fuses and removes nodes. Outputs stay identical up to rounding.',
    name: () => 'simplified',
    script: async () => (await import('./simplify-script')).scriptOfSimplify(),
  },
});
