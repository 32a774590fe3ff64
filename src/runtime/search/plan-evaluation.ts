/** Fewer samples say too little to choose by: then fewer candidates are judged. */
export const fewestSamples = 512;
/** So few candidates are judged in any case, and so few samples. */
const fewestCandidates = 3;
const usuallyLeastSamples = 16;

interface EvaluationPace {
  /** How often the original runs beside so many candidates. */
  originalRuns(candidates: number): number;
  /** Of one model. */
  readonly msPerSample: number;
  readonly leftMs: number;
  /** On so few samples in any case. Absent: 16. */
  readonly leastSamples?: number;
}

/** How many candidates are judged on how many samples: fewer candidates before too few samples. */
export function planEvaluation(
  candidates: number,
  samples: number,
  { originalRuns, msPerSample, leftMs, leastSamples = usuallyLeastSamples }: EvaluationPace,
): { readonly judged: number; readonly samples: number } {
  const affordable = (judged: number) => {
    const runs = judged + originalRuns(judged);
    return Math.min(samples, Math.floor(leftMs / Math.max(1e-3, msPerSample * runs)));
  };
  let judged = candidates;
  while (judged > fewestCandidates && affordable(judged) < Math.min(samples, fewestSamples))
    judged = Math.ceil(judged / 2);
  return { judged, samples: Math.max(Math.min(samples, leastSamples), affordable(judged)) };
}
