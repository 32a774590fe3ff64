/** The standard scenarios on a running server, over HTTP. */
import { ParetoError } from '../../src/engine/errors';
import { formatCounted, formatQuoted } from '../../src/engine/format';
import {
  resultOfScenario,
  samplesPerQueryOf,
  scenarioNames,
  type ScenarioName,
  type ScenarioResult,
} from '../../src/engine/serving/load-scenarios';
import type { MeasuredRate } from '../../src/engine/serving/server-measurement';
import {
  driveAll,
  driveStream,
  type HttpAnswer,
  type HttpTarget,
  type StreamedQueries,
} from '../../src/runtime/node/http-load';
import { textOption, UsageError, type Arguments, type Shell } from '../command';

export function scenarioNamed(name: string): ScenarioName {
  const scenario = scenarioNames.find((one) => one === name);
  if (scenario !== undefined) return scenario;
  throw new UsageError(`There is no scenario ${formatQuoted(name)}. Scenarios: ${scenarioNames.join(', ')}.`);
}

/** Names with commas between them. */
export function scenariosOption(given: Arguments): readonly ScenarioName[] {
  const names = (textOption(given, 'scenario') ?? '').split(',').filter((name) => name !== '');
  const asked = names.map(scenarioNamed);
  return scenarioNames.filter((name) => asked.includes(name));
}

/** Throws `server/inputs` if a query would hold equal requests, which the server runs once. */
export function checkInputs(scenarios: readonly ScenarioName[], different: number): void {
  const scenario = scenarios.find((one) => samplesPerQueryOf(one) > different);
  if (scenario === undefined) return;
  throw new ParetoError(
    'server/inputs',
    `The ${scenario} scenario needs ${samplesPerQueryOf(scenario)} different inputs, and there ${different === 1 ? 'is' : 'are'} ${different}. Add samples with --data, or leave this scenario out.`,
  );
}

export interface AnsweredRate extends Pick<MeasuredRate, 'durationS' | 'lateMs'> {
  readonly answers: readonly HttpAnswer[];
}

export interface ScenarioLoad {
  readonly durationS: number;
  readonly targetMs: number;
  readonly capacityPerSecond: number;
  /** Requests that keep the server busy with full batches. */
  readonly clients: number;
  /** The measured rates. The server scenario reports the highest one within the target. */
  readonly rates: readonly AnsweredRate[];
}

export async function driveScenarios(
  { signal, terminal }: Shell,
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
  return driveStream(signal, target, {
    requestsAtOnce: samplesPerQueryOf(scenario),
    durationMs: durationS * 1000,
  });
}

function resultOf(scenario: ScenarioName, { latenciesMs, failed, durationMs }: StreamedQueries): ScenarioResult {
  return resultOfScenario({ scenario, latenciesMs, failed, durationS: durationMs / 1000, lateMs: 0 });
}

/** The highest rate within the target. If there is none, the lowest: its broken rules say why. */
function bestRate({ rates, targetMs }: ScenarioLoad): ScenarioResult {
  const results = rates.map(({ durationS, lateMs, answers }) => {
    const latenciesMs = answers.filter(({ status }) => status === 200).map(({ ms }) => ms);
    const failed = answers.length - latenciesMs.length;
    return resultOfScenario({ scenario: 'server', latenciesMs, failed, durationS, targetMs, lateMs });
  });
  const held = results.filter(({ metric }) => metric.value !== null);
  return held.toSorted((a, b) => b.metric.value! - a.metric.value!)[0] ?? results[0]!;
}
