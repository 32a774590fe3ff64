/** Scores the boxes of a detector by labeled boxes. */
import type { Feeds } from '../../data/feeds';
import type { BoxLayout, EvaluationTask } from '../../data/mapping/mapping';
import { numbersPerBox } from '../../data/pictures/place-boxes';
import type { Accuracy, AccuracyWarning, PairedDifference } from '../evaluation';
import type { Label, Scorer } from '../scorer';
import { BoxMatches, type TrueBoxes } from './average-precision';
import { decodeBoxes } from './decode-boxes';

/** The score from which boxes count, as in the validation of Ultralytics: nearly all of them. */
const leastScore = 0.001;
/** The mAP@50 that every detector reaches on labels that fit it. */
const leastPrecision = 0.01;

export interface DetectionSpec {
  readonly layout: BoxLayout;
  /** The size of the model's input in pixels. Absent if it is not fed pictures. */
  readonly input?: { readonly width: number; readonly height: number };
  /** The number that the model gives each class of the labels. Absent: the same. */
  readonly classNumbers?: readonly number[];
}

/**
 * mAP@50 and mAP@50:95 as pycocotools computes them, with 95 % bootstrap intervals over pictures. A label lists the
 * boxes of a picture in fractions of the model's input (`placeBoxes`). Found boxes are therefore compared in the same
 * place, with or without a letterbox.
 */
export class DetectionScorer implements Scorer {
  readonly #task: Extract<EvaluationTask, { readonly kind: 'detection' }>;
  readonly #spec: DetectionSpec;
  readonly #matches = new BoxMatches();

  constructor(task: Extract<EvaluationTask, { readonly kind: 'detection' }>, spec: DetectionSpec) {
    this.#task = task;
    this.#spec = spec;
  }

  get samples(): number {
    return this.#matches.pictures;
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const { layout, input, classNumbers } = this.#spec;
    labels.forEach((label, sample) => {
      if (label === null) return;
      const part = { layout, samples: labels.length, sample, leastScore, ...(input && { input }) };
      this.#matches.add(decodeBoxes(outputs, part), trueBoxes(label, classNumbers));
    });
  }

  accuracy(): Accuracy {
    return {
      task: this.#task,
      metrics: { map: this.#matches.estimate('map'), map50: this.#matches.estimate('map50') },
    };
  }

  differenceTo(original: DetectionScorer): PairedDifference {
    return original.#matches.difference(this.#matches, 'map');
  }

  /** A warning that the boxes fit no label at all. */
  warning(): AccuracyWarning | undefined {
    const { value } = this.#matches.estimate('map50');
    if (this.samples === 0 || value >= leastPrecision || !this.#matches.hasTrueBoxes) return undefined;
    return {
      code: 'boxes',
      message:
        'Almost no box of the model matches a labeled one. Check how the boxes are read ("boxes" in the mapping), the class order of the labels, and the preprocessing.',
    };
  }
}

function trueBoxes(label: Float64Array, classNumbers: readonly number[] | undefined): TrueBoxes {
  const count = label.length / numbersPerBox;
  const at = (box: number, place: number): number => label[box * numbersPerBox + place]!;
  const boxes = Array.from({ length: count }, (_, box) => box);
  const crowds = Uint8Array.from(boxes, (box) => at(box, 5));
  return {
    corners: Float64Array.from({ length: 4 * count }, (_, index) => at(Math.floor(index / 4), 1 + (index % 4))),
    classes: Int32Array.from(boxes, (box) => classNumbers?.[at(box, 0)] ?? at(box, 0)),
    ignored: crowds,
    crowds,
  };
}
