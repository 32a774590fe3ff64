/** Collects the samples whose answers differ most between the original and a variant. */
import type { Feeds } from '../../data/feeds';
import { preprocessingOfPictures } from '../../data/pictures/place-boxes';
import type { DataMapping, EvaluationTask } from '../../data/mapping/mapping';
import type { DetectedTask } from '../../data/mapping/detect-task';
import type { OutputKind } from '../../data/output-kind';
import { tensorNumbers } from '../../data/tensor-numbers';
import { ownValue } from '../../own-value';
import type { KindsOfOutputs } from '../data-match';
import { cutName, cutText } from '../schema-parts';
import { mostChanged, mostOfFilter, type ChangedSamples, type SampleAnswer, type SampleChange } from './changed-sample';
import { compareAnswers, cosineOf, fewestOfSound, type AnswerChange, type AnswerSpec } from './sample-answers';

export interface ComparedSample {
  /** The number of the sample in its data set. */
  readonly index: number;
  readonly place: string;
  readonly before: Feeds;
  readonly after: Feeds;
  /** Whether each model is right; absent without a usable label, or if answers are not right or wrong. */
  readonly isRight?: { readonly before: boolean; readonly after: boolean };
  readonly label?: string;
}

interface CollectorSpec {
  readonly mapping: Pick<DataMapping, 'inputs' | 'labels' | 'task' | 'boxes' | 'outputs'>;
  readonly task: EvaluationTask | DetectedTask;
  /** The kinds that the comparison of the outputs decided. */
  readonly kinds: KindsOfOutputs;
  readonly classNames?: readonly string[];
  /** Lists samples without a change too. */
  readonly keepsEqual?: boolean;
}

/** Every sample is compared with every other, as in `EmbeddingTally`. */
const mostVectors = 256;
/** An output of an earlier kind is the answer of a model that has several. */
const answering: readonly OutputKind[] = [
  'probabilities',
  'scores',
  'sequence',
  'texts',
  'embedding',
  'map',
  'regression',
];

/**
 * Takes samples one after the other. It keeps the most changed ones with their answers, the most changed of those that
 * labels call lost, and those whose answer is the least certain, so memory does not grow with the samples. Vectors of the
 * first 256 samples of an embedding are kept, because neighbors are known only at the end.
 */
export class ChangeCollector {
  readonly #spec: AnswerSpec | undefined;
  readonly #least: number;
  readonly #changed = new TopList(mostChanged, orderOf);
  readonly #lost = new TopList(mostOfFilter, orderOf);
  readonly #unsure = new TopList(mostOfFilter, ({ margin }) => -(margin ?? Infinity));
  readonly #vectors: { readonly sample: SampleChange; readonly before: Float32Array; readonly after: Float32Array }[] =
    [];
  readonly #classes = new Map<string, { changed: number; of: number }>();
  #compared = 0;
  #other = 0;
  #hasAnswers = false;
  #gained = 0;
  #lostCount = 0;
  #isLabeled = false;

  constructor(spec: CollectorSpec) {
    this.#spec = answerSpecOf(spec);
    this.#least = spec.keepsEqual ? -1 : 0;
  }

  add(sample: ComparedSample): void {
    const change = this.#spec && compareAnswers(this.#spec, sample.before, sample.after);
    if (change === undefined) return;
    this.#compared++;
    this.#count(change, sample.isRight);
    const outcome = outcomeOf(sample.isRight);
    let answers: readonly [SampleAnswer, SampleAnswer] | undefined;
    const written = (): SampleChange => {
      answers ??= change.answers();
      return {
        index: sample.index,
        place: cutText(sample.place),
        size: change.size,
        ...(change.isOther !== undefined && { isOther: change.isOther }),
        ...(outcome && { outcome }),
        ...(change.margin !== undefined && { margin: change.margin }),
        ...(sample.label !== undefined && { label: cutName(sample.label) }),
        before: answers[0],
        after: answers[1],
      };
    };
    const entry = { ...change, ...(outcome && { outcome }) };
    this.#changed.add(entry, written);
    if (outcome === 'lost') this.#lost.add(entry, written);
    if (change.margin !== undefined) this.#unsure.add(entry, written);
    if (this.#spec!.kind === 'embedding') this.#keepVectors(sample, written());
  }

  #count({ isOther, ownClass }: AnswerChange, isRight: ComparedSample['isRight']): void {
    if (isOther !== undefined) this.#hasAnswers = true;
    if (isOther) this.#other++;
    if (isRight !== undefined) this.#isLabeled = true;
    if (isRight && !isRight.before && isRight.after) this.#gained++;
    if (isRight && isRight.before && !isRight.after) this.#lostCount++;
    if (ownClass === undefined) return;
    const counts = this.#classes.get(ownClass) ?? { changed: 0, of: 0 };
    counts.of++;
    if (isOther) counts.changed++;
    this.#classes.set(ownClass, counts);
  }

