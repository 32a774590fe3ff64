/** Describes the cost of one run for people. */
import type { RunCost } from '../analysis/inspection';
import { formatBytes, formatCount } from '../format';

/** A figure of one run, with the parts that it leaves out, or the reason why it is unknown. */
export function describeCost(
  cost: Pick<RunCost, 'macs' | 'flops' | 'bytes' | 'unknown' | 'uncountedOperators'>,
  kind: 'macs' | 'flops' | 'bytes',
): string {
  const { [kind]: value, unknown, uncountedOperators: left } = cost;
  if (value === null) return `unknown: ${unknown[kind]}`;
  if (kind === 'bytes') return formatBytes(value);
  const without = left.length === 0 ? '' : `, without ${left.join(', ')}, whose cost Pareto does not know`;
  return `${formatCount(value)}${without}`;
}
