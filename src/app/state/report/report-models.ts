/** Files that the reader of a shared report gives, to try its models on inputs of their own. Kept while the report is read. */
import { createStore } from 'zustand/vanilla';
import { isTokenizerName } from '../../../engine/data/readers/tokenizer-name';
import { formatList } from '../../../engine/format';
import { endingsOf } from '../../../engine/metrics/output-kind';
import { recipeCalibrates } from '../../../engine/recipe/pipeline';
import type { Report, ReportVariant } from '../../../engine/report/report-schema';
import type { FinishedPasses, ModelFiles, OpenedModel, RecipeProgress, TriedAnswers } from '../../jobs/jobs';
import { isModelName } from '../../platform/model-name';
import { recipeProblem } from '../recipe/recipe-check';
import { inputFiles, triedKinds, type TriedKind } from '../benchmark/try-out';
import { currentJobs, runJob, sentenceOf, type JobHandle } from '../jobs/job-runner';
import { originalId, workspaceStore } from '../workspace/workspace-store';

interface ReportModels {
  /** The shared report in view; `null` if there is none. */
  readonly report: Report | null;
  readonly original: OpenedModel | null;
  /** Files of variants by their ids: given, or made by their recipes. */
  readonly variants: Readonly<Record<string, ModelFiles>>;
  readonly tokenizer: File | null;
  /** Ids of variants that their recipes make differently here, because they calibrated with data. */
  readonly unlike: readonly string[];
  /** Sentences on files that were not taken, and on variants whose bytes differ from the report's. */
  readonly notes: readonly string[];
}

const nothing: ReportModels = { report: null, original: null, variants: {}, tokenizer: null, unlike: [], notes: [] };
export const reportModelsStore = createStore<ReportModels>(() => nothing);

/** The files that the reader gives are for this report from now on. Returns a function that forgets them. */
export function beginReading(report: Report): () => void {
  reportModelsStore.setState({ ...nothing, report }, true);
  return () => reportModelsStore.setState(nothing, true);
}

/** What the models of a report can be tried on. `undefined`: nothing that a person can give by hand. */
export function reportedKind({ model, evaluationData }: Report): TriedKind | undefined {
  return triedKinds(model.inputs, evaluationData?.mapping)[0];
}

/** Names of the files that a reader has to give before both models can run. */
export function missingFiles(given: ReportModels, report: Report, variant: ReportVariant): readonly string[] {
  const { recipe, fromFile, teacher, id, name } = variant;
  const isReplayed = fromFile === undefined && teacher === undefined && recipeProblem(recipe) === null;
  const hadData = report.evaluationData !== undefined || given.unlike.includes(id);
  const needsFile = !isReplayed || (recipeCalibrates(recipe) && hadData);
  return [
    ...(given.original === null ? [report.model.name] : []),
    ...(needsFile && given.variants[id] === undefined ? [`the file of ${name}`] : []),
    ...(reportedKind(report) === 'text' && given.tokenizer === null ? ['its tokenizer.json'] : []),
  ];
}

/** Takes models of the report in view and their tokenizer. False if none of the files is one, or no report is in view. */
export async function takeForReport(files: readonly File[]): Promise<boolean> {
  const { report } = reportModelsStore.getState();
  const isModel = ({ name }: File): boolean => isModelName(name) || /\.zip$/i.test(name);
  const models = files.filter(isModel);
  const tokenizer = files.find(({ name }) => isTokenizerName(name));
  if (report === null || (models.length === 0 && tokenizer === undefined)) return false;
  const others = files.filter((file) => !isModel(file));
  const notes: string[] = [];
  const taken: string[] = [];
  for (const model of models) {
    await runJob('compare-file', model.name, async (job) => {
      try {
        taken.push(...(await takeModel(job, report, [model, ...others])));
      } catch (error) {
        notes.push(sentenceOf(error));
      }
    });
  }
  if (taken.length === 0 && tokenizer === undefined) return false;
  reportModelsStore.setState({ notes, ...(tokenizer && { tokenizer }) });
  return true;
}

