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
    title: 'Low-rank factorization',
    summary:
      'Replaces a layer by two smaller ones: fewer MACs and parameters, not always faster. With data it chooses ranks and recovers accuracy.',
    name: ({ remove, of }) =>
      `low-rank (${roundHalfEven(remove * 1000) / 10} % fewer ${of === 'macs' ? 'MACs' : 'parameters'})`,
    fileSuffix: 'factorized',
  },
});
