/** Selects the figures of the trade-off, if there is a choice. */
import { Group, NativeSelect } from '@mantine/core';
import type { Axis, AxisId } from './trade-off-axes';
import type { ShownAxes } from './trade-off-model';

const names = { x: 'Horizontal', y: 'Vertical' } as const;

interface AxisSelectsProps {
  readonly axes: readonly Axis[];
  readonly shown: ShownAxes;
  readonly onChange: (chosen: { readonly x: AxisId; readonly y: AxisId }) => void;
}

export function AxisSelects({ axes, shown, onChange }: AxisSelectsProps) {
  if (axes.length < 3) return null;
  const now = { x: shown.x.id, y: shown.y.id };
  return (
    <Group gap="8px 16px">
      {(['x', 'y'] as const).map((side) => {
        const other = side === 'x' ? 'y' : 'x';
        return (
          <Group key={side} component="label" gap={8} fz="xs" c="dimmed">
            {names[side]}
            <NativeSelect
              aria-label={`${names[side]} axis`}
              size="xs"
              value={now[side]}
              // The axes exchange their figures if a person chooses the figure of the other one.
              onChange={({ currentTarget }) => {
                const id = currentTarget.value as AxisId;
                onChange({ ...now, [side]: id, ...(now[other] === id && { [other]: now[side] }) });
              }}
              data={axes.map(({ id, title }) => ({ value: id, label: title }))}
            />
          </Group>
        );
      })}
    </Group>
  );
}
