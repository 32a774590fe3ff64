import { definePass } from '../pass';
import { simplifyOptionSpecs } from './simplify-options';

export const simplify = definePass({
  id: 'simplify',
  options: simplifyOptionSpecs,
  isPreparation: true,
  run: async (...given) => (await import('./run-simplify')).runSimplify(...given),
  presentation: {
    title: 'Simplify',
    summary: 'Fewer nodes with the same answers: folds, fuses and removes what need not run.',
    name: () => 'Simplified',
    script: async () => (await import('./simplify-script')).scriptOfSimplify(),
  },
});
