/** The guide's deployment checklist. An item is ticked only if the evidence shows it. */
import { formatCount, formatPercent, formatRate } from '../format';
import { matchGrade } from '../metrics/match-grade';
import { formatClaim } from '../serving/describe-serving';
import { describeServerMeasurement } from '../serving/server-measurement';
import type { DeployFacts } from './deploy-facts';
import { measurementsOf } from './measurements';

export interface ChecklistItem {
  readonly id: string;
  readonly phase: 'Before' | 'Deployment' | 'After';
  readonly text: string;
  readonly state: 'done' | 'open' | 'failed';
  readonly by: 'tool' | 'person';
  /** The evidence for the state, or the missing part. */
  readonly note?: string;
}

type Assessed = Pick<ChecklistItem, 'state' | 'note'>;

/** Points of accuracy that may be lost, and so many samples to say so. */
const mostLoss = 0.02;
const fewestSamples = 100;

/** @param paths of the files that the bundle has for its targets: notes name no other. */
export function checklist(facts: DeployFacts, paths: readonly string[]): readonly ChecklistItem[] {
  const where: Where = (needed, note) => (needed.every((path) => paths.includes(path)) ? note : undefined);
  return [...before(facts, where), ...during(facts, where), ...after(facts, where)];
}

/** The note, if the bundle has these files. */
type Where = (needed: readonly string[], note: string) => string | undefined;

const server = 'server/app.py';

function before(facts: DeployFacts, where: Where): readonly ChecklistItem[] {
  const tool = (id: string, text: string, assessed: Assessed): ChecklistItem => ({
    ...{ id, phase: 'Before', text, by: 'tool' },
    ...assessed,
  });
  const batching = where([server], '; the server in server/ batches and caches') ?? '';
  const loadTest = where(['server/load_test.py'], 'server/load_test.py sends requests to the server in server/');
  const rules = where(
    ['monitoring/rules.yml', server],
    'monitoring/ has rules and alerts for the metrics of the server in server/',
  );
  return [
    tool('baseline', 'Benchmark the baseline (latency, size)', measured(facts, true)),
    tool('optimized', 'Apply optimizations', optimized(facts)),
    tool('benchmark', 'Benchmark the optimized model', measured(facts, false)),
    tool('accuracy', 'Accuracy drop is acceptable', accuracy(facts)),
    person('Before', 'production-data', 'Test on production-like data', dataNote(facts)),
    tool('profile', 'Profile for bottlenecks', profiled(facts)),
    serving(facts, batching),
    loaded(facts, loadTest),
    person('Before', 'monitoring', 'Set up monitoring (latency, throughput, errors)', rules),
  ];
}

function during({ recorded }: DeployFacts, where: Where): readonly ChecklistItem[] {
  const canary = 'kubernetes/20-canary.yaml';
  const gated = 'rollout/rollout.py';
  const compares = recorded === null ? undefined : 'verify.py compares with recorded outputs';
  return [
    person('Deployment', 'staging', 'Deploy to staging'),
    person('Deployment', 'integration', 'Run integration tests', compares),
    person('Deployment', 'canary', 'Canary: 5 % of the traffic', where([canary], canary)),
    person('Deployment', 'watch', 'Monitor for 24 hours'),
    person(
      'Deployment',
      'rollout',
      'Roll out: 25 %, 50 %, 100 %',
      where([gated], `${gated} checks the gates of rollout/plan.json`),
    ),
    person('Deployment', 'rollback', 'Keep the previous version to roll back to'),
  ];
}

function after({ drift }: DeployFacts, where: Where): readonly ChecklistItem[] {
  const reference = 'monitoring/reference.json';
  const watched =
    drift === null
      ? 'no reference data was given'
      : where([reference, server], `the server compares with ${reference}`);
  return [
    person('After', 'daily', 'Review performance daily'),
    person('After', 'drift', 'Check for drift', watched),
    person(
      'After',
      'ab',
      'Compare with the previous version (A/B)',
      where([server], 'SHADOW of the server in server/ compares two models on live requests'),
    ),
    person('After', 'optimize', 'Optimize for production traffic'),
    person('After', 'learnings', 'Document the findings'),
  ];
}

function person(phase: ChecklistItem['phase'], id: string, text: string, note?: string): ChecklistItem {
  return { ...{ id, phase, text, state: 'open', by: 'person' }, ...(note !== undefined && { note }) };
}

/** The variant of the report that has the very bytes of the bundle. */
function reportedVariant({ report, inspection }: DeployFacts) {
  return report?.variants.find(({ sha256 }) => sha256 === inspection.file.sha256);
}

