/** A pass's options in a line: always shares and amounts, and other options if they differ from the default. */
import type { OptionSpec, OptionValue, OptionValues } from '../../../../engine/passes/option-spec';
import type { Pass } from '../../../../engine/passes/pass';
import { isDefault } from './option-facts';

type Naming = (name: string) => string;

function valueText(spec: OptionSpec, value: OptionValue, naming: Naming): string {
  switch (spec.kind) {
    case 'boolean':
      return value === true ? spec.label.toLowerCase() : `no ${spec.label.toLowerCase()}`;
    case 'number':
      return spec.isShare === true && typeof value === 'number'
        ? `${Math.round(value * 1000) / 10}\u00a0%`
        : `${spec.label.toLowerCase()} ${String(value)}`;
    case 'choice': {
      const label = spec.choices.find((choice) => choice.value === value)?.label ?? String(value);
      return spec.isAmount === true ? `${label} ${spec.label.toLowerCase()}` : label;
    }
    case 'list':
      return `${spec.label.toLowerCase()}: ${listText(spec.default, (Array.isArray(value) ? value : []).map(naming))}`;
    case 'map':
      return `${spec.label.toLowerCase()}: ${mapText(value, naming)}`;
  }
}

/**
 * The number of named entries; more are counted, because choices for every layer of a model would fill the column of
 * the recipe.
 */
const mostNamed = 3;

function mapText(value: OptionValue, naming: Naming): string {
  const entries = Object.entries(value);
  if (entries.length > mostNamed) return `${entries.length} entries`;
  return entries.map(([name, each]) => `${naming(name)}=${String(each)}`).join(', ') || 'none';
}

/** Longer names of nodes lose their middle: paths differ at their ends, and begin with the part of the model that they are in. */
const longestName = 28;

function shortened(name: string): string {
  if (name.length <= longestName) return name;
  const end = Math.ceil((longestName - 1) * 0.6);
  return `${name.slice(0, longestName - 1 - end)}…${name.slice(-end)}`;
}

/** Shows only the additions to the defaults if all defaults stayed, because the form has the whole list. */
function listText(defaults: readonly string[], value: readonly string[]): string {
  if (value.length === 0) return 'none';
  const isLonger = defaults.length > 0 && defaults.every((one) => value.includes(one));
  if (!isLonger) return value.length > mostNamed ? `${value.length} entries` : value.join(', ');
  const added = value.filter((one) => !defaults.includes(one));
  return added.length > mostNamed ? `+\u00a0${added.length} entries` : added.map((one) => `+\u00a0${one}`).join(', ');
}

/** True for the option that a pass always shows. */
function showsAlways(spec: OptionSpec): boolean {
  const isAmount = spec.kind === 'choice' ? spec.isAmount : spec.kind === 'number' && spec.isShare;
  return isAmount === true && spec.advanced !== true;
}

export interface OptionsSummary {
  /** Empty if all options have their defaults and none is an amount. */
  readonly text: string;
  /** The text with whole names, if the other text has shortened ones. */
  readonly whole?: string;
}

export function summarizeOptions(pass: Pick<Pass, 'options'>, options: OptionValues): OptionsSummary {
  const text = summaryOf(pass, options, shortened);
  const whole = summaryOf(pass, options, (name) => name);
  return text === whole ? { text } : { text, whole };
}

function summaryOf(pass: Pick<Pass, 'options'>, options: OptionValues, naming: Naming): string {
  const entries = Object.entries(pass.options);
  const changed = entries.filter(([name, spec]) => !isDefault(spec, options[name]));
  const amounts = entries.filter(([name, spec]) => showsAlways(spec) && isDefault(spec, options[name]));
  const shown = [...amounts, ...changed];
  return shown.map(([name, spec]) => valueText(spec, options[name] ?? spec.default, naming)).join(' · ');
}
