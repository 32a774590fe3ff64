import type { Feeds } from '../data/feeds';
import type { EvaluationTask } from '../data/mapping/mapping';
import { classOfLabel } from '../data/mapping/sample-label';
import { className } from './class-names';
import type { AnswerCount } from './class-order';
import { mostListedClasses, type Accuracy, type ClassResults } from './evaluation';
import type { Label } from './scorer';
import { classRows, type OutputRows } from './output-rows';
import { proportion } from './proportion-interval';
import { RightOrWrongScorer } from './right-or-wrong';

const fewestClassesForTop5 = 6;

/**
 * Top-1 and top-5 of an output with one score per class, or of an output with the class's number or name itself. The largest
 * score wins, among equal ones the first, as in NumPy's argmax. A sample whose scores hold a NaN is wrong, and counted in
 * `undecided`. A label is a class's number, or one-hot.
 */
export class ClassificationScorer extends RightOrWrongScorer {
  readonly leadingMetric = 'top1';
  readonly #task: Extract<EvaluationTask, { readonly kind: 'classification' }>;
  readonly #names: readonly string[] | undefined;
  /** Number of predictions of each class, by the true class. */
  readonly #confusion = new Map<number, Map<number, number>>();
  #top5 = 0;
  #hasScores = false;
  /** The largest class that appeared or that the output has room for, and one. */
  #classes = 0;

  constructor(
    task: Extract<EvaluationTask, { readonly kind: 'classification' }>,
    capacity: number,
    names: readonly string[] | undefined,
  ) {
    super(capacity);
    this.#task = task;
    this.#names = names;
  }

  add(outputs: Feeds, labels: readonly Label[]): void {
    const rows = classRows(outputs, this.#task.output, labels.length, this.#names);
    this.#hasScores = rows.width > 1;
    if (this.#hasScores) this.#classes = Math.max(this.#classes, rows.width);
    labels.forEach((label, row) => {
      if (label !== null) this.#score(rows, row, classOfLabel(label) ?? Number.NaN);
    });
  }

  #score(rows: OutputRows, row: number, label: number): void {
    const { predicted, rank } = this.#hasScores ? decide(rows, row, label) : decideByNumber(rows.values[row]!, label);
    this.count(rank === 0, predicted === undefined);
    if (rank < 5) this.#top5++;
    if (predicted === undefined) return;
    this.#classes = Math.max(this.#classes, label + 1, predicted + 1);
    if (predicted < 0) return;
    const answers = this.#confusion.get(label) ?? new Map<number, number>();
    this.#confusion.set(label, answers.set(predicted, (answers.get(predicted) ?? 0) + 1));
  }

  get classCount(): number {
    return this.#classes;
  }

  answers(): readonly AnswerCount[] {
    return Array.from(this.#confusion).flatMap(([label, row]) =>
      Array.from(row, ([predicted, count]) => ({ label, predicted, count })),
    );
  }

  accuracy(): Accuracy {
    const right = this.correct.reduce((sum, one) => sum + one, 0);
    const top1 = proportion(right, this.samples);
    const hasTop5 = this.#hasScores && this.#classes >= fewestClassesForTop5;
    const classes = this.#classResults();
    return {
      task: this.#task,
      metrics: hasTop5 ? { top1, top5: proportion(this.#top5, this.samples) } : { top1 },
      ...(classes && { classes }),
      ...this.undecided(),
    };
  }

  #classResults(): ClassResults | undefined {
    const count = Math.max(this.#classes, this.#names?.length ?? 0);
    if (count > mostListedClasses) return undefined;
    const classes = Array.from({ length: count }, (_, index) => index);
    return {
      names: classes.map((index) => className(index, this.#names)),
      confusion: classes.map((label) => classes.map((predicted) => this.#confusion.get(label)?.get(predicted) ?? 0)),
    };
  }
}

interface Decision {
  /** `undefined` when a score is NaN. */
  readonly predicted: number | undefined;
  /** The number of classes with a better rank than the label's. */
  readonly rank: number;
}

function decide({ values, width }: OutputRows, row: number, label: number): Decision {
  const start = row * width;
  const own = values[start + label];
  let predicted = 0;
  let rank = own === undefined || label >= width ? Infinity : 0;
  for (let index = 0; index < width; index++) {
    const score = values[start + index]!;
    if (score !== score) return { predicted: undefined, rank: Infinity };
    if (score > values[start + predicted]!) predicted = index;
    if (score > own! || (score === own && index < label)) rank++;
  }
  return { predicted, rank };
}

function decideByNumber(predicted: number, label: number): Decision {
  if (predicted !== predicted) return { predicted: undefined, rank: Infinity };
  return { predicted, rank: predicted === label ? 0 : Infinity };
}
