/** Why a number of the nodes is not there, or is old: it is being computed, or the command that finds it out. */
import { formatPercent } from '../../../engine/format';
import type { NodeMetric, NodeNumbers } from '../../node-facts/node-metric';
import { CommandButton } from './CommandButton';
import classes from './MetricState.module.css';

interface MetricStateProps {
  readonly metric: NodeMetric;
  readonly numbers: NodeNumbers;
}

/** Nothing while the numbers are known and of what is set now. */
export function MetricState({ metric, numbers }: MetricStateProps) {
  if (numbers.state === 'known') {
    if (numbers.outOfDate === undefined) return null;
    return (
      <p className={classes.state} role="status">
        {metric.title} is out of date: {numbers.outOfDate}
      </p>
    );
  }
  if (numbers.state === 'running') {
    return (
      <p className={classes.state} role="status">
        {metric.title}: being computed, {formatPercent(numbers.fraction, 0)}
      </p>
    );
  }
  return (
    <div className={classes.state}>
      <p>
        {metric.title}: {numbers.why}
      </p>
      {numbers.commandId === null ? null : <CommandButton command={numbers.commandId} />}
    </div>
  );
}
