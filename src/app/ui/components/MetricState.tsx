/** Why a number of the nodes is missing or old: it is being computed, or there is a command that measures it. */
import { Group, Text } from '@mantine/core';
import { formatPercent } from '../../../engine/format';
import type { NodeMetric, NodeNumbers } from '../../node-facts/node-metric';
import { CommandButton } from './CommandButton';

interface MetricStateProps {
  readonly metric: NodeMetric;
  readonly numbers: NodeNumbers;
}

/** Nothing while the numbers are known and of what is set now. */
export function MetricState({ metric, numbers }: MetricStateProps) {
  if (numbers.state === 'known') {
    if (numbers.outOfDate === undefined) return null;
    return (
      <Text size="xs" c="dimmed" role="status">
        {metric.title} is out of date: {numbers.outOfDate}
      </Text>
    );
  }
  if (numbers.state === 'running') {
    return (
      <Text size="xs" c="dimmed" role="status">
        {metric.title}: computing, {formatPercent(numbers.fraction, 0)}
      </Text>
    );
  }
  return (
    <Group gap={16}>
      <Text size="xs" c="dimmed">
        {metric.title}: {numbers.why}
      </Text>
      {numbers.commandId === null ? null : <CommandButton command={numbers.commandId} />}
    </Group>
  );
}
