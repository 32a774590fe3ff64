import { roundHalfEven } from '../../round-half-even';
import { beforeQuantizers } from '../order-rules';
import { definePass } from '../pass';
import { factorizeOptionSpecs } from './factorize-options';

export const factorize = definePass({
  id: 'factorize',
  options: factorizeOptionSpecs,
  calibrates: true,
  orderProblem: beforeQuantizers('factorize'),
  plan: async (...given) => (await import('./run-factorize')).planFactorize(...given),
  run: async (...given) => (await import('./run-factorize')).runFactorize(...given),
  presentation: {
    title: 'Factorize layers',
    summary:
      'Writes a layer as two thin ones: fewer multiplications and numbers, but more layers, so not always less time. With data it spends them where they matter and repairs what remains.',
    name: ({ remove, of }) =>
      `factorized, ${roundHalfEven(remove * 1000) / 10} % ${of === 'macs' ? 'less arithmetic' : 'of parameters removed'}`,
    fileSuffix: 'factorized',
  },
});
