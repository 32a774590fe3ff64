import { roundHalfEven } from '../../round-half-even';
import { beforeQuantizers } from '../before-quantizers';
import { definePass } from '../pass';
import { factorizeOptionSpecs } from './factorize-options';

export const factorize = definePass({
  id: 'factorize',
  title: 'Factorize layers',
  summary:
    'Writes a layer as two thin ones: fewer multiplications and numbers, but more layers, so not always less time. With data it spends them where they matter and repairs what remains.',
  options: factorizeOptionSpecs,
  calibrates: true,
  run: async (...given) => (await import('./run-factorize')).runFactorize(...given),
  plan: async (...given) => (await import('./run-factorize')).planFactorize(...given),
  fileSuffix: 'factorized',
  name: ({ remove, of }) =>
    `factorized, ${roundHalfEven(remove * 1000) / 10} % ${of === 'macs' ? 'less arithmetic' : 'of parameters removed'}`,
  orderProblem: beforeQuantizers('factorize'),
});
