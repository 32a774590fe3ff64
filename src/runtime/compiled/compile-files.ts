/** Makes the files of a compiled model, and checks the model against the original. */
import { inspectInputs } from '../../engine/analysis/inspect';
import type { Build, CompiledModel } from '../../engine/compile/compile-model';
import type { ModuleCheck } from '../../engine/compile/describe-check';
import { decidingInputs, valuesIn, withFixedFeeds, type FixedValues } from '../../engine/compile/fixed-inputs';
import { exampleHtml, moduleScript, moduleTypes, wasmFileName } from '../../engine/compile/module-script';
import { compilePrepared } from '../../engine/compile/prepare-model';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { concreteShape, createSyntheticFeeds } from '../../engine/data/synthetic';
import { ParetoError } from '../../engine/errors';
import { formatList, formatQuoted } from '../../engine/format';
import type { Model } from '../../engine/onnx/graph';
import { nodes } from '../../engine/onnx/traverse';
import type { Refusal } from '../../engine/passes/pass';
import type { Progress } from '../../engine/progress';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import { describeRefusedRun } from '../session/failure';
import { checkCompiled } from './check-compiled';
import { fastestBuild } from './compiled-instance';

export interface CompileRequest {
  readonly model: Model;
  /** Shown as the title of the example. */
  readonly name: string;
  readonly dimensions: FreeDimensions;
  /** Inputs of one number that become constants of the module. */
  readonly values?: FixedValues;
  readonly builds: readonly Build[];
  /** The modules are in the script, so that there are no other files. */
  readonly inline: boolean;
  /** Samples to check the module with. Absent: random inputs. */
  readonly samples?: readonly Feeds[];
}

/** A contract: `report.json`, and what `pareto compile --json` prints. */
export interface CompileReport extends ModuleCheck {
  readonly builds: readonly { readonly build: Build; readonly file: string; readonly moduleBytes: number }[];
  /** Code of the first build: the module without its weights. */
  readonly codeBytes: number;
  readonly weightBytes: number;
  readonly memoryBytes: number;
  /** Memory of inputs, outputs and values between. */
  readonly arenaBytes: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly refused: readonly Refusal[];
  readonly inputs: readonly ReportedPort[];
  readonly outputs: readonly ReportedPort[];
  /** Inputs of the model that are constants of the module. */
  readonly fixedInputs: FixedValues;
}

