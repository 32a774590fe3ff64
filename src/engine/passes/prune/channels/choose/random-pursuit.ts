import type { SeededRandom } from '../../../../seeded-random';

const firstSpread = 0.6;
/** Steps grow if they help, and shrink if neither direction does. */
const [growth, decay] = [1.2, 0.85];

/**
 * Minimizes a measure over a space of few dimensions. It steps in a random direction, tries the opposite one if that
 * does not help, and continues in a direction while it helps. (Random pursuit, Stich, Müller and Gärtner 2013, with
 * step lengths as in evolution strategies.)
 */
export class RandomPursuit {
  readonly #random: SeededRandom;
  readonly #dimensions: number;
  #direction: readonly number[] = [];
  #is: 'fresh' | 'turned' | 'followed' = 'fresh';
  #spread = firstSpread;

  constructor(random: SeededRandom, dimensions: number) {
    this.#random = random;
    this.#dimensions = dimensions;
  }

  /** The next step from the best point so far. */
  next(): readonly number[] {
    if (this.#is === 'fresh') this.#direction = Array.from({ length: this.#dimensions }, () => normal(this.#random));
    return this.#direction.map((change) => this.#spread * change);
  }

  /** @param helped the step led to a better point. */
  learn(helped: boolean): void {
    if (helped) {
      this.#spread *= growth;
      this.#is = 'followed';
    } else if (this.#is === 'fresh') {
      this.#direction = this.#direction.map((change) => -change);
      this.#is = 'turned';
    } else {
      if (this.#is === 'turned') this.#spread *= decay;
      this.#is = 'fresh';
    }
  }
}

/** Box and Muller. */
function normal(random: SeededRandom): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
