/** What the advisor knows of the work: results that still hold, never estimates. Pure. */
import type { AdvisorFacts, VariantFacts } from '../../../engine/advisor/advise';
import { formatProvider } from '../../../engine/format';
import { matchGrade } from '../../../engine/metrics/match-grade';
import { modelFacts } from '../../../engine/search/model-facts';
import { toldLoss } from '../../../engine/search/candidate';
import { searchedCandidate } from '../search/searched-candidate';
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

function variantFacts(state: WorkspaceState, variant: Variant): VariantFacts {
  const { id, optimization } = variant;
  const weightBits = optimization.passes.find((pass) => pass.id === 'quantize-weights')?.options['bits'];
  const cells = Object.values(state.cells).filter(
    ({ variant: row, ep }) => row === id && !isCellStale(state, cellKey(id, ep)),
  );
  const [comparison] = cells.flatMap(({ ep }) => state.comparisons[cellKey(id, ep)] ?? []);
  const [recorded] = Object.values(state.evaluations).filter(
    ({ evaluation: { variant: row, ep } }) => row === id && !isEvaluationStale(state, cellKey(id, ep)),
  );
  const difference = recorded?.evaluation.difference;
  const found = searchedCandidate(state, variant);
  const searched = found === undefined || difference !== undefined ? undefined : toldLoss(found);
  return {
    sizeBytes: optimization.sizeBytes.variant,
    passes: optimization.passes.map((pass) => pass.id),
    ...(weightBits !== undefined && { weightBits: Number(weightBits) }),
    isWrong: cells.some(({ outputMatch }) => matchGrade(outputMatch) === 'wrong'),
    ...(comparison !== undefined &&
      comparison.verdict !== 'invalid' && {
        speed: { provider: formatProvider(comparison.ep), verdict: comparison.verdict, ratio: comparison.ratio },
      }),
    ...(searched?.of === 'accuracy' &&
      searched.interval !== null && {
        loss: {
          value: searched.value,
          least: searched.interval[0],
          most: searched.interval[1],
          samples: searched.samples,
        },
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
