/** The standard scenarios on a running server, over HTTP. */
import { formatCounted } from '../../src/engine/format';
import {
  resultOfScenario,
  samplesPerQueryOf,
  scenarioNames,
  type ScenarioName,
  type ScenarioResult,
} from '../../src/engine/serving/load-scenarios';
import {
  driveAll,
  driveStream,
  type HttpAnswer,
  type HttpTarget,
  type StreamedQueries,
} from '../../src/runtime/node/http-load';
import { textOption, UsageError, type Invocation } from '../command';

/** Names with commas between them. */
export function scenariosOption(invocation: Invocation): readonly ScenarioName[] {
  const asked = (textOption(invocation, 'scenario') ?? '').split(',').filter((name) => name !== '');
  const unknown = asked.find((name) => !scenarioNames.some((each) => each === name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no scenario ${unknown}. Scenarios: ${scenarioNames.join(', ')}.`);
  }
  return scenarioNames.filter((name) => asked.includes(name));
}

export interface ScenarioLoad {
  readonly durationS: number;
  readonly targetMs: number;
  readonly capacityPerSecond: number;
  /** Requests that keep the server busy with full batches. */
  readonly clients: number;
  /** What came of the rates that were measured: the server scenario takes the highest that is held. */
  readonly rates: readonly {
    readonly durationS: number;
    readonly lateMs: number;
    readonly answers: readonly HttpAnswer[];
  }[];
}

export async function driveScenarios(
  { signal, terminal }: Invocation,
  target: HttpTarget,
  scenarios: readonly ScenarioName[],
  load: ScenarioLoad,
): Promise<readonly ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    terminal.progress(`Scenario ${scenario} (${formatCounted(scenarios.length - index, 'scenario')} left)`);
    if (scenario === 'server') results.push(bestRate(load));
    else results.push(resultOf(scenario, await drive(signal, target, scenario, load)));
  }
  return results;
}

function drive(
  signal: AbortSignal,
  target: HttpTarget,
  scenario: Exclude<ScenarioName, 'server'>,
  { durationS, capacityPerSecond, clients }: ScenarioLoad,
): Promise<StreamedQueries> {
  if (scenario === 'offline') {
    return driveAll(signal, target, { requests: Math.ceil(capacityPerSecond * durationS), atOnce: clients });
  }
  const requestsAtOnce = Math.min(target.bodies.length, samplesPerQueryOf(scenario));
  return driveStream(signal, target, { requestsAtOnce, durationMs: durationS * 1000 });
}

function resultOf(scenario: ScenarioName, { latenciesMs, failed, durationMs }: StreamedQueries): ScenarioResult {
  return resultOfScenario({ scenario, latenciesMs, failed, durationS: durationMs / 1000, lateMs: 0 });
}

/** The highest rate within the target; where there is none, the lowest, whose broken rules say why. */
function bestRate({ rates, targetMs }: ScenarioLoad): ScenarioResult {
  const results = rates.map(({ durationS, lateMs, answers }) => {
    const latenciesMs = answers.filter(({ status }) => status === 200).map(({ ms }) => ms);
    const failed = answers.length - latenciesMs.length;
    return resultOfScenario({ scenario: 'server', latenciesMs, failed, durationS, targetMs, lateMs });
  });
  const held = results.filter(({ metric }) => metric.value !== null);
  return held.toSorted((a, b) => b.metric.value! - a.metric.value!)[0] ?? results[0]!;
}
