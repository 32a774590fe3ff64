import { formatCounted } from '../../../format';
import { roundHalfEven } from '../../../round-half-even';
import { beforeQuantizers } from '../../order-rules';
import { definePass } from '../../pass';
import { pruneChannelsOptionSpecs } from './prune-channels-options';

export const pruneChannels = definePass({
  id: 'prune-channels',
  options: pruneChannelsOptionSpecs,
  calibrates: true,
  trains: ({ rounds }) => rounds > 1,
  orderProblem: beforeQuantizers('prune-channels'),
  plan: async (...given) => (await import('./run-prune-channels')).planPruneChannels(...given),
  run: async (...given) => (await import('./run-prune-channels')).runPruneChannels(...given),
  presentation: {
    title: 'Prune channels',
    summary:
      'Removes channels: smaller and faster. With data it chooses widths and recovers accuracy by least squares; fine-tune for more.',
    name: ({ remove, of, rounds, ratioByLayer }) =>
      remove === 0 && Object.keys(ratioByLayer).length > 0
        ? `fewer channels in ${formatCounted(Object.keys(ratioByLayer).length, 'layer')}`
        : `${roundHalfEven(remove * 1000) / 10} % ${removedNames[of]}${rounds > 1 ? ` (${rounds} rounds)` : ''}`,
    fileSuffix: 'narrow',
  },
});

const removedNames = {
  macs: 'fewer MACs',
  parameters: 'fewer parameters',
  channels: 'fewer channels',
  latency: 'less run time',
} as const;
