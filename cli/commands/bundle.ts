import { version } from '../../package.json';
import { transformersJs } from '../../src/engine/deploy/transformersjs/hub-repository';
import { assertVariantOf } from '../../src/engine/deploy/assert-variant';
import { deployTargets, makeBundle, type Bundle } from '../../src/engine/deploy/make-bundle';
import { parseMeasurement, type MeasurementDocument } from '../../src/engine/deploy/measurements';
import { referenceOf } from '../../src/engine/deploy/drift-reference';
import { usualCalibrationSamples } from '../../src/engine/data/split';
import { ParetoError } from '../../src/engine/errors';
import { formatBytes, formatCounted, formatQuoted } from '../../src/engine/format';
import type { Inspection } from '../../src/engine/analysis/inspection';
import { deploymentName, type DeployFacts } from '../../src/engine/deploy/deploy-facts';
import type { Recipe } from '../../src/engine/recipe/recipe';
import { bundleContents, packBundle } from '../../src/runtime/deploy/pack-bundle';
import { withAnswers } from '../../src/runtime/deploy/answer-samples';
import { tryModel } from '../../src/runtime/deploy/try-model';
import type { ModelFiles } from '../../src/runtime/models/model-files';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { ortVersion } from '../../src/runtime/session/ort-version';
import {
  bundleRepository,
  describeRepository,
  dtypesHelp,
  dtypesOption,
  type WrittenRepository,
} from '../hub/bundle-repository';
import type { MadeDtype } from '../../src/engine/deploy/transformersjs/dtype-recipes';
import { alwaysCompressedBytes, transferBytes } from '../../src/runtime/node/transfer-bytes';
import { openCalibration } from '../../src/work/data';
import type { OptimizeRequest } from '../../src/work/optimize';
import { type OpenedFile, readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import {
  listOption,
  requirePositionals,
  textOption,
  UsageError,
  type Arguments,
  type Command,
  type Invocation,
  type Shell,
} from '../command';
import { foundModel } from '../files/model-on-disk';
import { dataHelp, dataOptions, readDataRequest, readRecipeFile, readTextFile } from '../options/data-options';
import { samplesOption } from '../options/sample-choice';
import { OutputFile, refuseOutput } from '../files/output-file';
import { writeNewFolder } from '../files/output-folder';
import { createShellHost, type ShellHost } from '../shell-host';

type OpenedCalibration = NonNullable<Awaited<ReturnType<typeof openCalibration>>>;

const everyTarget = deployTargets.map(({ id }) => id).join(',');

export const bundleCommand: Command = {
  name: 'bundle',
  summary: 'writes a folder or zip file to deploy a model, with its evidence',
  options: {
    output: { type: 'string', short: 'o' },
    variant: { type: 'string' },
    name: { type: 'string' },
    report: { type: 'string', multiple: true },
    recipe: { type: 'string' },
    targets: { type: 'string' },
    dtypes: { type: 'string' },
    ...dataOptions,
    samples: { type: 'string' },
  },
  help: `Writes a bundle to deploy a model: the model, metadata, measurements, a checklist ticked by them, a script that verifies the
model elsewhere, and the files of each target.

Usage: pareto bundle <model or folder> -o <folder or .zip> [--variant <file>] [--json]

Options:
  -o, --output <path>  a new folder, or a file that ends in .zip
  --variant <file>     the model to deploy; without it, the original
  --name <name>        the name of the model on servers; without it, that of its file
  --report <file>      fills the evidence and the checklist: a report of the page, or the --json output of benchmark, evaluate
                       or simulate. Repeat it for more files
  --recipe <file>      the recipe that made the variant
  --targets <list>     of ${everyTarget} (all of these by default),
                       and ${transformersJs.id}: a repository for Hugging Face with the model in several precisions, each
                       measured. It takes a float model, or a folder with config.json, a tokenizer and onnx/model.onnx
  --dtypes <list>      files of ${transformersJs.id}: of ${dtypesHelp}; default all
${dataHelp('-o, --output <path>'.length)}
  --samples <n>        reference samples for drift detection, chosen at random (${usualCalibrationSamples}). all: every sample
  --json               prints written and refused targets as one JSON document

Example:
  pareto bundle model.onnx --variant model_int8.onnx --report report.json --targets triton,fastapi -o deploy.zip
`,
  run,
};

interface BundleRequest extends Pick<OptimizeRequest, 'data' | 'samples'> {
  readonly path: string;
  readonly output: string;
  readonly variant: string | undefined;
  readonly targets: readonly string[];
  readonly isRepository: boolean;
  readonly dtypes: readonly MadeDtype[];
  /** Absent: the name of the file. */
  readonly name: string | undefined;
  readonly recipe: Recipe | null;
  readonly reports: Pick<DeployFacts, 'report' | 'documents'>;
}

async function run(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const output = textOption(invocation, 'output');
  if (output === undefined) throw new UsageError('The output is missing. Name a folder or a .zip file with -o.');
  // Refused before the time is spent.
  if (/\.zip$/i.test(output)) refuseOutput(output, invocation.inputs);
  const named = (textOption(invocation, 'targets') ?? everyTarget).split(',').map((id) => id.trim());
  const targets = named.filter((id) => id !== transformersJs.id);
  const isRepository = targets.length < named.length;
  const dtypes = dtypesOption(invocation, isRepository);
  const name = nameOption(invocation);
  const idle = ['report', 'recipe', 'name'].find((one) => invocation.values[one] !== undefined);
  if (targets.length === 0 && idle !== undefined) {
    throw new UsageError(`--${idle} has no effect on the files of ${transformersJs.id}. Remove it, or add a target.`);
  }
  const data = await readDataRequest(invocation, ['samples']);
  const samples = samplesOption(invocation);
  const variant = textOption(invocation, 'variant');
  const recipe = await recipeOption(invocation);
  const reports = await reportOption(invocation);
  const request = { path, output, variant, targets, isRepository, dtypes, name, data, samples, recipe, reports };
  return bundle(request, invocation);
}

async function bundle(request: BundleRequest, shell: Shell): Promise<void> {
  const { path, output, targets, isRepository } = request;
  const host = createShellHost(shell);
  const { opened: original } = await host.openModel(path);
  const deployed = request.variant === undefined ? original : (await host.openModel(request.variant)).opened;
  if (deployed !== original) assertVariantOf(original.inspection, deployed.inspection);
  const given = { ...request, original, deployed };
  const packed = targets.length === 0 ? undefined : await packTargets(shell, given, host);
  const contents = packed && bundleContents(packed.made, packed.files);
  const repository = isRepository
    ? await bundleRepository(shell, { ...given, others: contents ?? [] }, host)
    : undefined;
  if (packed !== undefined && repository === undefined) await write(shell, output, packed, host);
  shell.terminal.progress('');
  const result = resultOf(output, packed?.made, repository, contents ?? []);
  shell.terminal.print(shell.json ? JSON.stringify(result) : describe(result, repository));
}

interface Given extends BundleRequest {
  readonly original: OpenedFile;
  readonly deployed: OpenedFile;
}

interface Packed {
  readonly made: Bundle;
  readonly files: ModelFiles;
}

/** The files of all targets that deploy the one model. */
async function packTargets(
  shell: Shell,
  { name, targets, recipe, reports, original, deployed, ...calibrating }: Given,
  host: ShellHost,
): Promise<Packed> {
  const files = await readModelFiles(foundModel(deployed));
  const data = await openCalibration(calibrating, recipe ?? noRecipe, original, host);
  shell.terminal.progress('Comparing batched with single runs');
  const { recorded, batching, unrecorded } = await tryModel(shell.signal, createNodeHost(), files, 0);
  if (unrecorded !== undefined) shell.terminal.warn(unrecorded);
  const made = makeBundle(
    {
      inspection: withName(deployed.inspection, name),
      modelBytes: await transferBytes(
        deployed,
        deployed.originalBytes <= alwaysCompressedBytes ? 'gzip' : 'none',
        host,
      ),
      externalData: files.externalData.map((file) => file.path),
      originalSha256: deployed === original ? null : original.inspection.file.sha256,
      recipe,
      original: {
        parameters: original.inspection.parameters,
        flops: original.inspection.flops,
        sizeBytes: original.inspection.file.sizeBytes,
      },
      ...reports,
      recorded,
      batching,
      drift: data === undefined ? null : await driftOf(shell, { ...data, files }, host),
      createdAt: new Date().toISOString(),
      pareto: version,
      onnxruntimeWeb: ortVersion,
    },
    targets,
  );
  return { made, files };
}

function nameOption(invocation: Arguments): string | undefined {
  const name = textOption(invocation, 'name');
  if (name !== undefined && deploymentName(name) !== name) {
    throw new UsageError(
      `--name must be up to 63 lower-case letters, digits and single hyphens, not ${formatQuoted(name)}.`,
    );
  }
  return name;
}

function withName(inspection: Inspection, name: string | undefined): Inspection {
  return name === undefined ? inspection : { ...inspection, file: { ...inspection.file, name: `${name}.onnx` } };
}

async function write(
  { inputs }: Shell,
  output: string,
  { made, files }: Packed,
  { checkpoint }: ShellHost,
): Promise<void> {
  if (!/\.zip$/i.test(output)) return writeNewFolder(output, bundleContents(made, files), inputs, checkpoint);
  const zip = await packBundle(made, files, { progress: () => undefined, checkpoint });
  const file = new OutputFile(output, inputs);
  try {
    for await (const piece of zip.stream()) file.write(piece as Uint8Array);
    file.commit();
  } finally {
    file.discard();
  }
}

const noRecipe: Recipe = { version: 1, seed: 0, steps: [] };

async function driftOf(
  { signal, terminal }: Shell,
  { calibration, facts, files }: OpenedCalibration & { readonly files: ModelFiles },
  host: { readonly checkpoint: () => Promise<void> },
) {
  terminal.progress('Running the reference samples');
  return withAnswers(signal, createNodeHost(), files, (answer) =>
    referenceOf(calibration.feeds(), facts.name, () => host.checkpoint(), answer),
  );
}

async function recipeOption(invocation: Invocation): Promise<Recipe | null> {
  const path = textOption(invocation, 'recipe');
  return path === undefined ? null : readRecipeFile(invocation, path);
}

/** One report of the page at most, and any documents of the command line. */
async function reportOption(invocation: Invocation): Promise<Pick<DeployFacts, 'report' | 'documents'>> {
  const given: MeasurementDocument[] = [];
  for (const path of listOption(invocation, 'report')) {
    const text = await readTextFile(invocation, path, 'report');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new ParetoError('report/invalid', `The report ${path} is not JSON.`, { cause: error });
    }
    given.push(parseMeasurement(value, path));
  }
  const reports = given.flatMap((one) => (one.kind === 'report' ? [one.report] : []));
  if (reports.length > 1)
    throw new UsageError(
      '--report accepts one report of the page and any number of --json documents. Leave out the second report.',
    );
  return { report: reports[0] ?? null, documents: given.filter(({ kind }) => kind !== 'report') };
}