interface ReportedPort {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

export interface CompileHost extends RecipeHost {
  progress?(progress: Progress): void;
}

export interface CompiledFiles {
  readonly compiled: CompiledModel;
  readonly report: CompileReport;
  readonly files: readonly (readonly [name: string, content: Blob])[];
}

const randomSamples = 3;
const stageCount = 2;

/**
 * Throws `compile/refused`, which names what is missing, `compile/dimensions` if the model does not run with these sizes, and
 * `compile/run` if it does not run on the samples, and `compile/inexact` if the module does not compute what the model does.
 */
export async function compileFiles(request: CompileRequest, host: CompileHost): Promise<CompiledFiles> {
  try {
    return await compileChecked(request, host);
  } catch (error) {
    const reason = describeRefusedRun(error);
    throw reason === undefined ? error : describeRun(request, reason, error);
  }
}

/** `compile/dimensions`, which names the inputs whose sizes were chosen, or else `compile/run`. */
function describeRun({ model, dimensions, samples }: CompileRequest, reason: string, cause: unknown): ParetoError {
  const inputs = inspectInputs(model);
  const sizes = withSuggestedDimensions(inputs, dimensions);
  const chosen = inputs
    .filter(({ shape }) => shape?.some((entry) => typeof entry !== 'number'))
    .map((input) => `${formatQuoted(input.name)} of [${concreteShape(input, sizes).join(', ')}]`);
  const advice = [
    ...(chosen.length > 0 ? [otherSizes] : []),
    ...(samples === undefined ? ['Give data that suits it, with --data on the command line.'] : []),
  ];
  const [code, where] = chosen.length > 0 ? ['compile/dimensions', ` with ${formatList(chosen)}`] : ['compile/run', ''];
  return new ParetoError(code!, `The model does not run${where}. ${[...advice, reason].join(' ')}`, { cause });
}

const otherSizes =
  'Set other sizes for its free dimensions in the benchmark settings, or with --dim on the command line.';

async function compileChecked(request: CompileRequest, host: CompileHost): Promise<CompiledFiles> {
  const { inline, builds, model: original } = request;
  const report = (stage: string, done: number) => host.progress?.({ stage, done, total: stageCount });
  report('Compiling the model', 0);
  const usualValues = valuesIn(request.samples?.[0] ?? {}, decidingInputs(original));
  const notRun = builds.filter((build) => build === 'relaxed' && fastestBuild() !== build);
  // The plain build is made of the same calls as one that this engine cannot run.
  const checkedBuilds: readonly Build[] = notRun.length < builds.length ? builds : [...builds, 'simd'];
  const made = await compilePrepared(original, { ...request, usualValues }, checkedBuilds, {
    ...host,
    progress: () => undefined,
  });
  const { compiled: all, refusals, prepared, values } = made;
  if (all === undefined) throw refusedModule(refusals, request.values);
  const inputs = inspectInputs(prepared);
  const given =
    request.samples ?? Array.from({ length: randomSamples }, (_, seed) => createSyntheticFeeds(inputs, {}, seed));
  const samples = given.map((feeds) => withFixedFeeds(feeds, original, values));
  report('Comparing outputs with the model', 1);
  const checked = await checkCompiled(original, all, samples, host);
  const compiled = { ...all, modules: new Map(builds.map((build) => [build, all.modules.get(build)!])) };
  const { sqnrDb, against } = checked;
  const kind = request.samples === undefined ? 'random' : 'data';
  const checkedOn = { samples: samples.length, inputs: kind, against, notRun } as const;
  const isQuantized = [...nodes(prepared)].some(({ node }) => /^(Dynamic)?QuantizeLinear$/.test(node.opType ?? ''));
  if (isQuantized ? checked.isWrong : !checked.isExact) throw inexact(sqnrDb, kind);
  const facts = reportOf(compiled, { sqnrDb, checkedOn }, values);
  const text = (content: string, type: string) => new Blob([content], { type });
  const wasm = builds.map((build): [string, Blob] => [
    wasmFileName(build, builds),
    new Blob([compiled.modules.get(build)!], { type: 'application/wasm' }),
  ]);
  const files: [string, Blob][] = [
    ...(inline ? [] : wasm),
    ['model.mjs', text(moduleScript(compiled, { inline }), 'text/javascript')],
    ['model.d.ts', text(moduleTypes(compiled), 'text/plain')],
    ['example.html', text(exampleHtml(compiled, request.name), 'text/html')],
    ['report.json', text(`${JSON.stringify(facts, null, 2)}\n`, 'application/json')],
  ];
  return { compiled, report: facts, files };
}

function reportOf(compiled: CompiledModel, checked: ModuleCheck, fixedInputs: FixedValues): CompileReport {
  const { modules, weightBytes, memoryBytes, arenaBytes, operators } = compiled;
  const wanted = [...modules.keys()];
  const port = ({ name, type, shape }: ReportedPort): ReportedPort => ({ name, type, shape });
  return {
    ...checked,
    builds: [...modules].map(([build, { length }]) => ({
      build,
      file: wasmFileName(build, wanted),
      moduleBytes: length,
    })),
    codeBytes: modules.get(wanted[0]!)!.length - weightBytes,
    ...{ weightBytes, memoryBytes, arenaBytes },
    operators: Object.fromEntries(operators),
    refused: [],
    inputs: compiled.inputs.map(port),
    outputs: compiled.outputs.map(port),
    fixedInputs,
  };
}

/** `compile/refused`: all missing operators, or the first reason. */
export function refusedModule(refusals: readonly Refusal[], values: FixedValues = {}): ParetoError {
  const missing = [...new Set(refusals.filter(({ code }) => code === 'compile/operator').map(({ op }) => op))];
  const [first] = refusals;
  const reason =
    missing.length > 0
      ? `Compiled modules do not have ${missing.length === 1 ? 'the operator' : 'the operators'} ${formatList(missing)}.`
      : `${first!.path} (${first!.op}): ${first!.reason}`;
  const chosen = Object.entries(values).map(([name, value]) => `${formatQuoted(name)} = ${value}`);
  const fixed = chosen.length === 0 ? '' : ` with ${formatList(chosen)}`;
  return new ParetoError(
    'compile/refused',
    `The model cannot be compiled${fixed}. ${reason} Use the ONNX model with a runtime instead.`,
  );
}

function inexact(sqnrDb: number, inputs: 'data' | 'random'): ParetoError {
  const data = inputs === 'random' ? 'Check it on data. ' : '';
  return new ParetoError(
    'compile/inexact',
    `The compiled module differs from the model by more than rounding: SQNR ${sqnrDb.toFixed(1)} dB. ${data}Otherwise use the ONNX model, and report this.`,
  );
}
