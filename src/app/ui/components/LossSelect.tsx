/** The largest loss allowed, in the unit of the data's metric. */
import { NativeSelect } from '@mantine/core';
import type { SearchLimits } from '../../../engine/search/search-goal';
import { useWorkspace } from '../../state/workspace/use-stores';
import { CaptionedField } from './CaptionedField';
import { offeredLosses } from './offered-losses';
import { useKnownOutputs } from './OutputKindFields';

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
