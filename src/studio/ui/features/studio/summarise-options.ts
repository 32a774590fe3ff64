/** A pass's options in a line: only what differs from the defaults, or the first ones when nothing does. */
import type { OptionSpec, OptionValue, OptionValues, Pass } from '../../../../engine/passes/pass';

function valueText(spec: OptionSpec, value: OptionValue): string {
  switch (spec.kind) {
    case 'boolean':
      return value === true ? spec.label.toLowerCase() : `no ${spec.label.toLowerCase()}`;
    case 'number': {
      // Shares read better as percentages.
      const isShare = spec.minimum === 0 && spec.maximum === 1 && typeof value === 'number';
      return isShare ? `${Math.round(value * 1000) / 10}\u00a0%` : `${spec.label.toLowerCase()} ${String(value)}`;
    }
    case 'choice':
      return spec.choices.find((choice) => choice.value === value)?.label ?? String(value);
    case 'list':
      return `${spec.label.toLowerCase()}: ${Array.isArray(value) && value.length > 0 ? value.join(', ') : 'none'}`;
  }
}

function isDefault(spec: OptionSpec, value: OptionValue | undefined): boolean {
  return value === undefined || JSON.stringify(value) === JSON.stringify(spec.default);
}

export function summariseOptions(pass: Pick<Pass, 'options'>, options: OptionValues): string {
  const entries = Object.entries(pass.options);
  const changed = entries.filter(([name, spec]) => !isDefault(spec, options[name]));
  const amounts = entries.filter(([name, spec]) => spec.kind === 'number' && isDefault(spec, options[name]));
  const shown = [...amounts, ...changed];
  if (shown.length === 0) return 'defaults';
  return shown.map(([name, spec]) => valueText(spec, options[name] ?? spec.default)).join(' · ');
}
