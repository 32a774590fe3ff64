import type { OptionSpec } from '../src/engine/passes/option-spec';
import type { Pass } from '../src/engine/passes/pass';
import { passes as known } from '../src/engine/passes/registry';
import type { PassOption, PassRecord } from './types';

/** Every pass, with its options. The ids are those of recipes. */
export const passes: readonly PassRecord[] = known.map(({ id, calibrates, options, presentation }) => ({
  id,
  title: presentation.title,
  summary: presentation.summary,
  usesData: usesDataOf(calibrates),
  options: Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, optionOf(spec)])),
}));

function usesDataOf(calibrates: Pass['calibrates']): PassRecord['usesData'] {
  if (typeof calibrates === 'function') return 'sometimes';
  return calibrates === true ? 'always' : 'never';
}

function optionOf(spec: OptionSpec): PassOption {
  const { kind, label, explanation, default: usual } = spec;
  return { kind, default: usual, label, explanation, ...limitsOf(spec) };
}

function limitsOf(spec: OptionSpec): Pick<PassOption, 'minimum' | 'maximum' | 'values' | 'otherValues'> {
  switch (spec.kind) {
    case 'boolean':
      return {};
    case 'number':
      return { minimum: spec.minimum, maximum: spec.maximum };
    case 'choice':
      return {
        values: spec.choices.map(({ value }) => value),
        ...(spec.others && { otherValues: spec.others.form }),
      };
    case 'list':
      return spec.choices ? { values: spec.choices } : {};
    case 'map':
      return {
        minimum: spec.minimum,
        maximum: spec.maximum,
        ...(spec.values && { values: spec.values }),
      };
  }
}
