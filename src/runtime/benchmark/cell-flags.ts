import type { CellFlag, ExecutionProvider, LatencyStatistics, OutputMatch } from '../../engine/metrics/cell';
import { matchGrade } from '../../engine/metrics/match-grade';
import { driftOf, isDrift } from '../../engine/profiling/sustained';
import type { MeasureHost } from './measure-request';
import { webnnProvider } from '../session/profile';
import { isBelowTimerResolution } from './steady-state';

const largestVariation = 0.25;

/** The names under which onnxruntime reports the nodes that ran on the requested provider. */
const providerNames: Readonly<Record<ExecutionProvider, string>> = {
  wasm: 'CPUExecutionProvider',
  compiled: '',
  webgpu: 'WebGpuExecutionProvider',
  'webnn-cpu': webnnProvider,
  'webnn-gpu': webnnProvider,
  'webnn-npu': webnnProvider,
  native: 'CPUExecutionProvider',
};

export interface FlagFacts {
  readonly ep: ExecutionProvider;
  readonly placement: Readonly<Record<string, number>>;
  readonly outputMatch: OutputMatch;
  readonly samplesMs: readonly number[];
  readonly statistics: LatencyStatistics;
  readonly runsPerSample: number;
  readonly isCapped: boolean;
}

/** Returns the flags that a reader of the figure must know. */
export function cellFlags(
  host: Pick<MeasureHost, 'timerResolutionUs' | 'crossOriginIsolated' | 'softwareAdapter'>,
  facts: FlagFacts,
): readonly CellFlag[] {
  const { ep, placement, statistics, samplesMs } = facts;
  const conditions: readonly (readonly [CellFlag, boolean])[] = [
    ['output-differs', matchGrade(facts.outputMatch) === 'wrong'],
    ['not-comparable', matchGrade(facts.outputMatch) === 'not-comparable'],
    ['partial-placement', Object.keys(placement).some((name) => name !== providerNames[ep])],
    ['software-adapter', ep === 'webgpu' && host.softwareAdapter],
    ['not-isolated', !host.crossOriginIsolated],
    ['high-variance', statistics.stdMs > largestVariation * statistics.meanMs],
    ['drift', isDrift(driftOf(samplesMs))],
    ['time-capped', facts.isCapped],
    [
      'below-timer-resolution',
      isBelowTimerResolution(statistics.medianMs * facts.runsPerSample, host.timerResolutionUs),
    ],
  ];
  return conditions.filter(([, holds]) => holds).map(([flag]) => flag);
}
