/** Shows why a number of the nodes is missing or old: it is being computed, or a command measures it. */
import { Group } from '@mantine/core';
import { formatPercent } from '../../../engine/format';
import type { NodeMetric, NodeNumbers } from '../../node-facts/node-metric';
import { CommandButton } from './CommandButton';
import { Note } from './Note';

interface MetricStateProps {
  readonly metric: NodeMetric;
  readonly numbers: NodeNumbers;
}

/** Shows nothing while the numbers are known for the current settings. */
export function MetricState({ metric, numbers }: MetricStateProps) {
  if (numbers.state === 'known') {
    if (numbers.outOfDate === undefined) return null;
    return (
      <Note role="status">
        {metric.title} is out of date: {numbers.outOfDate}
      </Note>
    );
  }
  if (numbers.state === 'running') {
    return (
      <Note role="status">
        {metric.title}: computing, {formatPercent(numbers.fraction, 0)}
      </Note>
    );
  }
  return (
    <Group gap={16}>
      <Note>
        {metric.title}: {numbers.why}
      </Note>
      {numbers.commandId === null ? null : <CommandButton command={numbers.commandId} />}
    </Group>
  );
}
