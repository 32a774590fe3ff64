/** Passes that reduce a file, and leave it unchanged if the saving is too small. */
import { formatPercent } from '../format';
import type { OptionSpec } from './option-spec';

/** The share of a file from which a saving is worth a pass. */
export const worthwhileSaving = 0.01;

export const leastSavingOption = {
  kind: 'number',
  label: 'Least saving',
  explanation: 'As a share of the file. If the saving would be smaller, nothing changes.',
  default: 0,
  minimum: 0,
  maximum: 1,
  step: 0.005,
  isShare: true,
  advanced: true,
} as const satisfies OptionSpec;

/** Bytes compared with those of the file before: the reason why nothing changes, `undefined` if they are enough. */
export function tooLittleSaved(saved: number, before: number, leastSaving: number): string | undefined {
  if (saved >= leastSaving * before) return undefined;
  return `It would save only ${formatPercent(saved / before, 2)} of the file, so nothing was changed.`;
}
