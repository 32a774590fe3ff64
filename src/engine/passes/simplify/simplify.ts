import { definePass } from '../pass';
import { simplifyOptionSpecs } from './simplify-options';

export const simplify = definePass({
  id: 'simplify',
  title: 'Simplify',
  summary: 'Fewer nodes with the same answers: folds, fuses and removes what need not run.',
  options: simplifyOptionSpecs,
  script: async () => (await import('./simplify-script')).scriptOfSimplify(),
  run: async (...given) => (await import('./run-simplify')).runSimplify(...given),
  name: () => 'Simplified',
  isPreparation: true,
});
