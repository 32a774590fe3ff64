import type { OptionsOf, OptionSpec } from '../option-spec';

/**
 * Simplifications in the order in which they run: those that make constants visible first, those that clear up last.
 */
export const simplificationIds = [
  'inline-functions',
  'unlist-initializers',
  'constants-to-initializers',
  'fold-shapes',
  'eliminate-shape-reads',
  'drop-zero-states',
  'inline-branches',
  'fold-constants',
  'eliminate-no-ops',
  'merge-equal',
  'fuse-activations',
  'fuse-layer-normalization',
  'merge-chains',
  'fuse-transposes',
  'concat-to-pad',
  'fuse-pad',
  'fuse-affine',
  'fuse-input-affine',
  'fuse-matrix-sum',
  'remove-unused',
] as const;

export type SimplificationId = (typeof simplificationIds)[number];

export const simplifyOptionSpecs = {
  skip: {
    kind: 'list',
    label: 'Skip',
    explanation: 'Simplifications to skip.',
    default: [],
    choices: simplificationIds,
    advanced: true,
  },
  maxFoldedBytes: {
    kind: 'number',
    label: 'Largest folded constant that may enlarge the file (bytes)',
    explanation:
      'Constant expressions are computed once and stored. Up to this size, a result may take more bytes than its constants.',
    default: 4096,
    minimum: 0,
    maximum: 2 ** 28,
    step: 1024,
    advanced: true,
  },
  removeInputs: {
    kind: 'boolean',
    label: 'Remove unused inputs',
    explanation: 'Off by default, because callers feed inputs by name and would have to leave the removed ones out.',
    default: false,
  },
} as const satisfies Record<string, OptionSpec>;

export type SimplifyOptions = OptionsOf<typeof simplifyOptionSpecs>;
