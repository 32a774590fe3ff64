import { leastSavingOption } from '../least-saving';
import type { OptionsOf, OptionSpec } from '../option-spec';
import { definePass } from '../pass';

const options = {
  keepNodeNames: {
    kind: 'boolean',
    label: 'Keep names of nodes',
    explanation: 'For reading the graph. Without them a node is called by its operator and place: Conv_12.',
    default: false,
  },
  leastSaving: leastSavingOption,
} as const satisfies Record<string, OptionSpec>;

export type ShortenNamesOptions = OptionsOf<typeof options>;

export const shortenNames = definePass({
  id: 'shorten-names',
  title: 'Shorten names',
  summary:
    'Short names inside the model, and no notes of the exporter: same answers, and 5 to 60 % off most small quantized files. Compressed downloads hardly shrink.',
  options,
  script: async (chosen) => (await import('./names-script')).scriptOfNames(chosen),
  run: async (...given) => (await import('./run-shorten-names')).runShortenNames(...given),
  name: () => 'short names',
  fileSuffix: 'short',
  renamesOnly: true,
  standsLast: 'shorten-names stands last: other passes find layers by their names.',
});
