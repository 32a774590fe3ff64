import type { OptionSpec, OptionValue } from '../../../../engine/passes/option-spec';

/** A number from 0 to 1 is a share: as a percentage it reads better. */
export function isShare(spec: Extract<OptionSpec, { kind: 'number' }>): boolean {
  return spec.minimum === 0 && spec.maximum === 1;
}

export function isDefault(spec: OptionSpec, value: OptionValue | undefined): boolean {
  return value === undefined || JSON.stringify(value) === JSON.stringify(spec.default);
}
