/** Passes and presets, from their records. */
import { optionText } from '../../src/engine/passes/options.ts';
import type { OptionSpec } from '../../src/engine/passes/option-spec.ts';
import type { Pass } from '../../src/engine/passes/pass.ts';
import { passes } from '../../src/engine/passes/registry.ts';
import { presets } from '../../src/engine/recipe/presets.ts';
import { bullets, code, plain, table } from '../markdown.mjs';

export function passList(): string {
  return table(
    ['pass', 'title', 'what it does'],
    passes.map(({ id, presentation: { title, summary } }) => [`[${code(id)}](#${id})`, title, plain(summary)]),
  );
}

export function passSections(): string {
  return passes.map(describePass).join('\n\n');
}

function describePass(pass: Pass): string {
  const names = Object.entries(pass.options);
  const chosen = names.flatMap(([name, spec]) => choicesOf(name, spec));
  return [
    `## ${pass.id}`,
    `**${pass.presentation.title}.** ${plain(pass.presentation.summary)}`,
    bullets(factsOf(pass)),
    table(
      ['option', 'default', 'values', 'meaning'],
      names.map(([name, spec]) => [
        code(name),
        defaultOf(spec),
        valuesOf(spec),
        `${spec.label}. ${plain(spec.explanation)}`,
      ]),
    ),
    ...chosen,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Only fixed facts of a record: calibration and training may depend on the options. */
function factsOf({ calibrates, trains, plan, standsLast, presentation }: Pass): readonly string[] {
  return [
    dataFact(calibrates),
    ...(trains === undefined ? [] : ['Can train, and then learns from the original or from `--teacher`.']),
    ...(plan === undefined ? [] : ['`pareto plan` shows what it would do.']),
    ...(standsLast === undefined ? [] : [plain(standsLast)]),
    ...(presentation.script === undefined ? ['Has no equivalent in ONNX Runtime’s Python tools.'] : []),
  ];
}

function dataFact(calibrates: Pass['calibrates']): string {
  if (calibrates === undefined || calibrates === false) return 'Uses no data.';
  return calibrates === true ? 'Uses data, if there is any.' : 'Uses data with some options.';
}

/** A long default is shown below the table, by its values. */
function defaultOf(spec: OptionSpec): string {
  const text = optionText(spec.default);
  if (text === '') return 'none';
  return spec.kind === 'list' ? text.split(',').map(code).join(', ') : code(text);
}

function valuesOf(spec: OptionSpec): string {
  switch (spec.kind) {
    case 'boolean':
      return '`true`, `false`';
    case 'number':
      return `${spec.minimum} to ${spec.maximum}`;
    case 'choice':
      return [...spec.choices.map(({ value }) => code(value)), ...(spec.others ? [spec.others.form] : [])].join(', ');
    case 'list':
      return spec.choices === undefined ? 'names' : 'a list of the values below';
    case 'map':
      return `names, each with ${spec.values?.join(', ') ?? `${spec.minimum} to ${spec.maximum}`}`;
  }
}

function choicesOf(name: string, spec: OptionSpec): readonly string[] {
  if (spec.kind === 'list' && spec.choices !== undefined) {
    return [`Values of ${code(name)}: ${spec.choices.map(code).join(', ')}.`];
  }
  if (spec.kind !== 'choice') return [];
  const lines = spec.choices.map(({ value, label, explanation }) =>
    [code(value), label === value ? '' : ` (${plain(label)})`, `: ${plain(explanation)}`].join(''),
  );
  return [`Values of ${code(name)}:`, bullets(lines)];
}

export function presetTable(): string {
  return table(
    ['preset', 'passes', 'what to expect'],
    presets.map(({ title, explanation, recipe }) => [
      plain(title),
      recipe.steps
        .map(({ pass, options }) =>
          code([pass, ...Object.entries(options).map(([key, value]) => `${key}=${optionText(value)}`)].join(' ')),
        )
        .join(', '),
      plain(explanation),
    ]),
  );
}
