/**
 * Passes, options and values of options that were removed after measuring, with the reason. A recipe that names one still opens: its step
 * changes nothing and gives the reason. docs/design/removed-options.md lists what is better than each.
 */
import { formatQuoted } from '../format';
import { ownValue } from '../own-value';

interface RemovedPart {
  readonly pass: string;
  /** Absent: the pass as a whole. */
  readonly option?: string;
  /** Absent: every value of the option. */
  readonly values?: readonly string[];
  /** The former default of an option that was removed with all its values. It changes nothing, so it is ignored. */
  readonly usual?: string;
  /** Continues “… has no …: ”, and ends with the replacement. */
  readonly reason: string;
}

export const removedParts: readonly RemovedPart[] = [
  {
    pass: 'equalize-layers',
    reason: 'it does not change the accuracy if each channel has a scale and biases are corrected. Remove the step.',
  },
  {
    pass: 'smooth-activations',
    reason: 'other steps keep more accuracy at a smaller size. Use quantize-dynamic with activations=per-token.',
  },
  {
    pass: 'correct-bias',
    reason:
      'quantize-static and GPTQ correct biases themselves. Use quantize-weights with data, or fine-tune after pruning.',
  },
  {
    pass: 'quantize-weights',
    option: 'method',
    values: ['awq', 'hqq'],
    reason:
      'its outputs are no closer to the original than with rounding to nearest. Use gptq with data, by-layer without.',
  },
  {
    pass: 'quantize-static',
    option: 'calibrator',
    values: ['mse'],
    reason: 'with corrected biases it is only as accurate as minmax. Use minmax.',
  },
  {
    pass: 'quantize-static',
    option: 'target',
    values: ['webgpu'],
    reason: 'WebGPU has no kernel that makes activations integers. Use quantize-weights in 8 bits, or convert-float16.',
  },
  {
    pass: 'prune-channels',
    option: 'importance',
    values: ['l1', 'bn-scale', 'fpgm', 'wanda', 'flap', 'random'],
    reason: 'after recovery, no other criterion keeps more accuracy than auto. Use auto.',
  },
  {
    pass: 'prune-channels',
    option: 'ranking',
    values: ['isomorphic'],
    reason: 'widths tried on data keep more accuracy. Use search, or global without data.',
  },
  {
    pass: 'prune-channels',
    option: 'recover',
    values: ['moments'],
    reason: 'layer-by-layer recovery keeps more accuracy. Use sequential, or least-squares, which is as fast.',
  },
  {
    pass: 'prune-channels',
    option: 'of',
    values: ['bytes'],
    reason: 'the bytes of weights are proportional to their number. Use parameters.',
  },
  {
    pass: 'prune-weights',
    option: 'method',
    values: ['wanda'],
    reason: 'SparseGPT keeps more accuracy with the same data, and magnitude as much without data. Use one of them.',
  },
  {
    pass: 'prune-weights',
    option: 'embeddings',
    usual: 'false',
    reason: 'small numbers in embedding tables belong to rare entries. Remove the option: tables stay unchanged.',
  },
  {
    pass: 'prune-weights',
    option: 'depthwise',
    usual: 'false',
    reason:
      'zeros in depthwise filters save little and cost the most accuracy. Remove the option: these filters stay unchanged.',
  },
  {
    pass: 'convert-float16',
    option: 'overflow',
    usual: 'keep-node',
    reason: 'nodes with numbers beyond 65,504 always stay in float32. Remove the option.',
  },
  {
    pass: 'factorize',
    option: 'onlyFaster',
    usual: 'false',
    reason:
      'the time of a single layer differs from its time in the model. Remove the option, and compare variants in a benchmark.',
  },
  ...['fine-tune', 'quantize-aware-training'].map((pass) => ({
    pass,
    option: 'optimizer',
    values: ['sgd'],
    reason: 'Adam and Muon train better in the same number of steps. Use auto.',
  })),
];

/** True if the pass once had this option, which a recipe may still name. */
export function isRemovedOption(pass: string, option: string): boolean {
  return removedParts.some((part) => part.pass === pass && part.option === option && part.values === undefined);
}

/** The reason that a step names a removed part: a sentence. `undefined` for every other step. */
export function removalReason(pass: string, options: Readonly<Record<string, unknown>>): string | undefined {
  for (const part of removedParts) {
    if (part.pass !== pass) continue;
    if (part.option === undefined) return `Pareto has no pass ${formatQuoted(pass)}: ${part.reason}`;
    const given = ownValue(options, part.option);
    if (given === undefined || !isRemoved(part, String(given))) continue;
    const what = formatQuoted(part.values === undefined ? part.option : `${part.option}=${String(given)}`);
    return `${pass} has no ${what}: ${part.reason}`;
  }
  return undefined;
}

function isRemoved({ values, usual }: RemovedPart, given: string): boolean {
  return values === undefined ? given !== usual : values.includes(given);
}
