/** What may be lost at most, in the unit in which the data judges. */
import { NativeSelect } from '@mantine/core';
import { formatNumber } from '../../../engine/format';
import { formatLoss } from '../../../engine/search/describe-search';
import { usualOutputLimits, type SearchLimits } from '../../../engine/search/search-goal';
import { useWorkspace } from '../../state/workspace/use-stores';
import { CaptionedField } from './CaptionedField';
import { useKnownOutputs } from './OutputKindFields';

type LossLimit = 'accuracyLoss' | 'cosineLoss' | 'sqnrDb';

/** What is offered, and what holds where nothing is chosen. */
const offers: Readonly<Record<LossLimit, { readonly values: readonly number[]; readonly usual: number }>> = {
  accuracyLoss: { values: [0.005, 0.01, 0.02, 0.05], usual: 0.01 },
  cosineLoss: { values: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02], usual: usualOutputLimits.cosineLoss },
  sqnrDb: { values: [40, 30, 20, 15], usual: usualOutputLimits.sqnrDb },
};

interface LossSelectProps {
  readonly limits: SearchLimits;
  readonly onChange: (limits: SearchLimits) => void;
}

export function LossSelect({ limits, onChange }: LossSelectProps) {
  const hasLabels = useWorkspace(({ data }) => data?.mapping.labels != null);
  const isRegression = useWorkspace(({ data }) => data?.mapping.task?.kind === 'regression');
  const limit = useLossLimit(hasLabels);
  const { values, usual } = offers[limit];
  const value = limits[limit] ?? usual;
  const labelOf = (each: number) => {
    if (limit === 'cosineLoss') return `${formatNumber(each)} of the cosine`;
    if (limit === 'sqnrDb') return `to ${formatNumber(each)} dB`;
    if (hasLabels && !isRegression) return formatLoss({ of: 'accuracy' }, each);
    return `${formatNumber(each * 100)} % ${hasLabels ? 'more error' : 'of the answers'}`;
  };
  // A limit that was moved in the chart is one more.
  const offered = [...new Set([...values, value])].sort((a, b) => (limit === 'sqnrDb' ? b - a : a - b));
  return (
    <CaptionedField caption="At most lost" note={null}>
      <NativeSelect
        aria-label="At most lost"
        value={String(value)}
        onChange={({ currentTarget }) => onChange({ ...limits, [limit]: Number(currentTarget.value) })}
        data={offered.map((each) => ({ value: String(each), label: labelOf(each) }))}
      />
    </CaptionedField>
  );
}

/** By what a candidate is judged: labels or answers, else embeddings, else the error. */
function useLossLimit(hasLabels: boolean): LossLimit {
  const kinds = useKnownOutputs().map(({ kind }) => kind);
  if (hasLabels || kinds.length === 0) return 'accuracyLoss';
  if (kinds.some((kind) => /^(probabilities|scores|sequence|texts)$/.test(kind))) return 'accuracyLoss';
  return kinds.includes('embedding') ? 'cosineLoss' : 'sqnrDb';
}
