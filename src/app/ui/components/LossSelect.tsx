/** What may be lost at most, in the unit in which the data judges. */
import { NativeSelect } from '@mantine/core';
import { formatNumber } from '../../../engine/format';
import { formatLoss } from '../../../engine/search/describe-search';
import { useWorkspace } from '../../state/workspace/use-stores';
import { CaptionedField } from './CaptionedField';

const losses = [0.005, 0.01, 0.02, 0.05];

interface LossSelectProps {
  readonly value: number;
  readonly onChange: (accuracyLoss: number) => void;
}

export function LossSelect({ value, onChange }: LossSelectProps) {
  const hasLabels = useWorkspace(({ data }) => data?.mapping.labels != null);
  const isRegression = useWorkspace(({ data }) => data?.mapping.task?.kind === 'regression');
  const labelOf = (loss: number) => {
    if (hasLabels && !isRegression) return formatLoss({ of: 'accuracy' }, loss);
    return `${formatNumber(loss * 100)} % ${hasLabels ? 'more error' : 'of the answers'}`;
  };
  // A limit that was moved in the chart is one more.
  const offered = [...new Set([...losses, value])].sort((a, b) => a - b);
  return (
    <CaptionedField caption="At most lost" note={null}>
      <NativeSelect
        aria-label="At most lost"
        value={String(value)}
        onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
        data={offered.map((loss) => ({ value: String(loss), label: labelOf(loss) }))}
      />
    </CaptionedField>
  );
}
