/** Decides when training ends. The weights with the least loss on held-out samples are kept. Labels are not needed. */

export type Verdict =
  | { readonly kind: 'go-on' }
  | { readonly kind: 'stop'; readonly why: 'no-gain' | 'diverged' }
  /** The loss ran away: the best weights again, with half the learning rate. */
  | { readonly kind: 'restore' };

/** Checks in a row without a gain that end a run. */
const mostIdleChecks = 5;
/** A smaller share is no gain. */
const leastGain = 0.005;
/** The loss has diverged if it is this many times the loss of the start. */
const runaway = 3;

/** Returns after how many steps the held-out samples are evaluated again. */
export function stepsBetweenChecks(steps: number): number {
  return Math.max(1, Math.min(steps, Math.max(25, Math.floor(steps / 20))));
}

export class StopRule {
  readonly startLoss: number;
  bestLoss: number;
  #lossAtGain: number;
  #idle = 0;
  #restored = false;

  constructor(startLoss: number) {
    this.startLoss = startLoss;
    this.bestLoss = startLoss;
    this.#lossAtGain = startLoss;
  }

  /** @param isSlow the learning rate has fallen below half: before that a pause in the gains says nothing. */
  decide(loss: number, isSlow: boolean): Verdict {
    if (!Number.isFinite(loss) || loss > runaway * this.startLoss) {
      if (this.#restored) return { kind: 'stop', why: 'diverged' };
      this.#restored = true;
      return { kind: 'restore' };
    }
    this.bestLoss = Math.min(this.bestLoss, loss);
    if (loss < this.#lossAtGain * (1 - leastGain)) {
      this.#lossAtGain = loss;
      this.#idle = 0;
    } else this.#idle++;
    return isSlow && this.#idle >= mostIdleChecks ? { kind: 'stop', why: 'no-gain' } : { kind: 'go-on' };
  }
}
