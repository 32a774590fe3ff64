import { formatBytes, formatDuration } from '../../src/engine/format';
import { reportedLoss } from '../../src/engine/search/candidate';
import {
  describeComparedAs,
  describeDoubt,
  describeSearch,
  describeStanding,
  nameOfSpeed,
} from '../../src/engine/search/describe-search';
import { describeSpeed } from '../../src/engine/verdict/speed-verdict';
import { formatLoss, nameOfLoss } from '../../src/engine/verdict/loss';
import { usualGoal } from '../../src/engine/search/search-goal';
import {
  afterEvent,
  type SearchEvent,
  type SearchResult,
  type SearchState,
} from '../../src/engine/search/search-journal';
import type { Device } from '../../src/engine/metrics/cell';
import { detectNodeDevice } from '../../src/runtime/node/node-device';
import { recipeCalibrates } from '../../src/engine/recipe/pipeline';
import {
  search,
  techniqueIds,
  type SearchBasis,
  type SearchedRequest,
  type SearchFollowing,
  type SearchModelRequest,
} from '../../src/work/search';
import {
  integerOption,
  isSet,
  listOption,
  numberOption,
  textOption,
  UsageError,
  type Command,
  type Invocation,
  type Shell,
} from '../command';
import { explainTerms } from '../words/explain-terms';
import { dataHelp, dataOptions } from '../options/data-options';
import { parseProvider } from '../options/run-options';
import { readSearched, searchedDataHelp, searchedDataOptions } from '../options/searched-options';
import { readFound, SearchFolder } from '../files/search-folder';
import { createShellHost } from '../shell-host';
import { formatTable } from '../words/table';
import { warnOfData } from '../words/warn-of-data';

const largestSeconds = 86_400;

export const searchCommand: Command = {
  name: 'search',
  summary: 'evaluates recipes for a model and recommends the best one within the limits',
  options: {
    goal: { type: 'string' },
    limit: { type: 'string', multiple: true },
    ep: { type: 'string' },
    'budget-s': { type: 'string' },
    technique: { type: 'string', multiple: true },
    output: { type: 'string', short: 'o' },
    resume: { type: 'boolean' },
    ...dataOptions,
    ...searchedDataOptions,
    seed: { type: 'string' },
    threads: { type: 'string' },
    dim: { type: 'string', multiple: true },
  },
  help: `Runs and evaluates recipes for the model, quick ones first, and recommends the best. One part of the data selects, held-out
samples verify. Without labels, outputs are compared with the original's. Without data, this is done on random inputs.

Usage: pareto search <model> --data <path> --goal size|latency|accuracy [--limit key=value]… [-o <folder>] [--json]

Options:
  --goal <name>         size (default): the smallest file; latency: the fastest; accuracy: the smallest at the same
                        accuracy
  --limit key=value     accuracyLoss=0.01 (largest loss of accuracy; without labels, share of changed predictions); for
                        embeddings cosineLoss=0.002 (loss of cosine to the original's) and neighborLoss (share of samples
                        whose nearest neighbor changes); for masks overlapLoss; for sequences stepLoss; sqnrDb (of every
                        output; default 20 if no other limit applies); sizeBytes, latencyMs
  --ep <provider>       the provider that candidates are timed on: wasm. The page also times on webgpu and webnn
  --technique <id>      tries only these techniques: ${techniqueIds.join(', ')}.
                        mixed-… chooses bits for each layer by its own effect on the outputs
  --budget-s <n>        total time (${usualGoal.budgetMs / 1000})
  -o, --output <folder> writes best.onnx, its recipe.json and search.json to this folder, and creates it
  --resume              continues from search.json in that folder, with the same time again and with any goal. Results are
                        kept. Refused if the model or the data differs
${dataHelp('-o, --output <folder>'.length)}
${searchedDataHelp('-o, --output <folder>'.length)}
  --seed <n>            seed of samples and other random choices (0)
  --threads <n>         WASM threads (half of the cores, at most 4)
  --dim name=value      sets a free dimension that the data does not determine
  --json                prints candidates and recommendation as one JSON document

Example:
  pareto search model.onnx --data photos/ --goal size --limit accuracyLoss=0.005 --budget-s 120 -o out/
`,
  run,
};

interface Kept {
  /** The folder that holds the results. */
  readonly output: string | undefined;
  readonly resumes: boolean;
}

async function run(invocation: Invocation): Promise<void> {
  const output = textOption(invocation, 'output');
  const resumes = isSet(invocation, 'resume');
  const request = { ...(await readSearched(invocation)), ...readGoal(invocation) };
  if (resumes && output === undefined)
    throw new UsageError('--resume continues the search in -o <folder>. Name the folder.');
  return searchModel(request, { output, resumes }, invocation);
}

