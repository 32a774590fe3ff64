/** Fewer samples cannot select a candidate, so that fewer candidates are evaluated. */
export const fewestSamples = 512;
/** The fewest candidates and samples that are evaluated in any case. */
const fewestCandidates = 3;
const usuallyLeastSamples = 16;

interface EvaluationPace {
  /** The number of runs of the original beside that many candidates. */
  originalRuns(candidates: number): number;
  /** The time of one model for a sample. */
  readonly msPerSample: number;
  readonly leftMs: number;
  /** The smallest number of samples, in any case. 16 if absent. */
  readonly leastSamples?: number;
}

/** The number of candidates and samples to evaluate. It reduces the candidates first, then the samples. */
export function planEvaluation(
  candidates: number,
  samples: number,
  { originalRuns, msPerSample, leftMs, leastSamples = usuallyLeastSamples }: EvaluationPace,
): { readonly evaluated: number; readonly samples: number } {
  const affordable = (evaluated: number) => {
    const runs = evaluated + originalRuns(evaluated);
    return Math.min(samples, Math.floor(leftMs / Math.max(1e-3, msPerSample * runs)));
  };
  let evaluated = candidates;
  while (evaluated > fewestCandidates && affordable(evaluated) < Math.min(samples, fewestSamples))
    evaluated = Math.ceil(evaluated / 2);
  return { evaluated, samples: Math.max(Math.min(samples, leastSamples), affordable(evaluated)) };
}
