import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { version } from '../../package.json';
import { ParetoError } from '../../src/engine/errors';
import { formatBytes, formatCounted, formatSizeChange } from '../../src/engine/format';
import { recipeOf } from '../../src/engine/recipe/recipe';
import { RequestError } from '../../src/work/request';
import { requirePositionals, textOption, UsageError, type Command, type Invocation } from '../command';
import { readTextFile } from '../options/data-options';
import { argumentsOf, parseDeployPlan, stepKey, type StepOptions } from '../servers/deploy-plan';
import { cannotWrite, makeFolder, OutputFile } from '../files/output-file';

export const deployCommand: Command = {
  name: 'deploy',
  summary: 'optimizes, evaluates, checks, measures and bundles a model, as a plan says',
  options: { plan: { type: 'string' } },
  help: `Runs the commands of a plan on a model: optimize, evaluate, check, benchmark, measure-server, bundle. Results of all steps are
kept in the output folder. After a failure or a change, the next run repeats only the steps whose options or files changed. If a
limit of check is exceeded, nothing is bundled.

Usage: pareto deploy --plan <file> [--json]

Options:
  --plan <file>  JSON: model, output (a folder), data (options about data), and for each step an object of its options.
                 optimize is required; evaluate, check, benchmark and measure-server are optional. Paths count from the
                 folder of the plan
  --json         prints the steps and the bundle as one JSON document

Example:
  echo '{"model": "model.onnx", "output": "release", "data": {"data": "photos/"}, "optimize": {"goal": "smaller"},
    "evaluate": {}, "check": {"budget": "budget.json"}, "benchmark": {"per-node": true}}' > plan.json
  pareto deploy --plan plan.json
`,
  run: deploy,
};

/** The JSON document. */
interface DeployResult {
  readonly output: string;
  readonly variant: string;
  readonly bundle: string;
  /** In the order in which they ran. `kept`: the result of an earlier run still holds. */
  readonly steps: readonly { readonly step: string; readonly state: 'done' | 'kept'; readonly file: string }[];
  readonly sizeBytes: { readonly original: number; readonly variant: number };
}

async function deploy(invocation: Invocation): Promise<void> {
  requirePositionals(invocation, []);
  const path = textOption(invocation, 'plan');
  if (path === undefined) throw new UsageError('The plan is missing. Name its file with --plan.');
  const plan = parseDeployPlan(await readTextFile(invocation, path, 'plan'), path);
  const steps = new Steps(invocation, plan.output);
  const name = `${basename(plan.model).replace(/\.(onnx|gguf)$/i, '')}-optimized`;
  const variant = join(plan.output, `${name}.onnx`);
  const withData = (given: StepOptions): readonly string[] => argumentsOf({ ...plan.data, ...given });

  const made = await steps.run('optimize', [plan.model, '-o', variant, ...withData(plan.optimize)], [variant]);
  const recipe = join(plan.output, 'recipe.json');
  writeIfChanged(recipe, recipeText(made.document), invocation);
  const reports: string[] = [];
  if (plan.evaluate !== undefined) {
    const argv = [plan.model, '--variant', variant, ...withData(plan.evaluate)];
    reports.push((await steps.run('evaluate', argv)).file);
  }
  if (plan.check !== undefined) await steps.run('check', [plan.model, variant, ...withData(plan.check)]);
  if (plan.benchmark !== undefined) {
    reports.push((await steps.run('benchmark', [plan.model, variant, ...argumentsOf(plan.benchmark)])).file);
  }
  const bundled = [plan.model, '--variant', variant, '--recipe', recipe];
  if (plan['measure-server'] !== undefined) {
    const server = [...bundled, ...withData({ ...plan.bundle, targets: 'fastapi' })];
    reports.push(
      await measureServer(steps, join(plan.output, 'server-bundle'), { server, settings: plan['measure-server'] }),
    );
  }
  const bundle = join(plan.output, 'bundle');
  const given = reports.flatMap((file) => ['--report', file]);
  await steps.run('bundle', [...bundled, ...withData(plan.bundle), ...given, '-o', bundle], [bundle]);
  const { sizeBytes } = v.parse(optimizedSchema, made.document);
  const result: DeployResult = { output: plan.output, variant, bundle, steps: steps.done, sizeBytes };
  invocation.terminal.progress('');
  invocation.terminal.print(invocation.json ? JSON.stringify(result) : describe(result));
}

/** Writes a bundle for the server, measures it, and removes it: the final bundle contains the measurement. */
async function measureServer(
  steps: Steps,
  trial: string,
  { server, settings }: { readonly server: readonly string[]; readonly settings: StepOptions },
): Promise<string> {
  const measured = await steps.run('measure-server', [trial, ...argumentsOf(settings)], [], {
    // A bundle contains its time of writing. Its sources decide whether the measurement still holds.
    dependsOn: server,
    before: async (run) => {
      rmSync(trial, { recursive: true, force: true });
      await run(['bundle', ...server, '-o', trial]);
    },
    after: () => rmSync(trial, { recursive: true, force: true }),
  });
  return measured.file;
}

