/** Gives each layer its own bits: measures what each costs alone, and verifies files along the order that follows. */
import { mixOrder, nextProbe, type MeasuredLayer, type MixStep } from '../../engine/search/mixed-precision';
import {
  isUniformEnough,
  leastMixedBytes,
  mixedCandidate,
  mixedTechniques,
  stepsNotSmaller,
  triedMixtures,
  type MixedTechnique,
} from '../../engine/search/mixed-technique';
import { isUnfinished, type Candidate } from '../../engine/search/candidate';
import { modelFacts, type ModelFacts } from '../../engine/search/model-facts';
import { describeFailure } from '../session/failure';
import { mostConfirmed, type CandidateSelection } from './select-candidates';
import { measureLayers } from './measure-layers';
import type { OutputReference } from './output-reference';
import { until, type SearchCourse } from './search-course';
import type { CandidateTrial } from './try-candidates';

interface Mixture {
  readonly technique: MixedTechnique;
  readonly layers: readonly MeasuredLayer[];
  readonly order: readonly MixStep[];
  readonly facts: ModelFacts;
}

export class PrecisionMixture {
  readonly #course: SearchCourse;
  readonly #parts: {
    readonly reference: OutputReference;
    readonly trial: CandidateTrial;
    readonly selection: CandidateSelection;
  };

  constructor(
    course: SearchCourse,
    parts: {
      readonly reference: OutputReference;
      readonly trial: CandidateTrial;
      readonly selection: CandidateSelection;
    },
  ) {
    this.#course = course;
    this.#parts = parts;
  }

  /** Runs all mixtures. If size is the goal, the one that may become smallest comes first. */
  async mixAll(): Promise<void> {
    const { state, candidates, request } = this.#course;
    const techniques = (state.mixings ?? []).flatMap(({ technique: id }) =>
      mixedTechniques.filter((each) => each.id === id),
    );
    const least = (technique: MixedTechnique) => leastMixedBytes(technique, candidates) ?? Infinity;
    const inOrder =
      request.goal.objective === 'size'
        ? techniques.toSorted((a, b) => (least(a) < least(b) ? -1 : Number(least(a) > least(b))))
        : techniques;
    for (const technique of inOrder) await this.#mix(technique);
  }

  /** The size of the confirmed recommendation, if a mixture must be smaller. Otherwise any size will do. */
  get #bestBytes(): number {
    const { objective } = this.#course.request.goal;
    const { best } = this.#course.recommendation();
    return objective !== 'latency' && best?.confirmed?.word === 'confirmed' ? best.sizeBytes! : Infinity;
  }

  /**
   * Each mixture is a candidate of its own, so a resumed search repeats none. The smallest mixture within the limits,
   * with a margin, is confirmed on other samples. If they contradict it, the search continues between it and the one
   * before.
   */
  async #mix(technique: MixedTechnique): Promise<void> {
    const known = this.#course.state.mixings?.find((each) => each.technique === technique.id);
    if (known === undefined || known.isOver) return;
    const { candidates, request, state } = this.#course;
    const isLarge = (leastMixedBytes(technique, candidates) ?? 0) >= this.#bestBytes;
    if (isLarge || isUniformEnough(technique, candidates, request.goal, state.originalBytes)) {
      return this.#course.tell({ kind: 'mixed', technique: technique.id });
    }
    const layers = known.layers ?? (await this.#measure(technique, known.measured));
    if (layers === undefined) return;
    const { inspection, originalBytes } = request.opened;
    const facts = modelFacts(inspection, originalBytes);
    const mixture = { technique, layers, order: mixOrder(layers), facts };
    while (this.#course.time.leftMs(until.mixed) > 0) {
      const next = this.#next(mixture);
      if (next === null) return this.#course.tell({ kind: 'mixed', technique: technique.id });
      const wentOn = next.loss === undefined ? await this.#try(next) : await this.#parts.selection.confirm(next);
      // It had no time, and has none now.
      if (!wentOn) return;
    }
  }

  /** The mixture to make and evaluate next, or to confirm. `null`: none is left. */
  #next({ technique, layers, order, facts }: Mixture): Candidate | null {
    const { state, candidates, request } = this.#course;
    const tried = triedMixtures(technique, candidates, request.goal, state.originalBytes);
    const notSmaller = stepsNotSmaller(technique, order, candidates, this.#bestBytes);
    const steps = nextProbe(order, [...tried, { steps: notSmaller, holds: true }], state.originalBytes);
    if (steps !== null)
      return this.#calibrated(mixedCandidate(technique, { order, layers, steps }, request.goal, facts));
    const holding = tried.filter(({ holds }) => holds).toSorted((a, b) => b.steps - a.steps);
    const best = holding[0]?.evaluated;
    // Samples that contradicted several mixtures rarely confirm another one.
    const refuted = tried.filter(({ evaluated, holds }) => evaluated?.confirmed !== undefined && !holds).length;
    const isOpen = best !== undefined && best.confirmed === undefined && state.samples.confirm > 0;
    return isOpen && refuted < mostConfirmed ? best : null;
  }

  #calibrated(candidate: Candidate): Candidate {
    const { plan, request } = this.#course;
    const calibrates = (request.data?.calibration ?? null) !== null;
    return calibrates ? { ...candidate, calibrationSamples: plan.calibrationSamples } : candidate;
  }

  async #try(next: Candidate): Promise<boolean> {
    const { time } = this.#course;
    const { id, name, recipe, calibrationSamples } = next;
    this.#course.tell({
      kind: 'planned',
      candidate: { id, name, recipe, ...(calibrationSamples !== undefined && { calibrationSamples }) },
    });
    this.#course.enter(`Trying ${name}`);
    await time.within(until.mixed, (signal) => this.#parts.trial.tryOne(signal, next));
    if (this.#find(id).stage === 'screened') {
      await this.#parts.selection.evaluateAll([this.#find(id)], () => time.leftMs(until.confirmed));
    }
    return !isUnfinished(this.#find(id));
  }

  #find(id: string): Candidate {
    return this.#course.candidates.find((each) => each.id === id)!;
  }

  async #measure(
    technique: MixedTechnique,
    known: readonly MeasuredLayer[] = [],
  ): Promise<readonly MeasuredLayer[] | undefined> {
    const { time } = this.#course;
    try {
      const layers = await time.within(until.mixed, (signal) =>
        measureLayers(signal, this.#course, {
          technique,
          reference: this.#parts.reference,
          known,
          leftMs: () => time.leftMs(until.mixed),
          onLayer: (index, count) => this.#course.enter(`Layer ${index + 1} of ${count}`),
          onMeasured: (layer) => this.#course.tell({ kind: 'layer-measured', technique: technique.id, layer }),
        }),
      );
      if (layers !== undefined) this.#course.tell({ kind: 'layers-measured', technique: technique.id, layers });
      return layers;
    } catch (error) {
      this.#course.host.signal.throwIfAborted();
      this.#course.made.throwIfDataIsLost();
      const reason = describeFailure(error, this.#course.request.original.name, 'wasm');
      this.#course.tell({ kind: 'mixed', technique: technique.id, reason });
      return undefined;
    }
  }
}
