import { formatCount } from '../../../format';
import { beforeQuantizers } from '../../order-rules';
import { definePass } from '../../pass';
import { dropBlocksOptionSpecs } from './drop-blocks-options';

export const dropBlocks = definePass({
  id: 'drop-blocks',
  options: dropBlocksOptionSpecs,
  calibrates: true,
  orderProblem: beforeQuantizers('drop-blocks'),
  plan: async (...given) => (await import('./run-drop-blocks')).planDropBlocks(...given),
  run: async (...given) => (await import('./run-drop-blocks')).runDropBlocks(...given),
  presentation: {
    title: 'Remove blocks',
    summary: 'Removes the residual blocks that change their input least: faster, less accurate. Needs data.',
    name: ({ blocks }) => `${formatCount(blocks)} fewer ${blocks === 1 ? 'block' : 'blocks'}`,
    fileSuffix: 'shallow',
  },
});