function measured(facts: DeployFacts, ofOriginal: boolean): Assessed {
  const { cells: all, comparisons } = measurementsOf(facts);
  const cells = all.flatMap(({ of, cell }) => (of === (ofOriginal ? 'original' : 'deployed') ? [cell] : []));
  if (cells.length === 0) return { state: 'open', note: 'No benchmark was given: pareto benchmark --json.' };
  const wrong = cells.filter(({ outputMatch }) => matchGrade(outputMatch) === 'wrong');
  if (wrong.length > 0)
    return { state: 'failed', note: `Its outputs are wrong on ${wrong.map(({ ep }) => ep).join(', ')}.` };
  // The original's time in the same turns as the variant compares with it: the device was equally busy.
  const medianOf = ({ ep, steady }: (typeof cells)[number]): number =>
    (ofOriginal ? comparisons.find((one) => one.ep === ep)?.original?.medianMs : undefined) ?? steady.medianMs;
  return { state: 'done', note: cells.map((cell) => `${cell.ep}: ${medianOf(cell).toPrecision(3)} ms`).join(', ') };
}

function optimized(facts: DeployFacts): Assessed {
  const variant = reportedVariant(facts);
  const steps = facts.recipe?.steps.filter(({ enabled }) => enabled) ?? [];
  if (variant === undefined && steps.length === 0) {
    const isVariant = facts.originalSha256 !== null;
    return { state: 'open', note: isVariant ? 'The recipe was not given.' : 'The model was not changed.' };
  }
  return { state: 'done', note: variant?.name ?? steps.map(({ pass }) => pass).join(', ') };
}

/** Ticks by the lower end of the paired interval, so that luck does not tick it. */
function accuracy(facts: DeployFacts): Assessed {
  const evaluation = measurementsOf(facts).evaluations.find((one) => one.of === 'deployed' && one.difference);
  if (evaluation?.difference === undefined) {
    return { state: 'open', note: 'No labeled evaluation of this model and its original was given.' };
  }
  const { value, interval } = evaluation.difference;
  const points = (share: number) => formatPercent(share, 1).replace('%', 'points');
  const note = `${points(value)} (${points(interval[0])} to ${points(interval[1])}) on ${formatCount(evaluation.samples)} samples`;
  if (evaluation.samples < fewestSamples) return { state: 'open', note: `Not verified: ${note}` };
  if (interval[0] >= -mostLoss) return { state: 'done', note };
  return interval[1] < -mostLoss ? { state: 'failed', note } : { state: 'open', note: `Not verified: ${note}` };
}

function dataNote(facts: DeployFacts): string | undefined {
  const { dataName } = measurementsOf(facts);
  return dataName === null ? undefined : `evaluated on ${dataName}: check that production data is similar`;
}

/** A simulation on times of the deployed model is a choice that was tried; on which load, the note says. */
function serving(facts: DeployFacts, batching: string): ChecklistItem {
  const item = { id: 'serving', phase: 'Before', text: 'Choose batching and caching' } as const;
  const [simulation] = measurementsOf(facts).simulations;
  if (simulation === undefined) return person('Before', item.id, item.text, `pareto simulate${batching}`);
  const { policy, offeredPerSecond, answeredMs, saturation } = simulation;
  const load = `simulated with batches of up to ${policy.maxBatch}, waiting ${policy.maxWaitMs} ms, at ${formatRate(offeredPerSecond)} requests per second`;
  return saturation.isUnstable
    ? { ...item, state: 'failed', by: 'tool', note: `${load}: the queue grows` }
    : { ...item, state: 'done', by: 'tool', note: `${load}: p95 ${formatClaim(answeredMs.p95, 0.95)}` };
}

function profiled(facts: DeployFacts): Assessed {
  const { cells } = measurementsOf(facts);
  const isDone = cells.some(
    ({ of, hasNodeTimes }) => hasNodeTimes && (of === 'deployed' || facts.originalSha256 === null),
  );
  return isDone
    ? { state: 'done', note: 'each node was timed' }
    : { state: 'open', note: 'pareto benchmark --per-node --json' };
}

/** Ticks if a server of these bytes was measured. Only a person knows if its rates are those of production. */
function loaded(facts: DeployFacts, script: string | undefined): ChecklistItem {
  const item = { id: 'load-test', phase: 'Before', text: 'Load test (peak traffic)' } as const;
  const [driven] = measurementsOf(facts).servers;
  if (driven === undefined) return person('Before', item.id, item.text, script);
  const state = driven.limits.perSecondWithinTarget === null ? 'failed' : 'done';
  return { ...item, state, by: 'tool', note: describeServerMeasurement(driven) };
}

export function checklistMarkdown(items: readonly ChecklistItem[]): string {
  const phases = ['Before', 'Deployment', 'After'] as const;
  const line = ({ state, text, note }: ChecklistItem) =>
    `- [${state === 'done' ? 'x' : ' '}] ${text}${state === 'failed' ? ' — **failed**' : ''}${note === undefined ? '' : ` (${note})`}`;
  const sections = phases.map((phase) => {
    const title = phase === 'Deployment' ? phase : `${phase} deployment`;
    return `## ${title}\n\n${items
      .filter((item) => item.phase === phase)
      .map(line)
      .join('\n')}`;
  });
  return `# Deployment checklist\n\nTicked items are verified by Pareto's evidence. Check the others yourself.\n\n${sections.join('\n\n')}\n`;
}
