/** What the advisor knows of the work: results that still hold, never estimates. Pure. */
import type { AdvisorFacts, VariantFacts } from '../../../engine/advisor/advise';
import { formatProvider } from '../../../engine/format';
import { matchGrade } from '../../../engine/metrics/match-grade';
import { modelFacts } from '../../../engine/search/model-facts';
import { isEvaluationStale } from '../data/data-selectors';
import { isCellStale, originalBytes, selectSelectedVariant } from '../workspace/selectors';
import { cellKey, type Variant, type WorkspaceState } from '../workspace/workspace-store';

/** `null` without a model. */
export function advisorFacts(state: WorkspaceState): AdvisorFacts | null {
  const { original, data } = state;
  if (original === null) return null;
  const variant = selectSelectedVariant(state) ?? state.variants.at(-1) ?? null;
  return {
    model: modelFacts(original.inspection, originalBytes(original)),
    data: data === null ? null : { isLabelled: data.mapping.labels !== null },
    ...(variant !== null && { variant: variantFacts(state, variant) }),
  };
}

function variantFacts(state: WorkspaceState, { id, optimization }: Variant): VariantFacts {
  const cells = Object.values(state.cells).filter(
    ({ variant, ep }) => variant === id && !isCellStale(state, cellKey(id, ep)),
  );
  const [comparison] = cells.flatMap(({ ep }) => state.comparisons[cellKey(id, ep)] ?? []);
  const [recorded] = Object.values(state.evaluations).filter(
    ({ evaluation: { variant, ep } }) => variant === id && !isEvaluationStale(state, cellKey(id, ep)),
  );
  const difference = recorded?.evaluation.difference;
  return {
    sizeBytes: optimization.sizeBytes.variant,
    passes: optimization.passes.map((pass) => pass.id),
    isWrong: cells.some(({ outputMatch }) => matchGrade(outputMatch) === 'wrong'),
    ...(comparison !== undefined &&
      comparison.verdict !== 'invalid' && {
        speed: { provider: formatProvider(comparison.ep), verdict: comparison.verdict, ratio: comparison.ratio },
      }),
    ...(difference !== undefined &&
      ['top1', 'accuracy'].includes(difference.metric) && {
        loss: {
          value: -difference.value,
          least: -difference.interval[1],
          most: -difference.interval[0],
          samples: recorded!.evaluation.samples,
        },
      }),
  };
}
