/** Compares the boxes that a variant finds with those that the original finds. */
import type { Feeds } from '../../data/feeds';
import type { BoxLayout } from '../../data/mapping/mapping';
import { isParetoError } from '../../errors';
import { formatCount, formatPercent } from '../../format';
import type { DataMatch, TalliedFigures } from '../evaluation';
import { BoxMatches, type TrueBoxes } from './average-precision';
import { decodeBoxes, type FoundBoxes } from './decode-boxes';

/** The score above which Ultralytics and most demonstrations show a box. */
export const shownScore = 0.25;

/** Some boxes may be lost by chance, so fewer than these prove nothing. */
const fewestBoxes = 10;
/** The box agreement below which a variant is no longer the detector that the original is. */
const leastBoxesKept = 0.5;

/**
 * True if a variant finds less than half of the original's boxes again. Neither the error of the outputs nor mAP by
 * labels shows this. In the error, positions in pixels outweigh all scores. mAP depends on the order of the scores
 * alone.
 */
export function areBoxesLost({ perOutput }: Pick<DataMatch, 'perOutput'>): boolean {
  return perOutput.some(({ boxAgreement }) => boxAgreement !== undefined && boxAgreement.value < leastBoxesKept);
}

const noBoxes: FoundBoxes = {
  corners: new Float64Array(0),
  scores: new Float64Array(0),
  classes: new Int32Array(0),
};

/**
 * Box agreement = mAP@50 of the variant's boxes against the original's boxes with a score above 0.25. Both sides have
 * room for scores that move a little. Boxes of the original from 0.125 on need not be found, and boxes of the variant
 * count from 0.125 on. A variant whose scores fall further has lost its boxes. No figure if the original finds no box.
 */
export class BoxTally {
  readonly #layout: BoxLayout;
  readonly #matches = new BoxMatches();
  #boxes = 0;

  constructor(layout: BoxLayout) {
    this.#layout = layout;
  }

  add(expected: Feeds, actual: Feeds, samples: number): void {
    for (let sample = 0; sample < samples; sample++) {
      const part = { layout: this.#layout, samples, sample, leastScore: shownScore / 2 };
      const truth = asTruth(decodeBoxes(expected, part));
      this.#boxes += truth.ignored.filter((ignored) => ignored === 0).length;
      this.#matches.add(foundIn(actual, part), truth);
    }
  }

  get figures(): TalliedFigures {
    const none = { klDivergence: null, agreement: null };
    return this.#matches.hasTrueBoxes ? { ...none, boxAgreement: this.#matches.estimate('map50') } : none;
  }

  /** A sentence if most of the original's boxes are lost; `undefined` otherwise, and for too few boxes to tell. */
  get problem(): string | undefined {
    const kept = this.figures.boxAgreement?.value ?? 1;
    if (kept >= leastBoxesKept || this.#boxes < fewestBoxes) return undefined;
    return `Output "${this.#layout.output}" finds ${formatPercent(kept)} of the original's boxes again (mAP@50, ${formatCount(this.#boxes)} boxes).`;
  }
}

/** Outputs of another shape find nothing: the comparison itself reports them. */
function foundIn(outputs: Feeds, options: Parameters<typeof decodeBoxes>[1]): FoundBoxes {
  try {
    return decodeBoxes(outputs, options);
  } catch (error) {
    if (isParetoError(error)) return noBoxes;
    throw error;
  }
}

function asTruth({ corners, classes, scores }: FoundBoxes): TrueBoxes {
  return {
    corners,
    classes,
    ignored: Uint8Array.from(scores, (score) => (score < shownScore ? 1 : 0)),
    crowds: new Uint8Array(scores.length),
  };
}