/** The JSON document: from the first release on keys are only ever added. */
interface BundleResult
  extends Partial<Pick<Bundle, 'batching' | 'downloads'>>, Pick<Bundle, 'name' | 'refused' | 'notes'> {
  readonly output: string;
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** The models of the target `transformersjs`, each with its recipe and its measurements. */
  readonly transformersjs?: Pick<WrittenRepository, 'files'>;
}

function resultOf(
  output: string,
  made: Bundle | undefined,
  repository: WrittenRepository | undefined,
  contents: readonly (readonly [path: string, content: Blob])[],
): BundleResult {
  const notes = [...(made?.notes ?? []), ...(repository?.notes ?? [])];
  return {
    output,
    name: made?.name ?? repository?.name ?? '',
    files: repository?.paths ?? contents.map(([path, { size }]) => ({ path, sizeBytes: size })),
    ...(made && { batching: made.batching, downloads: made.downloads }),
    refused: made?.refused ?? [],
    notes,
    ...(repository && { transformersjs: { files: repository.files } }),
  };
}

function describe({ output, files, refused, notes }: BundleResult, repository: WrittenRepository | undefined): string {
  const size = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const ofRepository = new Set(repository?.notes);
  return [
    `${output}: ${formatCounted(files.length, 'file')}, ${formatBytes(size)}.`,
    ...files.map(({ path }) => `  ${path}`),
    ...refused.map(({ target, reason }) => `Not written: ${target}. ${reason}`),
    ...notes.filter((note) => !ofRepository.has(note)).map((note) => `Note: ${note}`),
    ...(repository ? [describeRepository(repository)] : []),
  ].join('\n');
}
