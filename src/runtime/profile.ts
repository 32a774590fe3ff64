/** Reads what onnxruntime-web prints when it profiles: JSON events through console.log, log lines through console.error. */
import type { OperatorTime } from '../engine/metrics/cell';
import type { SessionProfile } from './session-spec';

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name?: string; readonly provider?: string; readonly node_index?: string };
}

interface ProfiledNode {
  readonly op: string;
  readonly provider: string;
  /** In the last run. */
  microseconds: number;
}

/** How onnxruntime names the WebNN provider in its profile. One fused node stands for a whole part of the graph. */
export const webnnProvider = 'WebNNExecutionProvider';
const kernelTime = '_kernel_time';

/**
 * Placement over all runs; times of the last one, since the first compiles and allocates. Nodes that WebNN fused are
 * counted as the nodes they were, as its log tells. Without any event, placement comes from the log alone.
 */
export function readProfile(lines: readonly string[]): SessionProfile {
  const nodes = new Map<string, ProfiledNode>();
  let isNextRun = false;
  for (const event of lines.map(parseEvent)) {
    if (event === undefined) continue;
    if (event.cat === 'Session') {
      isNextRun ||= event.name === 'model_run';
      continue;
    }
    if (isNextRun) for (const node of nodes.values()) node.microseconds = 0;
    isNextRun = false;
    const key = `${event.name}#${event.args.node_index ?? ''}`;
    const known = nodes.get(key) ?? {
      op: event.args.op_name ?? '',
      provider: event.args.provider ?? '',
      microseconds: 0,
    };
    known.microseconds += event.dur;
    nodes.set(key, known);
  }
  const placement = nodes.size > 0 ? countByProvider([...nodes.values()]) : readPlacementLog(lines);
  return { placement: unfuseWebnn(placement, lines), operators: sumByOperator([...nodes.values()]) };
}

/** Of the profile's many events those of whole runs and of kernels. */
function parseEvent(line: string): ProfileEvent | undefined {
  const isRun = line.includes('"model_run"');
  if (!isRun && !line.includes(kernelTime)) return undefined;
  try {
    const event = JSON.parse(line.trim().replace(/,$/, '')) as ProfileEvent;
    const isKernel = event.cat === 'Node' && event.name.endsWith(kernelTime);
    return isKernel || (isRun && event.cat === 'Session') ? event : undefined;
  } catch {
    // A log line that happens to hold the word.
    return undefined;
  }
}

/** Copies between CPU and GPU are the runtime's own: they take time but are no nodes of the model. */
function countByProvider(nodes: readonly { op: string; provider: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op, provider } of nodes) if (!op.startsWith('Memcpy')) counts[provider] = (counts[provider] ?? 0) + 1;
  return counts;
}

function sumByOperator(nodes: readonly ProfiledNode[]): OperatorTime[] {
  const sums = new Map<string, { op: string; provider: string; nodes: number; ms: number }>();
  for (const { op, provider, microseconds } of nodes) {
    const sum = sums.get(`${provider}/${op}`) ?? { op, provider, nodes: 0, ms: 0 };
    sum.nodes++;
    sum.ms += microseconds / 1000;
    sums.set(`${provider}/${op}`, sum);
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}

/** "Node(s) placed on [X]. Number of nodes: 3" and "All nodes placed on [X]. Number of nodes: 307". */
function readPlacementLog(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const match = /[Nn]ode(?:s|\(s\)) placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
    if (match) counts[match[1]!] = (counts[match[1]!] ?? 0) + Number(match[2]);
  }
  return counts;
}

function unfuseWebnn(placement: Record<string, number>, lines: readonly string[]): Record<string, number> {
  if (placement[webnnProvider] === undefined) return placement;
  let supported = 0;
  for (const line of lines) {
    const match = /number of nodes supported by WebNN: (\d+)/.exec(line);
    if (match) supported = Math.max(supported, Number(match[1]));
  }
  return { ...placement, [webnnProvider]: Math.max(supported, placement[webnnProvider]) };
}