/** Keeps the time of an equal file, so that steps that read it are not repeated. */
function writeIfChanged(path: string, text: string, invocation: Invocation): void {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeAgain(path, text, invocation);
}

/** Replaces a file of an earlier run, even if a step has read it since. */
function writeAgain(path: string, text: string, { inputs }: Invocation): void {
  rmSync(path, { force: true });
  OutputFile.writeWhole(path, text, inputs);
}

const stateSchema = v.record(v.string(), v.string());
const optimizedSchema = v.object({
  sizeBytes: v.object({ original: v.number(), variant: v.number() }),
  passes: v.array(v.object({ id: v.string(), options: v.record(v.string(), v.unknown()) })),
});

/** A recipe of the passes that ran, with all their options. The bundle documents the variant with it. */
function recipeText(optimized: unknown): string {
  const { passes } = v.parse(optimizedSchema, optimized);
  const steps = passes.map(({ id, options }) => ({ pass: id, options: options as never }));
  return `${JSON.stringify(recipeOf(steps), null, 2)}\n`;
}

interface Around {
  /** Arguments of `before` on which the result depends too. */
  readonly dependsOn?: readonly string[];
  before?(run: (argv: readonly string[]) => Promise<string>): Promise<void>;
  after?(): void;
}

/** Runs commands, and keeps their documents with a key of everything that they depend on. */
class Steps {
  readonly done: DeployResult['steps'][number][] = [];
  readonly #invocation: Invocation;
  readonly #folder: string;
  readonly #keys: Record<string, string>;

  /** Throws `output/not-empty` for a folder of other files. */
  constructor(invocation: Invocation, folder: string) {
    this.#invocation = invocation;
    this.#folder = folder;
    try {
      makeFolder(folder);
      const isUsed = readdirSync(folder).length > 0;
      if (isUsed && !existsSync(this.#statePath)) {
        throw new ParetoError(
          'output/not-empty',
          `${folder} holds other files. Name a new folder as the output of the plan.`,
        );
      }
      const state: unknown = isUsed ? JSON.parse(readFileSync(this.#statePath, 'utf8')) : {};
      this.#keys = v.parse(stateSchema, state);
    } catch (error) {
      if (error instanceof ParetoError) throw error;
      if (error instanceof SyntaxError || error instanceof v.ValiError) {
        throw new ParetoError('input/damaged', `${this.#statePath} is damaged. Remove it with the folder.`, {
          cause: error,
        });
      }
      throw cannotWrite(folder, error);
    }
    // This marks the folder as one of deploy, even if the first step fails.
    this.#write();
  }

  get #statePath(): string {
    return join(this.#folder, 'state.json');
  }

  /** @param made paths that the step writes besides its document. They are removed before the step runs again. */
  async run(step: string, argv: readonly string[], made: readonly string[] = [], around: Around = {}) {
    const file = join(this.#folder, `${step}.json`);
    const key = stepKey([step, ...argv.filter((word) => !made.includes(word)), ...(around.dependsOn ?? [])], version);
    const holds = this.#keys[step] === key && [file, ...made].every((path) => existsSync(path));
    if (!holds) {
      this.#invocation.terminal.progress(`Running ${step}`);
      for (const path of made) rmSync(path, { recursive: true, force: true });
      try {
        await around.before?.((words) => this.#runCommand(words));
        const printed = await this.#runCommand([step, ...argv, '--json']);
        writeAgain(file, printed, this.#invocation);
      } finally {
        around.after?.();
      }
      this.#keys[step] = key;
      this.#write();
    }
    this.done.push({ step, state: holds ? 'kept' : 'done', file });
    return { file, document: JSON.parse(readFileSync(file, 'utf8')) as unknown };
  }

  /** Names the step of a wrong option: the help of deploy has no options of steps. */
  async #runCommand(argv: readonly string[]): Promise<string> {
    try {
      return await this.#invocation.runCommand(argv);
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof RequestError)) throw error;
      const message = `The plan, ${argv[0]}: ${error.message} See: pareto ${argv[0]} --help`;
      throw new ParetoError('options/plan', message, { cause: error });
    }
  }

  #write(): void {
    OutputFile.writeWhole(this.#statePath, `${JSON.stringify(this.#keys, null, 2)}\n`, this.#invocation.inputs);
  }
}

function describe({ bundle, steps, sizeBytes }: DeployResult): string {
  const { original, variant } = sizeBytes;
  const kept = steps.filter(({ state }) => state === 'kept').map(({ step }) => step);
  return [
    `${bundle}: ${formatBytes(original)} to ${formatBytes(variant)} (${formatSizeChange(original, variant)}), ${formatCounted(steps.length, 'step')}.`,
    ...(kept.length === 0 ? [] : [`Kept from an earlier run: ${kept.join(', ')}.`]),
    `Read ${join(bundle, 'checklist.md')}.`,
  ].join('\n');
}
