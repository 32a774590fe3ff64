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
    title: 'Remove channels',
    summary:
      'Makes layers narrower: smaller and faster. With data it finds the widths and repairs what remains; accuracy falls, and fine-tuning brings much of it back.',
    name: ({ remove, of, rounds }) =>
      `${roundHalfEven(remove * 1000) / 10} % ${removedNames[of]}${rounds > 1 ? ` in ${rounds} rounds` : ''}`,
    fileSuffix: 'narrow',
  },
});

const removedNames = {
  macs: 'less arithmetic',
  parameters: 'of parameters removed',
  channels: 'of channels removed',
  latency: 'less time',
} as const;
