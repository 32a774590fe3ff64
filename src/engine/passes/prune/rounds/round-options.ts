/** Options of pruning passes for pruning in rounds. */
import type { OptionsOf, OptionSpec } from '../../option-spec';
import { trainingOptions } from '../../train/training-options';

export const roundOptions = {
  rounds: {
    kind: 'number',
    label: 'Rounds',
    explanation: 'Above 1: prune a part, train, and repeat. Loses less accuracy, takes longer, needs data.',
    default: 1,
    minimum: 1,
    maximum: 20,
    step: 1,
    advanced: true,
  },
  stepsPerRound: {
    kind: 'number',
    label: 'Steps in a round',
    explanation: 'Maximum training steps after each round.',
    default: 300,
    minimum: 1,
    maximum: 100_000,
    step: 100,
    advanced: true,
  },
  timeLimitMinutes: {
    ...trainingOptions.timeLimitMinutes,
    explanation:
      '0: none. For the training of all rounds: fewer steps on a slow machine, so bytes depend on the machine.',
    advanced: true,
  },
  provider: trainingOptions.provider,
} as const satisfies Record<string, OptionSpec>;

export type RoundOptions = OptionsOf<typeof roundOptions>;

/**
 * Returns the share of the total removal that is reached after a round, counted from 1: 1 − (1 − t)³ for the share t of finished
 * rounds (Zhu and Gupta 2017). It is 0 before the first round and 1 after the last.
 */
export function shareAfter(round: number, { rounds }: Pick<RoundOptions, 'rounds'>): number {
  return 1 - (1 - round / rounds) ** 3;
}

/** The share of the rest to remove so that `after` of the whole is removed, if `before` is removed already. */
export function shareOfRest(before: number, after: number): number {
  return before >= 1 ? 0 : Math.max(0, 1 - (1 - after) / (1 - before));
}