  #keepVectors({ before, after }: ComparedSample, sample: SampleChange): void {
    if (this.#vectors.length >= mostVectors) return;
    const { output } = this.#spec!;
    const [x, y] = [ownValue(before, output), ownValue(after, output)].map((tensor) => tensor && tensorNumbers(tensor));
    if (x && y && x.length < fewestOfSound)
      this.#vectors.push({ sample, before: Float32Array.from(x), after: Float32Array.from(y) });
  }

  /** `undefined` if no output could be compared sample by sample. */
  result(): ChangedSamples | undefined {
    if (this.#spec === undefined || this.#compared === 0) return undefined;
    if (this.#vectors.length >= 3) this.#compareNeighbors();
    const samples = new Map<number, SampleChange>();
    for (const one of [this.#changed, this.#lost, this.#unsure].flatMap((list) => list.items)) {
      if (one.size > this.#least) samples.set(one.index, one);
    }
    const byClass = [...this.#classes]
      .filter(([, { changed }]) => changed > 0)
      .sort(([, a], [, b]) => b.changed - a.changed || b.changed / b.of - a.changed / a.of)
      .slice(0, 8)
      .map(([name, counts]) => ({ name, ...counts }));
    return {
      output: cutName(this.#spec.output),
      compared: this.#compared,
      ...(this.#hasAnswers && { changed: this.#other }),
      ...(this.#isLabeled && { gained: this.#gained, lost: this.#lostCount }),
      ...(byClass.length > 0 && { byClass }),
      samples: [...samples.values()].sort((a, b) => orderOf(b) - orderOf(a) || a.index - b.index),
    };
  }

  /** An embedding answers with its most similar other sample. */
  #compareNeighbors(): void {
    const vectors = this.#vectors;
    const nearest = (own: number, side: 'before' | 'after'): SampleAnswer & { readonly kind: 'neighbor' } => {
      let [best, cosine] = [-1, -Infinity];
      vectors.forEach((other, index) => {
        if (index === own) return;
        const near = cosineOf(vectors[own]![side], other[side]);
        if (near > cosine) [best, cosine] = [index, near];
      });
      return { kind: 'neighbor', place: vectors[best]!.sample.place, cosine };
    };
    this.#hasAnswers = true;
    this.#compared = vectors.length;
    this.#changed.items.length = 0;
    vectors.forEach(({ sample }, own) => {
      const [before, after] = [nearest(own, 'before'), nearest(own, 'after')];
      const isOther = before.place !== after.place;
      if (isOther) this.#other++;
      const own_ = { ...sample, isOther, before, after };
      this.#changed.add(own_, () => own_);
    });
  }
}

/** Other answers come first, then the size of the change counts. */
function orderOf({ size, isOther }: Pick<SampleChange, 'size' | 'isOther'>): number {
  return size + (isOther ? 2 : 0);
}

function outcomeOf(isRight: ComparedSample['isRight']): SampleChange['outcome'] {
  if (isRight === undefined || isRight.before === isRight.after) return undefined;
  return isRight.after ? 'gained' : 'lost';
}

/** The items of the largest order; an item is written only when it enters. */
class TopList {
  readonly items: SampleChange[] = [];
  readonly #most: number;
  readonly #orderOf: (item: Pick<SampleChange, 'size' | 'isOther' | 'margin'>) => number;

  constructor(most: number, order: (item: Pick<SampleChange, 'size' | 'isOther' | 'margin'>) => number) {
    this.#most = most;
    this.#orderOf = order;
  }

  add(item: Pick<SampleChange, 'size' | 'isOther' | 'margin'>, written: () => SampleChange): void {
    const order = this.#orderOf(item);
    let place = this.items.length;
    while (place > 0 && order > this.#orderOf(this.items[place - 1]!)) place--;
    if (place >= this.#most) return;
    this.items.splice(place, 0, written());
    if (this.items.length > this.#most) this.items.length = this.#most;
  }
}

/** The output that answers: that of the task, boxes, or the first of the kind that says most. */
function answerSpecOf({ mapping, task, kinds, classNames }: CollectorSpec): AnswerSpec | undefined {
  const input = preprocessingOfPictures(mapping);
  const common = { ...(classNames && { classNames }), ...(input && { input }) };
  if (kinds.boxes !== undefined && (task.kind === 'detection' || task.kind === 'match')) {
    return { ...common, output: kinds.boxes.output, kind: 'boxes', layout: kinds.boxes };
  }
  const named = task.kind === 'match' ? undefined : task.output;
  const kind = named === undefined ? answering.find((one) => [...kinds.byName.values()].includes(one)) : undefined;
  const output = named ?? [...kinds.byName].find(([, own]) => own === kind)?.[0];
  if (output === undefined) return undefined;
  const decided = kindOfTask(task) ?? kinds.byName.get(output);
  return decided && { ...common, output, kind: decided, ...(task.kind === 'binary' && { isBinary: true }) };
}

function kindOfTask({ kind }: EvaluationTask | DetectedTask): OutputKind | undefined {
  if (kind === 'classification' || kind === 'binary') return 'scores';
  if (kind === 'transcription' || kind === 'next-token') return 'sequence';
  if (kind === 'retrieval') return 'embedding';
  return kind === 'regression' ? 'regression' : undefined;
}
