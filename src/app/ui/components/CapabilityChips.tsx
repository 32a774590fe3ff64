/** WASM, WebGPU and WebNN on this device, each with the reason behind it one click away. */
import { Popover, UnstyledButton } from '@mantine/core';
import { capabilitiesOf, type Capability } from '../../state/window/capabilities';
import { useWorkspace } from '../../state/workspace/use-stores';
import classes from './CapabilityChips.module.css';

export function CapabilityChips() {
  const device = useWorkspace((state) => state.device);
  if (device === null) return null;
  return (
    <ul className={classes.chips} aria-label="What this device offers">
      {capabilitiesOf(device).map((capability) => (
        <li key={capability.id}>
          <Chip capability={capability} />
        </li>
      ))}
    </ul>
  );
}

function Chip({ capability }: { readonly capability: Capability }) {
  const { name, detail, available, inSoftware = false, reasons } = capability;
  return (
    <Popover width={300} position="bottom-end" withRoles>
      <Popover.Target>
        <UnstyledButton className={classes.chip} data-available={available} data-software={inSoftware}>
          {name}
          <span className={classes.detail}>{available ? detail && `·${detail}` : 'off'}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.reasons}>
        {reasons.map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
