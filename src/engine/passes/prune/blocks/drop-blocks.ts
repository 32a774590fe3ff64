import { formatCounted } from '../../../format';
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
    title: 'Leave out blocks',
    summary:
      'Leaves out residual blocks, as of convolutions or attention, that change least of what goes through them: faster, and less accurate. Needs data.',
    name: ({ blocks }) => `without ${formatCounted(blocks, 'block')}`,
    fileSuffix: 'shallow',
  },
});
