import { formatBytes, formatChange, formatCount, formatNodePath, formatPercent } from '../../src/engine/format';
import type { StructuralPlan } from '../../src/engine/passes/pass';
import { passes } from '../../src/engine/passes/registry';
import { planRecipe } from '../../src/engine/recipe/plan-recipe';
import { resolveRecipe } from '../../src/engine/recipe/pipeline';
import type { Recipe } from '../../src/engine/recipe/recipe';
import { createSessionInference } from '../../src/runtime/session/session-inference';
import { openCalibration } from '../../src/work/data';
import type { OptimizeRequest } from '../../src/work/optimize';
import { requirePositionals, type Command, type Invocation, type Shell } from '../command';
import { detailInShort } from '../words/describe-detail';
import { dataHelp, dataOptions, readDataRequest, refuseBesideRecipe } from '../options/data-options';
import { readRecipe } from '../options/recipe-options';
import { samplesOption } from '../options/sample-choice';
import { createShellHost } from '../shell-host';
import { formatTable } from '../words/table';

const planned = passes.filter(({ plan }) => plan !== undefined).map(({ id }) => id);

export const planCommand: Command = {
  name: 'plan',
  summary: 'shows what a structural pass would do to a model, without running it',
  computesWeights: () => true,
  options: {
    pass: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    recipe: { type: 'string' },
    seed: { type: 'string' },
    ...dataOptions,
    samples: { type: 'string' },
  },
  help: `Shows what a structural pass would do: MACs, parameters and bytes before and after, the plan for each channel group or layer,
and why others stay. Passes before the last one are run first.

Usage: pareto plan <model> (--pass <id> [--set key=value]…)… [--data <path>] [--json]
       pareto plan <model> --recipe <file> [--json]

Options:
  --pass <id>        ${planned.join(', ')}; see optimize --help for its options
  --set key=value    an option of the --pass before it; lists are comma-separated
  --recipe <file>    runs the passes of a recipe file (JSON)
  --seed <n>         seed of random choices (0)
${dataHelp('--mapping <file>'.length)}
  --samples <n>      calibration samples. all: every sample
  --json             prints the plan as one JSON document

Example:
  pareto plan model.onnx --pass prune-channels --set remove=0.5
`,
  run,
};

interface PlanRequest extends Pick<OptimizeRequest, 'model' | 'data' | 'samples'> {
  readonly recipe: Recipe;
}

async function run(invocation: Invocation): Promise<void> {
  const [model = ''] = requirePositionals(invocation, ['The model']);
  const recipe = await readRecipe(invocation);
  // Wrong recipes are found before the model is read.
  resolveRecipe(recipe);
  if (recipe.data !== undefined) refuseBesideRecipe(invocation);
  const data = await readDataRequest(invocation, ['samples']);
  return planFile({ model, recipe, data, samples: samplesOption(invocation) }, invocation);
}

async function planFile({ model, recipe, ...calibrating }: PlanRequest, shell: Shell): Promise<void> {
  const host = createShellHost(shell);
  const { opened } = await host.openModel(model);
  const data = await openCalibration(calibrating, recipe, opened, host);
  const { signal, checkpoint, progress, openSessions } = host;
  const inference = createSessionInference(() => openSessions());
  const result = await planRecipe(opened.model, recipe, {
    ...{ signal, checkpoint, progress, inference },
    ...(data && { data: data.calibration }),
  });
  shell.terminal.print(shell.json ? JSON.stringify(result) : describe(result));
}

function describe(plan: StructuralPlan): string {
  const { macs, parameters, weightBytes, locked, reachable, assumption } = plan;
  const costs = [
    ['', 'before', 'after', 'change'],
    ...(macs.before === null || macs.after === null
      ? []
      : [costRow('MACs', { before: macs.before, after: macs.after })]),
    costRow('parameters', parameters),
    costRow('bytes of weights', weightBytes, formatBytes),
  ];
  return [
    ...(reachable === undefined || reachable === 0
      ? []
      : [`The target cannot be met, so nothing would be changed. This plan shows the maximum: ask for ${reachable}.`]),
    ...(assumption === undefined ? [] : [assumption]),
    formatTable(costs, ['left', 'right', 'right', 'right']),
    ...partsOf(plan),
    ...(locked.length === 0
      ? []
      : [`Unchanged:\n${formatTable(locked.map(({ path, reason }) => [`  ${formatNodePath(path)}`, reason]))}`]),
  ].join('\n\n');
}

/** Describes the planned change of each part: groups of channels, or the pass's own tables. */
function partsOf({ groups, details }: StructuralPlan): readonly string[] {
  if (details !== undefined) return Object.values(details).map((detail) => detailInShort(detail, Infinity));
  if (groups.length === 0) return ['No channels can be removed.'];
  const widths = groups.map(({ id, nodes, channels, kept, areHeads, areNormalized, reason }) => [
    formatNodePath(id),
    formatCount(nodes.length),
    `${formatCount(channels)}${areHeads ? ' heads' : areNormalized ? ' normalized' : ''}`,
    formatCount(kept),
    reason ?? formatPercent(kept / channels, 0),
  ]);
  return [
    formatTable(
      [['channel group', 'nodes', 'channels', 'kept', ''], ...widths],
      ['left', 'right', 'right', 'right', 'left'],
    ),
  ];
}

function costRow(
  label: string,
  { before, after }: { readonly before: number; readonly after: number },
  format: (value: number) => string = formatCount,
): string[] {
  return [label, format(before), format(after), formatChange(before, after)];
}
