/**
 * The advice for each sample, and for each model that is named, at every stage. It is followed until it leads to a search or to nothing
 * more. Facts come from the commands. If no advice names a first recipe, it is the first goal of the page.
 *
 *     npx tsx bench/advice.ts [--model <model.onnx> --data <calibration> --evaluation <data>] [--only <words of a name>]
 *         [--from 'simplify; quantize-weights bits=8']…
 *
 * `--from` begins with these recipes in place of what is advised.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { advise } from '../src/engine/advisor/advise';
import type { Advice, AdvisorFacts, VariantFacts } from '../src/engine/advisor/advice';
import { lossOfDifference, variantFacts } from '../src/engine/advisor/variant-facts';
import type { Inspection } from '../src/engine/analysis/inspection';
import type { CellResult, Comparison } from '../src/engine/metrics/cell';
import type { PairedDifference } from '../src/engine/metrics/evaluation';
import { matchGrade } from '../src/engine/metrics/match-grade';
import { formatBytes, formatPercent } from '../src/engine/format';
import type { Optimization, PassReport } from '../src/engine/recipe/optimization';
import { nameMade, nameRecipe } from '../src/engine/recipe/recipe-name';
import { recipeOf, type Recipe } from '../src/engine/recipe/recipe';
import { describeInterval } from '../src/engine/search/describe-search';
import { resolveGoals } from '../src/engine/search/goals';
import { modelFacts, type ModelFacts } from '../src/engine/search/model-facts';
import { samplesToCalibrate, type EvaluatedPasses } from './evaluate-passes';
import { printHead, printRow } from './print-table';
import { writeOption, writeResults } from './results';
import { runPareto } from './run-pareto';
import { samples, type SampleFiles } from './samples';
import { stepOfWords } from './step-of-words';

const { values } = parseArgs({
  options: {
    ...writeOption,
    model: { type: 'string' },
    data: { type: 'string' },
    evaluation: { type: 'string' },
    only: { type: 'string', default: '' },
    from: { type: 'string', multiple: true, default: [] },
  },
});

const temporary = mkdtempSync(join(tmpdir(), 'pareto-bench-'));
const variantFile = join(temporary, 'variant.onnx');

function modelsOf({ model, data, evaluation }: typeof values): readonly SampleFiles[] {
  if (model !== undefined) {
    const given = data === undefined || evaluation === undefined ? undefined : { calibration: data, evaluation };
    return [{ id: basename(model, '.onnx'), path: model, data: given }];
  }
  return samples;
}

interface Made {
  readonly sizeBytes: EvaluatedPasses['sizeBytes'];
  readonly variant: Pick<Optimization['variant'], 'namesBytes'>;
  readonly passes: readonly PassReport[];
}

interface Measured {
  readonly cells: readonly CellResult[];
  readonly comparison: readonly Comparison[];
}

interface Evaluated {
  readonly samples: number;
  readonly against: { readonly difference: PairedDifference };
}

/** The facts about the variant at hand. */
interface Known {
  readonly recipe: Recipe;
  readonly made: Made;
  readonly measured?: Measured;
  readonly evaluated?: Evaluated;
}

function factsOf({ made, measured, evaluated }: Known): VariantFacts {
  const cell = measured?.cells.find(({ variant }) => variant !== 'original');
  return variantFacts({
    sizeBytes: made.sizeBytes.variant,
    namesBytes: made.variant.namesBytes,
    passes: made.passes,
    isWrong: cell !== undefined && matchGrade(cell.outputMatch) === 'wrong',
    isSearched: false,
    medianMs: cell?.steady.medianMs,
    match: cell?.outputMatch,
    comparisons: measured?.comparison ?? [],
    loss: evaluated && lossOfDifference(evaluated.against.difference, evaluated.samples),
  });
}

function describeAction({ action }: Advice): string {
  if (action === undefined) return '–';
  return action.kind === 'run' ? action.label : action.kind.replace('-', ' ');
}

/** A stage of a model, and the advice that is followed. */
function printAdvice(id: string, stage: string, facts: AdvisorFacts): Advice | undefined {
  const [first, ...others] = advise(facts);
  const rest = others.map((advice) => advice.id).join(', ');
  const cells = [id, stage, describeFacts(facts)];
  if (first === undefined) printRow(...cells, '–', 'nothing', '–', '–');
  else printRow(...cells, first.id, first.text, describeAction(first), rest === '' ? '–' : rest);
  return first;
}

