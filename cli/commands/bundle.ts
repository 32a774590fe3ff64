import { version } from '../../package.json';
import { assertVariantOf } from '../../src/engine/deploy/assert-variant';
import { deployTargets, makeBundle, type Bundle } from '../../src/engine/deploy/make-bundle';
import { parseMeasurement, type MeasurementDocument } from '../../src/engine/deploy/measurements';
import { referenceOf } from '../../src/engine/deploy/drift-reference';
import { usualCalibrationSamples } from '../../src/engine/data/split';
import { ParetoError } from '../../src/engine/errors';
import { formatBytes, formatCounted } from '../../src/engine/format';
import type { DeployFacts } from '../../src/engine/deploy/deploy-facts';
import type { Recipe } from '../../src/engine/recipe/recipe';
import { bundleContents, packBundle } from '../../src/runtime/deploy/pack-bundle';
import { withAnswers } from '../../src/runtime/deploy/answer-samples';
import { tryModel } from '../../src/runtime/deploy/try-model';
import type { ModelFiles } from '../../src/runtime/models/model-files';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { ortVersion } from '../../src/runtime/session/ort-version';
import { listOption, requirePositionals, textOption, UsageError, type Command, type Invocation } from '../command';
import { dataHelp, dataOptions, readGivenMapping, readRecipeFile, readTextFile } from '../data-options';
import type { InputFiles } from '../input-files';
import { foundModel, readModelFiles } from '../model-on-disk';
import { openCalibration, type OpenedCalibration } from '../open-calibration';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { openInput } from '../open-input';
import { OutputFile, refuseOutput } from '../output-file';
import { writeNewFolder } from '../output-folder';

const everyTarget = deployTargets.map(({ id }) => id).join(',');

export const bundleCommand: Command = {
  name: 'bundle',
  summary: 'writes a folder or zip file to deploy a model, with its evidence',
  options: {
    output: { type: 'string', short: 'o' },
    variant: { type: 'string' },
    report: { type: 'string', multiple: true },
    recipe: { type: 'string' },
    targets: { type: 'string' },
    ...dataOptions,
    samples: { type: 'string' },
  },
  help: `Writes a bundle to deploy a model: the model, metadata, measurements, a checklist ticked by them, a script that verifies the
model elsewhere, and the files of each target.

Usage: pareto bundle <model> -o <folder or .zip> [--variant <file>] [--json]

Options:
  -o, --output <path>  a new folder, or a file that ends in .zip
  --variant <file>     the model to deploy; without it, the original
  --report <file>      fills the evidence and the checklist: a report of the page, or the --json output of benchmark, evaluate
                       or simulate. Repeat it for more files
  --recipe <file>      the recipe that made the variant
  --targets <list>     of ${everyTarget}; default all
${dataHelp('-o, --output <path>'.length)}
  --samples <n>        reference samples for drift detection, chosen at random (${usualCalibrationSamples}). all: every sample
  --json               prints written and refused targets as one JSON document

Example:
  pareto bundle model.onnx --variant model_int8.onnx --report report.json --targets triton,fastapi -o deploy.zip
`,
  run: bundle,
};

async function bundle(invocation: Invocation): Promise<void> {
  const [path = ''] = requirePositionals(invocation, ['The model']);
  const output = textOption(invocation, 'output');
  if (output === undefined) throw new UsageError('The output is missing. Name a folder or a .zip file with -o.');
  const isZip = /\.zip$/i.test(output);
  // Refused before the time is spent.
  if (isZip) refuseOutput(output, invocation.inputs);
  const targets = (textOption(invocation, 'targets') ?? everyTarget).split(',').map((id) => id.trim());
  const givenMapping = await readGivenMapping(invocation);
  const host = createRecipeHost(invocation.signal);
  const original = await openInput(path, invocation, host);
  const recipe = await recipeOption(invocation);
  const variantPath = textOption(invocation, 'variant');
  const deployed = variantPath === undefined ? original : await openInput(variantPath, invocation, host);
  if (deployed !== original) assertVariantOf(original.inspection, deployed.inspection);
  const files = await readModelFiles(foundModel(deployed));
  const data = await openCalibration(
    invocation,
    original,
    { recipe: recipe ?? noRecipe, givenMapping: recipe?.data?.mapping ?? givenMapping },
    host,
  );
  invocation.terminal.progress('Comparing batched with single runs');
  const { recorded, batching, unrecorded } = await tryModel(invocation.signal, createNodeHost(), files, 0);
  if (unrecorded !== undefined) invocation.terminal.warn(unrecorded);
  const made = makeBundle(
    {
      inspection: deployed.inspection,
      externalData: files.externalData.map((file) => file.path),
      originalSha256: variantPath === undefined ? null : original.inspection.file.sha256,
      recipe,
      original: {
        parameters: original.inspection.parameters,
        flops: original.inspection.flops,
        sizeBytes: original.inspection.file.sizeBytes,
      },
      ...(await reportOption(invocation)),
      recorded,
      batching,
      drift: data === undefined ? null : await driftOf(invocation, { ...data, files }, host),
      createdAt: new Date().toISOString(),
      pareto: version,
      onnxruntimeWeb: ortVersion,
    },
    targets,
  );
  await (isZip
    ? writeZip(output, made, files, invocation.inputs, host.checkpoint)
    : writeNewFolder(output, bundleContents(made, files), invocation.inputs, host.checkpoint));
  invocation.terminal.progress('');
  invocation.terminal.print(
    invocation.json ? JSON.stringify(resultOf(output, made, files)) : describe(output, made, files),
  );
}

const noRecipe: Recipe = { version: 1, seed: 0, steps: [] };

async function driftOf(
  { signal, terminal }: Invocation,
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

async function writeZip(
  path: string,
  made: Bundle,
  files: ModelFiles,
  inputs: InputFiles,
  checkpoint: () => Promise<void>,
): Promise<void> {
  const zip = await packBundle(made, files, { progress: () => undefined, checkpoint });
  const file = new OutputFile(path, inputs);
  try {
    for await (const piece of zip.stream()) file.write(piece as Uint8Array);
    file.commit();
  } finally {
    file.discard();
  }
}

function resultOf(output: string, made: Bundle, files: ModelFiles) {
  const paths = bundleContents(made, files).map(([path, content]) => ({ path, sizeBytes: content.size }));
  const { name, batching, refused, notes } = made;
  return { output, name, files: paths, batching, refused, notes };
}

function describe(output: string, made: Bundle, files: ModelFiles): string {
  const contents = bundleContents(made, files);
  const size = contents.reduce((sum, [, content]) => sum + content.size, 0);
  return [
    `${output}: ${formatCounted(contents.length, 'file')}, ${formatBytes(size)}.`,
    ...contents.map(([path]) => `  ${path}`),
    ...made.refused.map(({ target, reason }) => `Not written: ${target}. ${reason}`),
    ...made.notes.map((note) => `Note: ${note}`),
  ].join('\n');
}
