/** Each kind of provider on this device: whether it is available, and why not. */
import { Group, Stack, Text } from '@mantine/core';
import { capabilitiesOf } from '../../../state/window/capabilities';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { CheckIcon, CloseIcon, WarningIcon } from '../../components/icons';
import classes from './StartScreen.module.css';
import { Note } from '../../components/Note';

export function DeviceSummary() {
  const device = useWorkspace((state) => state.device);
  if (device === null) return <Text c="dimmed">Checking this device…</Text>;
  return (
    <Stack component="ul" gap={8}>
      {capabilitiesOf(device).map(({ id, name, longDetail, available, inSoftware = false, reasons }) => (
        <li
          key={id}
          className={classes.capability}
          data-available={available}
          data-software={inSoftware}
          title={reasons.join(' ')}
        >
          <Group gap={8}>
            {inSoftware ? <WarningIcon /> : available ? <CheckIcon /> : <CloseIcon />}
            <Text fw={600} inherit>
              {name}
            </Text>
            <Text c="dimmed" inherit>
              {available ? longDetail : 'off'}
            </Text>
          </Group>
          {available ? null : <Note>{reasons.join(' ')}</Note>}
        </li>
      ))}
    </Stack>
  );
}