/** The names of the models of the report that the files are: one at most, or none. */
async function takeModel(job: JobHandle, report: Report, files: readonly File[]): Promise<readonly string[]> {
  const opened = await currentJobs().models.open(job, files);
  const sha256 = opened.inspection.file.sha256 || (await currentJobs().models.fingerprint(job, opened.files));
  const variant = report.variants.find((each) => each.sha256 === sha256);
  if (report.model.sha256 === sha256) reportModelsStore.setState({ original: opened });
  else if (variant === undefined) return [];
  else keepVariant(variant, opened.files);
  return [opened.files.name];
}

function keepVariant({ id }: ReportVariant, files: ModelFiles): void {
  reportModelsStore.setState(({ variants }) => ({ variants: { ...variants, [id]: files } }));
}

/** The same for files of a dialog, which says so if none belongs to the report. */
export async function chooseForReport(report: Report, files: readonly File[]): Promise<void> {
  if (files.length === 0 || (await takeForReport(files))) return;
  const names = formatList([report.model.name, ...report.variants.map(({ name }) => name)], 'or');
  reportModelsStore.setState({ notes: [`${files[0]!.name} is not ${names}: its SHA-256 differs.`] });
}

/** Runs `file` in the original and a variant of the report. Rejects with a sentence; `null` if a model is not at hand. */
export async function tryInReport(
  signal: AbortSignal,
  file: File,
  report: Report,
  variant: ReportVariant,
): Promise<TriedAnswers | null> {
  const { original, tokenizer } = reportModelsStore.getState();
  const made = original && (await filesOfVariant(original, variant));
  if (!original || !made) return null;
  const { inputs, outputs } = original.inspection;
  const { threads, device } = workspaceStore.getState();
  const { mapping } = report.evaluationData ?? {};
  const classNames =
    mapping?.labels?.classes ?? report.evaluations?.find(({ classes }) => classes !== undefined)?.classes?.names;
  return currentJobs().data.tryOut({ signal }, inputFiles(file, tokenizer), {
    models: [
      { id: originalId, files: original.files, sha256: report.model.sha256 },
      { id: variant.id, files: made, sha256: variant.sha256 },
    ],
    model: { inputs, outputs },
    ...(mapping && { mapping }),
    ...(classNames && { classNames }),
    endings: endingsOf(outputs),
    ep: 'wasm',
    threads: threads ?? device?.threads ?? 1,
    freeDimensions: report.data.kind === 'synthetic' ? report.data.freeDimensions : {},
  });
}

/** The given file, or what the recipe makes of the original. */
async function filesOfVariant(original: OpenedModel, variant: ReportVariant): Promise<ModelFiles | null> {
  const known = reportModelsStore.getState().variants[variant.id];
  if (known !== undefined) return known;
  let problem: unknown;
  await runJob('optimize', variant.name, async (job) => {
    try {
      await makeVariant(job, original, variant);
    } catch (error) {
      problem = error;
    }
  });
  if (problem !== undefined) throw problem;
  return reportModelsStore.getState().variants[variant.id] ?? null;
}

async function makeVariant(job: JobHandle, original: OpenedModel, variant: ReportVariant): Promise<void> {
  const onProgress = (update: RecipeProgress | FinishedPasses): void =>
    'passes' in update ? undefined : job.onProgress(update);
  const made = await currentJobs().models.optimize({ ...job, onProgress }, original.files, variant.recipe, {});
  const isSame = made.optimization.variant.sha256 === variant.sha256;
  if (isSame || !recipeCalibrates(variant.recipe)) keepVariant(variant, made.files);
  if (isSame) return;
  reportModelsStore.setState(({ unlike }) => ({
    unlike: [...unlike, variant.id],
    notes: [`${variant.name}, made here, differs from the report’s file.`],
  }));
}
