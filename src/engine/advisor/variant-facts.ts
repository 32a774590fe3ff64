import type { Comparison } from '../metrics/cell';
import { levelOf } from '../metrics/match-grade';
import { formatProvider } from '../format';
import type { PassReport } from '../recipe/optimization';
import type { VariantFacts } from './advice';

/** Known results of a variant, wherever they are kept. */
export interface KnownOfVariant extends Pick<VariantFacts, 'isWrong' | 'isSearched' | 'medianMs' | 'known'> {
  readonly sizeBytes: number;
  readonly namesBytes?: number | undefined;
  /** It was opened from a file, so its passes are unknown. */
  readonly isFromFile?: boolean;
  /** All of its recipe. */
  readonly passes: readonly Pick<PassReport, 'id' | 'options' | 'changes'>[];
  /** The match on the best inputs that its outputs were compared on; absent while nobody compared them. */
  readonly match?: (Parameters<typeof levelOf>[0] & { readonly valid: boolean }) | undefined;
  /** Comparisons with the original, on each provider. */
  readonly comparisons: readonly Comparison[];
}

/** The facts that the advisor reads. The first comparison gives the speed. */
export function variantFacts(known: KnownOfVariant): VariantFacts {
  const {
    sizeBytes,
    namesBytes,
    isFromFile = false,
    isWrong,
    isSearched,
    medianMs,
    match,
    comparisons,
    known: ofLoss,
  } = known;
  // Passes that changed nothing are no facts of the variant.
  const passes = known.passes.filter(({ changes }) => changes.length > 0);
  const weightBits = passes.find(({ id }) => id === 'quantize-weights')?.options['bits'];
  const speed = comparisons[0] && speedOf(comparisons[0]);
  return {
    sizeBytes,
    ...(namesBytes !== undefined && { namesBytes }),
    passes: passes.map(({ id }) => id),
    recipePasses: known.passes.map(({ id }) => id),
    ...(weightBits !== undefined && { weightBits: Number(weightBits) }),
    isUnchanged: passes.length === 0 && !isFromFile,
    isSearched,
    isWrong,
    ...(medianMs !== undefined && { medianMs }),
    slowerOn: comparisons.filter(({ verdict }) => verdict === 'slower').map(({ ep }) => formatProvider(ep)),
    ...(match?.valid === true && { matchDb: levelOf(match) }),
    ...(speed && { speed }),
    ...(ofLoss && { known: ofLoss }),
  };
}

function speedOf(comparison: Comparison): VariantFacts['speed'] {
  const { ep, verdict, ratio } = comparison;
  if (verdict === 'invalid') return undefined;
  return { provider: formatProvider(ep), verdict, ratio };
}
