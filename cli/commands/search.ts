import { join } from 'node:path';
import { formatBytes, formatDuration, formatRatioInterval } from '../../src/engine/format';
import { toldLoss } from '../../src/engine/search/candidate';
import { describeSearch, formatLoss, nameOfLoss } from '../../src/engine/search/describe-search';
import { parseLimits, searchObjectives, usualGoal, type SearchGoal } from '../../src/engine/search/search-goal';
import { afterEvent, resultOf, type SearchResult, type SearchState } from '../../src/engine/search/search-journal';
import { techniques } from '../../src/engine/search/techniques';
import type { MadeCandidate } from '../../src/runtime/search/made-candidates';
import { runSearch } from '../../src/runtime/search/run-search';
import type { SearchRequest } from '../../src/runtime/search/search-request';
import {
  integerOption,
  listOption,
  requirePositionals,
  textOption,
  UsageError,
  type Command,
  type Invocation,
} from '../command';
import { dataHelp, dataOptions } from '../data-options';
import { dimensionOptions } from '../dimension-option';
import { OutputFile } from '../output-file';
import { createSearchHost, openSearched, searchedDataHelp, searchedDataOptions } from '../open-searched';
import { formatTable } from '../table';

const largestSeconds = 86_400;
const largestSeed = 4294967295;