/** The facts that the advice follows from, as text. */
function describeFacts({ model, variant }: AdvisorFacts): string {
  if (variant === undefined) {
    // The rules use weights if sizes are open, because MACs are not known then.
    const { macShares, weightShares } = model;
    const kinds = Object.entries(macShares ?? weightShares).filter(([, share]) => share > 0);
    const shares = kinds.map(([kind, share]) => `${kind} ${formatPercent(share, 0)}`).join(', ') || 'none';
    return `${macShares === null ? 'weights' : 'MACs'}: ${shares}`;
  }
  const { sizeBytes, speed, matchDb, loss } = variant;
  return [
    formatBytes(sizeBytes),
    speed && `${speed.ratio.toFixed(2)}× (${speed.verdict})`,
    matchDb === undefined ? undefined : `${matchDb.toFixed(0)} dB`,
    loss && `lost ${describeInterval({ of: 'accuracy', ...loss, interval: [loss.least, loss.most] })}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** Steps that the recipe has already keep their options, as in the page. */
function recipeOfAction(action: Extract<Advice['action'], { kind: 'run' }>, before: Recipe | undefined): Recipe {
  return recipeOf(
    action.steps.map(({ pass, options }) => {
      const own = before?.steps.find((step) => step.pass === pass);
      return { pass, options: { ...own?.options, ...options } };
    }),
  );
}

const recipeOfWords = (words: string): Recipe => recipeOf(words.split(/; */).map(stepOfWords));

type AdvisedWithData = SampleFiles & { readonly data: NonNullable<SampleFiles['data']> };

function make({ path, data }: AdvisedWithData, recipe: Recipe): Known {
  const recipeFile = join(temporary, 'recipe.json');
  writeFileSync(recipeFile, JSON.stringify(recipe));
  const asked = ['-o', variantFile, '--recipe', recipeFile, '--data', data.calibration, ...samplesToCalibrate];
  return { recipe, made: runPareto<Made>('optimize', path, ...asked) };
}

const mostStages = 8;

function follow(model: AdvisedWithData, facts: AdvisorFacts, begun: Recipe): void {
  const { id, path, data } = model;
  const evaluating = ['--data', data.evaluation];
  let known = make(model, begun);
  for (let stage = 0; stage < mostStages; stage++) {
    const { recipe, made, measured, evaluated } = known;
    const isUnchanged = made.passes.every(({ changes }) => changes.length === 0);
    const name = isUnchanged ? nameRecipe(recipe) : nameMade(recipe, made.passes);
    const how = evaluated ? 'evaluated' : measured ? 'measured' : 'made';
    const action = printAdvice(id, `${name}: ${how}`, { ...facts, variant: factsOf(known) })?.action;
    if (action?.kind === 'measure') {
      const timed = ['--budget', 'quick', '--threads', '1', ...evaluating];
      known = { ...known, measured: runPareto<Measured>('benchmark', path, variantFile, ...timed) };
    } else if (action?.kind === 'evaluate') {
      known = { ...known, evaluated: runPareto<Evaluated>('evaluate', path, '--variant', variantFile, ...evaluating) };
    } else if (action?.kind === 'run') known = make(model, recipeOfAction(action, recipe));
    else return;
  }
}

function adviseAll(advised: SampleFiles): void {
  const { id, path, data } = advised;
  const inspection = runPareto<Inspection>('inspect', path);
  const model = modelFacts(inspection, inspection.file.sizeBytes);
  printAdvice(id, 'opened', { model, data: null });
  if (data === undefined) return;
  const facts = { model, data: { isLabelled: true } };
  const action = printAdvice(id, 'data given', facts)?.action;
  const first = action?.kind === 'run' ? recipeOfAction(action, undefined) : goalOf(model);
  const begun = values.from.length > 0 ? values.from.map(recipeOfWords) : [first];
  for (const recipe of begun) follow({ ...advised, data }, facts, recipe);
}

const goalOf = (model: ModelFacts): Recipe => resolveGoals({ model, hasData: true, device: null })[0]!.recipe;

printHead('model', 'stage', 'known', 'rule', 'advice', 'button', 'also');
try {
  for (const model of modelsOf(values)) if (model.id.includes(values.only)) adviseAll(model);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (values.write) await writeResults('advice');
