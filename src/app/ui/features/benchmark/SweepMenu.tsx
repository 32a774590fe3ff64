/** The settings that the selected model can be measured over. */
import { Button, Menu } from '@mantine/core';
import { axisRecord, dimensionAxes } from '../../../../engine/profiling/sweep';
import { commandById } from '../../../commands/command-registry';
import { sweepSelected } from '../../../state/benchmark/alone-measurements';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';

const commands = [
  ['sweep-batches', 'batch'],
  ['sweep-threads', 'threads'],
  ['sweep-optimization', 'optimization'],
  ['sweep-layouts', 'layout'],
] as const;

export function SweepMenu() {
  const isSweeping = useJob((jobs) => hasJob(jobs, 'sweep'));
  const original = useWorkspace((state) => state.original);
  const dimensions = original === null ? [] : dimensionAxes(original.inspection.inputs);
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" disabled={isSweeping} data-testid="sweep-menu">
          Try settings
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {commands.map(([id, axis]) => (
          <Menu.Item key={id} onClick={commandById(id).perform} disabled={!commandById(id).isAvailable()}>
            By {axisRecord(axis).noun}
          </Menu.Item>
        ))}
        {dimensions.map((axis) => (
          <Menu.Item key={axis} onClick={() => void sweepSelected(axis)}>
            By {axis}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