export const searchCommand: Command = {
  name: 'search',
  summary: 'tries what suits a model, and recommends what reaches a goal within limits',
  options: {
    goal: { type: 'string' },
    limit: { type: 'string', multiple: true },
    'budget-s': { type: 'string' },
    technique: { type: 'string', multiple: true },
    output: { type: 'string', short: 'o' },
    ...dataOptions,
    ...searchedDataOptions,
    seed: { type: 'string' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
  },
  help: `Tries every recipe that suits the model, judges each by the file it gives, and recommends one. A part of the data chooses,
another part confirms what was chosen. Without labels answers are compared with the original's; without data outputs are, on
inputs that are made up.

Usage: pareto search <model> --data <path> --goal size|latency|accuracy [--limit key=value]… [-o <folder>] [--json]

Options:
  --goal <name>         size (the default): the smallest file; latency: the fastest on WASM; accuracy: the smallest whose
                        answers stay the same
  --limit key=value     accuracyLoss=0.01 (share of right answers, or of answers without labels, that may be lost),
                        sqnrDb=20 (where neither is known), sizeBytes, latencyMs
  --technique <id>      tries only these: ${techniques.map(({ id }) => id).join(', ')}
  --budget-s <n>        time for everything (${usualGoal.budgetMs / 1000})
  -o, --output <folder> writes best.onnx, its recipe.json, and search.json there; the folder must exist
${dataHelp('-o, --output <folder>'.length)}
${searchedDataHelp('-o, --output <folder>'.length)}
  --seed <n>            chooses the samples and what passes choose at random (0)
  --threads <n>         WASM threads (half of the cores, at most 4)
  --dim name=value      gives a free dimension that the data says nothing about a size
  --json                what was tried, found and recommended as one JSON document

Example:
  pareto search model.onnx --data photos/ --goal size --limit accuracyLoss=0.005 --budget-s 120 -o out/
`,
  run: search,
};

async function search(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const goal = readGoal(invocation);
  const folder = textOption(invocation, 'output');
  const host = createSearchHost(invocation.signal);
  const searched = await openSearched(invocation, path, host, goal.seed);
  const request: SearchRequest = {
    ...searched,
    goal,
    ep: 'wasm',
    threads: integerOption(invocation, 'threads', { minimum: 1, maximum: 64 }) ?? host.threads,
    freeDimensions: Object.fromEntries(dimensionOptions(invocation)),
    basis: '',
    from: null,
  };
  // Refused before the time is spent.
  const outputs = folder === undefined ? undefined : openOutputs(folder, searched.opened.paths);
  let state: SearchState | null = null;
  try {
    const finished = await runSearch(host, request, {
      event: (event) => (state = afterEvent(state, event)),
      progress: ({ stage, done }) => invocation.terminal.progress(`${done} % ${stage}`),
    });
    const result = resultOf(finished.state);
    if (outputs !== undefined) await writeBest(outputs, result, finished.best);
    invocation.terminal.progress('');
    invocation.terminal.print(invocation.json ? JSON.stringify(result) : describe(result));
  } catch (error) {
    // Whatever ends a search, what it found is kept.
    if (invocation.signal.aborted && state !== null) {
      state = afterEvent(state, { kind: 'stopped', reason: 'cancelled', spentMs: 0 });
      outputs?.writeResult(resultOf(state));
    }
    outputs?.discard();
    throw error;
  } finally {
    host.end();
  }
}

function readGoal(invocation: Invocation): SearchGoal {
  const name = textOption(invocation, 'goal') ?? usualGoal.objective;
  const objective = searchObjectives.find((known) => known === name);
  if (objective === undefined) {
    throw new UsageError(`--goal takes ${searchObjectives.join(', ')}, not “${name}”.`);
  }
  const wanted = listOption(invocation, 'technique');
  const unknown = wanted.find((id) => !techniques.some((technique) => technique.id === id));
  if (unknown !== undefined) {
    const known = techniques.map(({ id }) => id).join(', ');
    throw new UsageError(`--technique takes ${known}, not “${unknown}”.`);
  }
  const seconds = integerOption(invocation, 'budget-s', { minimum: 1, maximum: largestSeconds });
  return {
    objective,
    limits: parseLimits(listOption(invocation, 'limit')),
    ...(wanted.length > 0 && { techniques: wanted }),
    budgetMs: seconds === undefined ? usualGoal.budgetMs : seconds * 1000,
    seed: integerOption(invocation, 'seed', { minimum: 0, maximum: largestSeed }) ?? usualGoal.seed,
  };
}

interface Outputs {
  readonly model: OutputFile;
  writeResult(result: SearchResult): void;
  writeRecipe(recipe: unknown): void;
  discard(): void;
}

function openOutputs(folder: string, inputs: readonly string[]): Outputs {
  const model = new OutputFile(join(folder, 'best.onnx'), inputs);
  const writeJson = (name: string, value: unknown) =>
    OutputFile.writeWhole(join(folder, name), `${JSON.stringify(value, null, 2)}\n`, inputs);
  return {
    model,
    writeResult: (result) => writeJson('search.json', result),
    writeRecipe: (recipe) => writeJson('recipe.json', recipe),
    discard: () => model.discard(),
  };
}

async function writeBest(outputs: Outputs, result: SearchResult, best: MadeCandidate | null): Promise<void> {
  outputs.writeResult(result);
  const candidate = result.candidates.find(({ id }) => id === result.best);
  if (best === null || candidate === undefined) return outputs.discard();
  outputs.model.write(new Uint8Array(await best.files.model.arrayBuffer()));
  outputs.model.commit();
  outputs.writeRecipe(candidate.recipe);
}

function describe(result: SearchResult): string {
  const named = result.candidates.map((candidate) => {
    const loss = toldLoss(candidate);
    const isBest = candidate.id === result.best;
    return [
      `${isBest ? '→ ' : '  '}${candidate.name}`,
      candidate.sizeBytes === undefined ? '' : formatBytes(candidate.sizeBytes),
      loss === undefined ? '' : formatLoss(loss, loss.value),
      candidate.timing === undefined ? '' : formatRatioInterval(candidate.timing.ratio, candidate.timing.interval),
      candidate.confirmed?.word ?? candidate.reason ?? (candidate.standing.kind === 'frontier' ? 'frontier' : ''),
    ];
  });
  const told = result.candidates.map(toldLoss).find((loss) => loss !== undefined);
  const head = ['', 'size', told === undefined ? 'loss' : nameOfLoss(told).toLowerCase(), 'speed', ''];
  return [
    describeSearch(result),
    formatTable(
      [head, ['  original', formatBytes(result.originalBytes), '', '', ''], ...named],
      ['left', 'right', 'right', 'right'],
    ),
    `${result.stopReason === 'time' ? 'The time was over' : 'Everything was tried'} after ${formatDuration(result.spentMs)}.`,
  ].join('\n\n');
}
