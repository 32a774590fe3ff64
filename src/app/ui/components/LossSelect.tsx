/** The largest loss allowed, in the unit of the data's metric. */
import { NativeSelect } from '@mantine/core';
import { useWorkspace } from '../../state/workspace/use-stores';
import { CaptionedField } from './CaptionedField';
import { useKnownOutputs } from './OutputKindFields';
import type { OutputKind } from '../../../engine/data/output-kind';
import { formatNumber } from '../../../engine/format';
import { formatRelativeError } from '../../../engine/metrics/match-grade';
import { formatLoss } from '../../../engine/verdict/loss';
import { type SearchLimits, usualGoal, usualOutputLimits } from '../../../engine/search/search-goal';

/** The limit on the loss that fits the data, and the values that are offered for it. */
type LossLimit = 'accuracyLoss' | 'cosineLoss' | 'sqnrDb';

interface LossFacts {
  /** Kinds of the outputs. */
  readonly kinds: readonly OutputKind[];
  readonly hasLabels: boolean;
  readonly isRegression: boolean;
}

interface OfferedLosses {
  readonly limit: LossLimit;
  /** The one that holds. */
  readonly value: number;
  readonly options: readonly { readonly value: number; readonly label: string }[];
}

/** The offered values, and the default. */
const offers: Readonly<Record<LossLimit, { readonly values: readonly number[]; readonly usual: number }>> = {
  accuracyLoss: { values: [0.005, 0.01, 0.02, 0.05], usual: usualGoal.limits.accuracyLoss },
  cosineLoss: { values: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02], usual: usualOutputLimits.cosineLoss },
  sqnrDb: { values: [40, 30, 20, 15], usual: usualOutputLimits.sqnrDb },
};

export function offeredLosses(limits: SearchLimits, facts: LossFacts): OfferedLosses {
  const limit = lossLimit(facts);
  const { values, usual } = offers[limit];
  const value = limits[limit] ?? usual;
  // A limit that was moved in the chart is one more. The strictest comes first.
  const all = [...new Set([...values, value])].toSorted((a, b) => (limit === 'sqnrDb' ? b - a : a - b));
  return { limit, value, options: all.map((each) => ({ value: each, label: labelOf(limit, each, facts) })) };
}

/** Candidates are evaluated by labels or answers, else by embeddings, else by the error. */
function lossLimit({ kinds, hasLabels }: LossFacts): LossLimit {
  if (hasLabels || kinds.length === 0) return 'accuracyLoss';
  if (kinds.some((kind) => /^(probabilities|scores|sequence|texts)$/.test(kind))) return 'accuracyLoss';
  return kinds.includes('embedding') ? 'cosineLoss' : 'sqnrDb';
}

function labelOf(limit: LossLimit, value: number, { hasLabels, isRegression }: LossFacts): string {
  if (limit === 'cosineLoss') return `${formatLoss({ of: 'cosine' }, value)} embedding error`;
  if (limit === 'sqnrDb') return `${formatRelativeError(value)} output error`;
  if (hasLabels && !isRegression) return formatLoss({ of: 'accuracy' }, value);
  return `${formatNumber(value * 100)} % ${hasLabels ? 'more error' : 'of the answers'}`;
}

interface LossSelectProps {
  readonly limits: SearchLimits;
  readonly onChange: (limits: SearchLimits) => void;
}

export function LossSelect({ limits, onChange }: LossSelectProps) {
  const hasLabels = useWorkspace(({ data }) => data?.mapping.labels != null);
  const isRegression = useWorkspace(({ data }) => data?.mapping.task?.kind === 'regression');
  const kinds = useKnownOutputs().map(({ kind }) => kind);
  const { limit, value, options } = offeredLosses(limits, { kinds, hasLabels, isRegression });
  return (
    <CaptionedField caption="Max loss" note={null}>
      <NativeSelect
        aria-label="Max loss"
        value={String(value)}
        onChange={({ currentTarget }) => onChange({ ...limits, [limit]: Number(currentTarget.value) })}
        data={options.map((each) => ({ value: String(each.value), label: each.label }))}
      />
    </CaptionedField>
  );
}
