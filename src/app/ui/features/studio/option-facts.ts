import type { OptionSpec, OptionValue } from '../../../../engine/passes/option-spec';

export function isDefault(spec: OptionSpec, value: OptionValue | undefined): boolean {
  return value === undefined || JSON.stringify(value) === JSON.stringify(spec.default);
}
