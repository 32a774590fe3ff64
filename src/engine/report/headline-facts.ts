import { originalId } from '../metrics/cell';
import { findPass } from '../passes/registry';
import { describeDoubt } from '../search/describe-search';
import { knownVerdict } from './variant-verdict';
import { findEvaluation, findSearched, openingVariant, withCountOfReport } from './find-in-report';
import type { HeadlineFacts } from './headline';
import type { Report } from './report-schema';

/**
 * Collects the facts for the headline of one variant of a report. Without an id it takes the variant that the report
 * opens on.
 */
export function headlineFacts(report: Report, variantId = openingVariant(report)?.id): HeadlineFacts {
  const variant = report.variants.find((candidate) => candidate.id === variantId);
  const ofVariant = <Item extends { variant: string }>(items: readonly Item[]) =>
    items.filter((item) => item.variant === variantId);
  if (!variant) return { variant: null, cells: [], comparisons: [], failures: [] };
  return {
    variant: {
      name: variant.name,
      sizeBytes: variant.sizeBytes,
      changes: variant.fromFile === undefined ? variant.passes.reduce((sum, pass) => sum + pass.changeCount, 0) : null,
      refusals: variant.passes.reduce((sum, pass) => sum + pass.refusalCount, 0),
      sentences: idleSentences(variant.passes),
      gzipBytes: variant.gzipBytes ?? undefined,
    },
    cells: ofVariant(report.cells).map((cell) => withCountOfReport(report, cell)),
    comparisons: ofVariant(report.comparisons),
    failures: ofVariant(report.failures),
    evaluation: evaluationOf(report, variant.id),
    ...searchedAccuracy(report, variant.id),
    known: knownOf(report, variant.id),
    ...(report.evaluationData && { hasLabels: report.evaluationData.mapping.labels !== null }),
  };
}

/** Names the passes that changed nothing. Each other pass lists its changes. */
function idleSentences(passes: Report['variants'][number]['passes']): readonly string[] {
  return idlePasses(passes).map((pass) => {
    const title = findPass(pass.id)?.presentation.title ?? pass.id;
    return `${title} changed nothing${pass.refusalCount > 0 ? '; its details list the reasons' : ''}.`;
  });
}

/** Passes that changed nothing, except preparations, which often have nothing to change. */
export function idlePasses<Ran extends { readonly id: string; readonly changeCount: number }>(
  passes: readonly Ran[],
): readonly Ran[] {
  return passes.filter(({ id, changeCount }) => changeCount === 0 && findPass(id)?.isPreparation !== true);
}

/** A doubt of the original's accuracy is one of each difference to it. */
function evaluationOf(report: Report, variantId: string): HeadlineFacts['evaluation'] {
  const evaluation = findEvaluation(report, variantId);
  const unchecked = findEvaluation(report, originalId)?.unchecked;
  return evaluation && unchecked ? { ...evaluation, unchecked } : evaluation;
}

function searchedAccuracy(report: Report, variantId: string): Pick<HeadlineFacts, 'doubt'> {
  const found = findSearched(report, variantId);
  if (found === undefined) return {};
  const { doubt } = report.search!;
  return {
    ...(doubt !== undefined && { doubt: describeDoubt(doubt) }),
  };
}

/** The match of the outputs has a phrase of its own, by provider. */
function knownOf(report: Report, variantId: string): HeadlineFacts['known'] {
  const known = knownVerdict(report, variantId);
  return known?.from === 'outputs' ? undefined : known;
}
