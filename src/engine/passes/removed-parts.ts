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
    reason: 'with a scale for each channel and corrected biases it changes no accuracy. Remove the step.',
  },
  {
    pass: 'smooth-activations',
    reason: 'other steps keep more accuracy at a smaller size. Use quantize-dynamic with activations=per-token.',
  },
  {
    pass: 'correct-bias',
    reason:
      'quantize-static and GPTQ correct biases by themselves. Use quantize-weights with data, or fine-tune after pruning.',
  },
  {
    pass: 'quantize-weights',
    option: 'method',
    values: ['awq', 'hqq'],
    reason: 'it comes no nearer to the original than rounding to nearest. Use gptq with data, by-layer without.',
  },
  {
    pass: 'quantize-static',
    option: 'calibrator',
    values: ['mse'],
    reason: 'with corrected biases it is as near to the original as the smallest to largest value. Use minmax.',
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
    reason: 'after the repair no other choice of channels keeps more accuracy than auto. Use auto.',
  },
  {
    pass: 'prune-channels',
    option: 'ranking',
    values: ['isomorphic'],
    reason: 'widths that are tried on data keep more accuracy. Use search, or global without data.',
  },
  {
    pass: 'prune-channels',
    option: 'recover',
    values: ['moments'],
    reason: 'the repair layer after layer keeps more accuracy. Use sequential, or least-squares, which is as quick.',
  },
  {
    pass: 'prune-channels',
    option: 'of',
    values: ['bytes'],
    reason: 'the bytes of weights go with their number. Use parameters.',
  },
  {
    pass: 'prune-weights',
    option: 'method',
    values: ['wanda'],
    reason: 'SparseGPT keeps more accuracy on the same data, magnitude as much without any. Use one of them.',
  },
  {
    pass: 'prune-weights',
    option: 'embeddings',
    usual: 'false',
    reason: 'small numbers in embedding tables mark rare entries. Remove the option: tables stay as they are.',
  },
  {
    pass: 'prune-weights',
    option: 'depthwise',
    usual: 'false',
    reason: 'zeros in depthwise filters save little and cost most. Remove the option: these filters stay as they are.',
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
      'single layers run in other times than in the model. Remove the option, and compare variants in a benchmark.',
  },
  ...['fine-tune', 'quantize-aware-training'].map((pass) => ({
    pass,
    option: 'optimizer',
    values: ['sgd'],
    reason: 'Adam and Muon learn more in the same steps. Use auto.',
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
