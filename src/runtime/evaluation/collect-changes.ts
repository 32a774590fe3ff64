/** Hands the outputs of an evaluation to the lists of changed samples, one list for each variant. */
import type { Feeds } from '../../engine/data/feeds';
import { classOfLabel } from '../../engine/data/mapping/sample-label';
import { className } from '../../engine/metrics/class-names';
import { ChangeCollector } from '../../engine/metrics/changes/changed-samples';
import type { ChangedSamples } from '../../engine/metrics/changes/changed-sample';
import type { Label } from '../../engine/metrics/scorer';
import type { EvaluatedModel } from './evaluated-model';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import type { ModelScorers } from './model-scorers';
import type { ReadSample } from './read-samples';

interface ScoredGroup {
  readonly samples: readonly ReadSample[];
  readonly outputs: ReadonlyMap<EvaluatedModel, readonly Feeds[]>;
  /** `null` for a sample without a usable label; absent if nothing is scored. */
  readonly labels?: readonly Label[];
}

export class EvaluationChanges {
  readonly #request: EvaluateModelsRequest;
  readonly #original: EvaluatedModel;
  readonly #classNames: readonly string[] | undefined;
  readonly #byModel = new Map<EvaluatedModel, ChangeCollector>();

  constructor(request: EvaluateModelsRequest, original: EvaluatedModel, classNames: readonly string[] | undefined) {
    this.#request = request;
    this.#original = original;
    this.#classNames = classNames;
  }

  /** Adds the samples of a group after they were compared and scored. */
  add({ samples, outputs, labels }: ScoredGroup, scorers: ModelScorers): void {
    const expected = outputs.get(this.#original)!;
    const before = labels && scorers.lastOutcomes(this.#original, labels);
    for (const [model, actual] of outputs) {
      if (model === this.#original) continue;
      const collector = this.#collectorOf(model, scorers);
      const after = labels && scorers.lastOutcomes(model, labels);
      samples.forEach((sample, at) => {
        const [right, stays] = [before?.[at], after?.[at]];
        const own = labels?.[at] && this.#nameOf(labels[at]);
        collector.add({
          index: sample.fed[0]!.index,
          place: sample.place,
          before: expected[at]!,
          after: actual[at]!,
          ...(right !== undefined && stays !== undefined && { isRight: { before: right, after: stays } }),
          ...(right !== undefined && own && { label: own }),
        });
      });
    }
  }

  resultOf(model: EvaluatedModel): ChangedSamples | undefined {
    return this.#byModel.get(model)?.result();
  }

  #collectorOf(model: EvaluatedModel, { task }: ModelScorers): ChangeCollector {
    const known = this.#byModel.get(model);
    if (known !== undefined) return known;
    const collector = new ChangeCollector({
      mapping: this.#request.mapping,
      task,
      kinds: model.comparison.kinds,
      ...(this.#classNames && { classNames: this.#classNames }),
    });
    this.#byModel.set(model, collector);
    return collector;
  }

  #nameOf(label: Float64Array): string | undefined {
    const number = classOfLabel(label);
    return number === null ? undefined : className(number, this.#classNames);
  }
}