async function searchModel(request: SearchModelRequest, { output, resumes }: Kept, shell: Shell): Promise<void> {
  const { terminal } = shell;
  let state: SearchState | null = null;
  let folder: SearchFolder | undefined;
  let spentBeforeMs = 0;
  let startedAtMs = performance.now();
  const follow = (event: SearchEvent): void => {
    state = afterEvent(state, event);
    folder?.writeFound(state);
    if (event.kind === 'doubted') {
      const what = 'Run pareto evaluate to find a better setting. Ctrl+C stops this search.';
      terminal.warn(`${describeDoubt(event.doubt)} ${what}`);
    }
  };
  const following: SearchFollowing = {
    event: follow,
    resume({ basis: common, threads }, seed) {
      const basis: SearchBasis = { ...common, seed, device: [nameDevice(detectNodeDevice()), threads] };
      const earlier = resumes && output !== undefined ? readFound(output, basis) : { from: null };
      spentBeforeMs = earlier.from?.spentMs ?? 0;
      return { ...earlier, basis: JSON.stringify(basis) };
    },
    async prepared(host, searched) {
      // Refused before the time is spent.
      folder = output === undefined ? undefined : new SearchFolder(output, shell.inputs);
      if (!resumes) await warnOfData(shell, host, searched);
      startedAtMs = performance.now();
    },
  };
  try {
    const host = createShellHost(shell, { lineOf: ({ stage, done }) => `${done} % ${stage}` });
    const { result, best } = await search(request, host, following);
    await folder?.writeBest(result, best);
    terminal.progress('');
    terminal.print(shell.json ? JSON.stringify(result) : describe(result));
  } catch (error) {
    // Results are kept however a search ends.
    if (shell.signal.aborted && state !== null) {
      follow({ kind: 'stopped', reason: 'canceled', spentMs: spentBeforeMs + performance.now() - startedAtMs });
    }
    folder?.discard();
    throw error;
  }
}

const nameDevice = ({ browser, os, cores, ortVersion }: Device): string =>
  `${browser}, ${os}, ${cores} cores, onnxruntime-web ${ortVersion}`;

function readGoal(invocation: Invocation): Omit<SearchModelRequest, keyof SearchedRequest> {
  // Candidates are timed on WASM by themselves.
  if (parseProvider(textOption(invocation, 'ep') ?? 'wasm', false, 'use the page to search there') === 'compiled') {
    throw new UsageError('--ep compiled does not work with search: search on wasm, then run pareto compile.');
  }
  const seconds = integerOption(invocation, 'budget-s', { minimum: 1, maximum: largestSeconds });
  return {
    goal: textOption(invocation, 'goal') as SearchModelRequest['goal'],
    limits: listOption(invocation, 'limit'),
    techniques: listOption(invocation, 'technique') as SearchModelRequest['techniques'],
    ...(seconds !== undefined && { budgetMs: seconds * 1000 }),
    seed: numberOption(invocation, 'seed'),
  };
}

/** A slow model calibrates with fewer samples than are set aside: then the recipe alone gives another file. */
function describeCalibration({ best, candidates }: SearchResult): readonly string[] {
  const found = candidates.find(({ id }) => id === best);
  if (found?.calibrationSamples === undefined || !recipeCalibrates(found.recipe)) return [];
  const { calibrationSamples: samples } = found;
  return [
    `${found.name} was calibrated with ${samples} samples. For the same file, run optimize with --samples ${samples}.`,
  ];
}

function describe(result: SearchResult): string {
  const named = result.candidates.map((candidate) => {
    const loss = reportedLoss(candidate);
    const isBest = candidate.id === result.best;
    return [
      `${isBest ? '→ ' : '  '}${candidate.name}`,
      candidate.sizeBytes === undefined ? '' : formatBytes(candidate.sizeBytes),
      loss === undefined ? '' : formatLoss(loss, loss.value),
      candidate.timing === undefined ? '' : describeSpeed(candidate.timing),
      describeStanding(candidate, result),
    ];
  });
  const first = result.candidates.map(reportedLoss).find((loss) => loss !== undefined);
  const head = [
    '',
    'size',
    first === undefined ? 'loss' : nameOfLoss(first).toLowerCase(),
    nameOfSpeed(result.goal).replace(/^S/, 's'),
    '',
  ];
  // Techniques that do not suit the model are listed only if the user named techniques.
  const missing = result.goal.techniques === undefined || result.candidates.length === 0 ? [] : result.leftOut;
  const table = formatTable(
    [head, ['  original', formatBytes(result.originalBytes), '', '', ''], ...named],
    ['left', 'right', 'right', 'right'],
  );
  return [
    describeSearch(result, { moreTime: 'Give it more time with --budget-s, or continue with --resume.' }),
    ...[describeComparedAs(result) ?? []].flat(),
    ...(missing.length === 0 ? [] : [missing.map(({ id, reason }) => `${id} was not tried: ${reason}`).join('\n')]),
    table,
    ...explainTerms(table),
    ...describeCalibration(result),
    describeEnd(result),
  ].join('\n\n');
}

function describeEnd({ stopReason, spentMs }: SearchResult): string {
  const spent = formatDuration(spentMs);
  if (stopReason !== 'time') return `All recipes were tried after ${spent}.`;
  return `Time ran out after ${spent}. A search with -o can continue: repeat it with --resume.`;
}
