/** Reads what onnxruntime-web prints when it profiles: JSON events through console.log, log lines through console.error. */
import type { OperatorTime } from '../../engine/metrics/cell';
import type { KernelTime } from '../../engine/metrics/node-time';
import type { SessionProfile } from './session-spec';
import { ownValue } from '../../engine/own-value';

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name?: string; readonly provider?: string; readonly node_index?: string };
}

/** The name of the WebNN provider in onnxruntime's profile. One fused node stands for a whole part of the graph. */
export const webnnProvider = 'WebNNExecutionProvider';
const kernelTime = '_kernel_time';
/** The category of programs that a GPU timed, named `node&operator&program`. */
const gpuCategory = 'Api';

/**
 * Returns the placement over all runs, and times of operators in the last run, since the first compiles and allocates.
 * Nodes that WebNN fused are counted one by one, as its log lists them. Without any event, placement comes from the log
 * alone.
 */
export function readProfile(lines: readonly string[]): SessionProfile {
  const { kernels, hasGpuTimes } = readKernels(lines);
  const placement = kernels.length > 0 ? countByProvider(kernels) : readPlacementLog(lines);
  return {
    placement: unfuseWebnn(placement, lines),
    operators: sumByOperator(kernels),
    kernels,
    ...(hasGpuTimes && { hasGpuTimes }),
  };
}

/**
 * Every kernel with its time in each run. A kernel that did not run in a run (a branch) took 0 there. If the GPU gives
 * timestamps, the time is that of its work, else that of submitting it.
 */
function readKernels(lines: readonly string[]): { readonly kernels: KernelTime[]; readonly hasGpuTimes: boolean } {
  const kernels = new Map<string, KernelTime & { readonly microseconds: number[] }>();
  const programs = new Map<string, number[]>();
  let run = 0;
  let lastRun = 0;
  for (const event of lines.map(parseEvent)) {
    if (event === undefined) continue;
    if (event.cat === gpuCategory) {
      const node = event.name.split('&').slice(0, -2).join('&');
      const durations = programs.get(node) ?? [];
      programs.set(node, durations);
      durations.push(event.dur);
      continue;
    }
    // The event of a run comes after those of its kernels.
    if (event.cat === 'Session') {
      run++;
      continue;
    }
    lastRun = run;
    const key = `${event.name}#${event.args.node_index ?? ''}`;
    const { op_name: op = '', provider = '' } = event.args;
    const kernel = kernels.get(key) ?? {
      name: event.name.slice(0, -kernelTime.length),
      op,
      provider,
      microseconds: [],
    };
    kernels.set(key, kernel);
    while (kernel.microseconds.length <= run) kernel.microseconds.push(0);
    kernel.microseconds[run]! += event.dur;
  }
  const timed = Array.from(kernels.values(), (kernel) => {
    const { microseconds } = kernel;
    while (microseconds.length <= lastRun) microseconds.push(0);
    const onGpu = timesOnGpu(programs.get(kernel.name) ?? [], microseconds.length);
    return onGpu === undefined ? kernel : { ...kernel, microseconds: onGpu };
  });
  return { kernels: timed, hasGpuTimes: programs.size > 0 };
}

/**
 * Sums the programs of a node by run. They are printed after all runs, in their order. The first run has some more, such as for
 * weights that are packed once.
 */
function timesOnGpu(programsUs: readonly number[], runs: number): number[] | undefined {
  const ofRun = Math.floor(programsUs.length / runs);
  if (ofRun === 0) return undefined;
  const more = programsUs.length - ofRun * runs;
  return Array.from({ length: runs }, (_, run) =>
    programsUs
      .slice(run === 0 ? 0 : more + run * ofRun, more + (run + 1) * ofRun)
      .reduce((sum, microseconds) => sum + microseconds, 0),
  );
}

/** Parses the events of whole runs and of kernels among the profile's many events. */
function parseEvent(line: string): ProfileEvent | undefined {
  const isRun = line.includes('"model_run"');
  const isProgram = line.includes(`"${gpuCategory}"`);
  if (!isRun && !isProgram && !line.includes(kernelTime)) return undefined;
  try {
    const event = JSON.parse(line.trim().replace(/,$/, '')) as ProfileEvent;
    const isKernel = event.cat === 'Node' && event.name.endsWith(kernelTime);
    const isTimedProgram = event.cat === gpuCategory && /&.*&/.test(event.name);
    return isKernel || isTimedProgram || (isRun && event.cat === 'Session') ? event : undefined;
  } catch {
    // A log line that happens to hold the word.
    return undefined;
  }
}

/** Copies between CPU and GPU are the runtime's own: they take time but are no nodes of the model. */
function countByProvider(kernels: readonly KernelTime[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { op, provider } of kernels) {
    if (!op.startsWith('Memcpy')) counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function sumByOperator(kernels: readonly KernelTime[]): OperatorTime[] {
  const sums = new Map<string, { op: string; provider: string; nodes: number; ms: number }>();
  for (const { op, provider, microseconds } of kernels) {
    const sum = sums.get(`${provider}/${op}`) ?? { op, provider, nodes: 0, ms: 0 };
    sum.nodes++;
    sum.ms += microseconds.at(-1)! / 1000;
    sums.set(`${provider}/${op}`, sum);
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}

/** "Node(s) placed on [X]. Number of nodes: 3" and "All nodes placed on [X]. Number of nodes: 307". */
function readPlacementLog(lines: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const match = /[Nn]ode(?:s|\(s\)) placed on \[(\w+)\]\. Number of nodes: (\d+)/.exec(line);
    if (match) counts.set(match[1]!, (counts.get(match[1]!) ?? 0) + Number(match[2]));
  }
  return Object.fromEntries(counts);
}

function unfuseWebnn(placement: Record<string, number>, lines: readonly string[]): Record<string, number> {
  let supported = ownValue(placement, webnnProvider);
  if (supported === undefined) return placement;
  for (const line of lines) {
    const match = /number of nodes supported by WebNN: (\d+)/.exec(line);
    if (match) supported = Math.max(supported, Number(match[1]));
  }
  return { ...placement, [webnnProvider]: supported };
}
