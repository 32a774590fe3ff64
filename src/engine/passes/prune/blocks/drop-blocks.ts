import { formatCounted } from '../../../format';
import { beforeQuantizers } from '../../before-quantizers';
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { definePass } from '../../pass';

const options = {
  blocks: {
    kind: 'number',
    label: 'Blocks',
    explanation: 'How many residual blocks go: those without which the answers change least.',
    default: 1,
    minimum: 1,
    maximum: 32,
    step: 1,
  },
  refit: {
    kind: 'boolean',
    label: 'Repair',
    explanation: 'The layers that follow are fitted to what the original gives.',
    default: true,
  },
  exclude: {
    kind: 'list',
    label: 'Not these nodes',
    explanation: 'Names of nodes whose blocks stay.',
    default: [],
    advanced: true,
  },
} as const satisfies Record<string, OptionSpec>;

export type DropBlocksOptions = OptionsOf<typeof options>;

export const dropBlocks = definePass({
  id: 'drop-blocks',
  title: 'Leave out blocks',
  summary:
    'Leaves out residual blocks, as of convolutions or attention, that change least of what goes through them: faster, and less accurate. Needs data.',
  options,
  calibrates: true,
  run: async (...given) => (await import('./run-drop-blocks')).runDropBlocks(...given),
  plan: async (...given) => (await import('./run-drop-blocks')).planDropBlocks(...given),
  fileSuffix: 'shallow',
  name: ({ blocks }) => `without ${formatCounted(blocks, 'block')}`,
  orderProblem: beforeQuantizers('drop-blocks'),
});
