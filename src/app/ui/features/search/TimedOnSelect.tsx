/** The provider that times variants, among those of this device. All variants are evaluated on WASM. */
import { NativeSelect } from '@mantine/core';
import { formatProvider } from '../../../../engine/format';
import type { Device, ExecutionProvider } from '../../../../engine/metrics/cell';
import { timedOn, type SearchGoal } from '../../../../engine/search/search-goal';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { CaptionedField } from '../../components/CaptionedField';

interface TimedOnSelectProps {
  readonly goal: Pick<SearchGoal, 'ep'>;
  readonly onChange: (change: Pick<SearchGoal, 'ep'>) => void;
}

/** Shows nothing if WASM is the only provider. */
export function TimedOnSelect({ goal, onChange }: TimedOnSelectProps) {
  const device = useWorkspace((state) => state.device);
  const ep = timedOn(goal);
  const offered = new Set<ExecutionProvider>(['wasm', ...availableOn(device), ep]);
  if (offered.size === 1) return null;
  return (
    <CaptionedField caption="Timed on" note={null}>
      <NativeSelect
        aria-label="Timed on"
        value={ep}
        onChange={({ currentTarget }) => onChange({ ep: currentTarget.value as ExecutionProvider })}
        data={[...offered].map((value) => ({ value, label: labelOf(value, device) }))}
      />
    </CaptionedField>
  );
}

function availableOn(device: Device | null): readonly ExecutionProvider[] {
  return device?.providers.flatMap(({ ep, available }) => (available && ep !== 'compiled' ? [ep] : [])) ?? [];
}

function labelOf(ep: ExecutionProvider, device: Device | null): string {
  const isSoftware = ep === 'webgpu' && device?.webgpu?.software === true;
  return isSoftware ? `${formatProvider(ep)} (software)` : formatProvider(ep);
}
