/** Rules that recommend the next step for a variant. */
import { capitalize, formatBytes, formatDuration, formatPercent, formatProvider, formatRatio } from '../format';
import { formatRelativeError } from '../metrics/match-grade';
import { holdsFloats, modelKind } from '../search/model-facts';
import { formatLoss } from '../verdict/loss';
import { isNotablySmaller } from '../verdict/size-verdict';
import { describeSettling, isBeyond } from '../verdict/loss-verdict';
import {
  isFarOff,
  lacksEvaluation,
  runPasses,
  runWithBits,
  type Advice,
  type AdviceRule,
  type AdvisorFacts,
  type VariantFacts,
} from './advice';

const quantizes = ({ passes }: VariantFacts): boolean => passes.some((pass) => pass.startsWith('quantize'));
/** Returns false if only the weights are integers until the model opens. */
const computesInIntegers = ({ passes }: VariantFacts): boolean =>
  passes.some((pass) => pass.startsWith('quantize') && pass !== 'quantize-weights');

/** The SQNR above which outputs usually tolerate coarser weights: an error of 2 %. */
const roomForLessDb = 34;

const nothingToShrink = 'Almost no weights are float32, so Pareto has little to shrink.';

const pruningIsFaster = 'Channel pruning makes it faster.';
const pruningNeedsData = 'Channel pruning makes it faster, and needs your data.';

/** A module that is faster than its variant by less is not worth other code to load it. */
const worthCompiling = 1.1;

/** The best of fewer recipes is only a first result. */
const fewestEvaluated = 6;

/** Share of a file that names and notes must take to be more urgent than a search. */
const muchOfFile = 0.1;

/** Rules for the variant, which come before those for the model. */
export const variantRules: readonly AdviceRule[] = [
  {
    id: 'nothing-changed',
    strength: 'do',
    say({ variant, model }) {
      if (variant?.isUnchanged !== true) return undefined;
      if (!holdsFloats(model)) return nothingToShrink;
      if (model.isLowPrecision === true && !variant.recipePasses.includes('restore-float')) {
        return {
          text: 'This recipe changed nothing: the model is quantized or float16. Restore float32 first.',
          action: runPasses('Restore float32', 'restore-float', ...variant.recipePasses),
        };
      }
      return { text: 'This recipe changed nothing. Search for another one.', action: { kind: 'search' } };
    },
  },
  {
    id: 'wrong-outputs',
    strength: 'avoid',
    say: ({ variant }) =>
      variant?.isWrong === true
        ? { text: 'Its outputs are wrong. Search for another recipe.', action: { kind: 'search' } }
        : undefined,
  },
  {
    id: 'doubted-data',
    strength: 'do',
    say: ({ data }) =>
      data?.isDoubted === true
        ? {
            text: 'The data may not fit the original. Check labels and inputs.',
            action: { kind: 'check-data' },
          }
        : undefined,
  },
  {
    id: 'accuracy-lost',
    strength: 'do',
    say({ variant }) {
      const { known, isWrong } = variant ?? {};
      if (known === undefined || known.from === 'outputs' || isWrong === true || !isBeyond(known.verdict.word)) {
        return undefined;
      }
      const { loss, verdict } = known;
      const lost = `${formatLoss(loss, loss.value)} lost, limit ${formatLoss(loss, verdict.limit)}`;
      const { passes, weightBits } = variant!;
      if (passes.includes('prune-channels') && !passes.includes('fine-tune')) {
        return { text: `${lost}. Fine-tune it; no labels are needed.`, action: runFineTuning(passes) };
      }
      if (weightBits === 2)
        return { text: `${lost}. Keep 4-bit weights.`, action: runWithBits('Keep 4-bit weights', passes, '4') };
      if (weightBits === 4)
        return { text: `${lost}. Keep 8-bit weights.`, action: runWithBits('Keep 8-bit weights', passes, '8') };
      return { text: `${lost}. Search for a better recipe.`, action: { kind: 'search' } };
    },
  },
  {
    id: 'unconfirmed',
    strength: 'do',
    say({ variant, data }) {
      const { known, isWrong } = variant ?? {};
      if (known === undefined || isWrong === true || data === null || known.from !== 'search') return undefined;
      const { word, toSettle } = known.verdict;
      if (word === 'within' || isBeyond(word)) return undefined;
      const settling = toSettle === undefined ? 'Evaluate it on all samples.' : describeSettling(known.verdict);
      const needsOthers = toSettle?.areOthers === true && toSettle.isOfData !== true;
      return { text: settling, action: { kind: needsOthers ? 'give-data' : 'evaluate' } };
    },
  },
  {
    id: 'measure',
    strength: 'do',
    say: ({ variant, compiledRatio }) =>
      // If outputs cannot be compared, there is a time but no speed, and measuring again gives no more.
      variant !== undefined &&
      compiledRatio === undefined &&
      variant.speed === undefined &&
      variant.medianMs === undefined &&
      !variant.isUnchanged &&
      !variant.isWrong
        ? { text: 'Speed not measured yet.', action: { kind: 'measure' } }
        : undefined,
  },
  {
    id: 'evaluate',
    strength: 'do',
    say: ({ variant, data }) =>
      variant !== undefined && lacksEvaluation(variant, data) && !variant.isWrong
        ? { text: 'Accuracy not evaluated yet.', action: { kind: 'evaluate' } }
        : undefined,
  },
  {
    id: 'far-off',
    strength: 'do',
    say({ variant, data }) {
      if (variant === undefined || variant.isWrong || !isFarOff(variant) || data?.isLabeled === true) return undefined;
      const off = `Output error ${formatPercent(variant.known!.loss.value, 0)}`;
      if (data === null)
        return { text: `${off}. Add your data to measure the accuracy.`, action: { kind: 'give-data' } };
      return { text: `${off}. Search for a closer variant.`, action: { kind: 'search' } };
    },
  },
  {
    id: 'goal',
    strength: 'know',
    say({ target, originalMs, model, variant }) {
      if (target === undefined) return undefined;
      const [ms, bytes] = [variant?.medianMs ?? originalMs, variant?.sizeBytes ?? model.sizeBytes];
      const parts = [
        target.latencyMs === undefined
          ? undefined
          : ms === undefined
            ? 'latency not measured yet'
            : needOf(ms, target.latencyMs, 'faster', formatDuration),
        target.sizeBytes === undefined ? undefined : needOf(bytes, target.sizeBytes, 'smaller', formatBytes),
      ].filter((part) => part !== undefined);
      return parts.length === 0 ? undefined : `Your target: ${parts.join('; ')}.`;
    },
  },
  {
    id: 'accuracy-undecided',
    strength: 'know',
    say({ variant }) {
      const known = variant?.known;
      if (known === undefined || known.from === 'outputs') return undefined;
      const { word, limit, toSettle } = known.verdict;
      if (word === 'within' || isBeyond(word)) return undefined;
      if (toSettle?.areOthers === true) return `These samples also selected it. ${describeSettling(known.verdict)}`;
      const few = `${formatSamples(known.loss.samples)} are too few for a limit of ${formatLoss(known.loss, limit)}`;
      return toSettle === undefined ? `${few}: too close to decide.` : `${few}. ${describeSettling(known.verdict)}`;
    },
  },
  {
    id: 'compiled',
    strength: 'do',
    say({ compiledRatio, variant }) {
      if (compiledRatio === undefined || variant?.isWrong === true) return undefined;
      const wasm = variant?.speed?.verdict === 'faster' ? variant.speed.ratio : 1;
      if (compiledRatio < worthCompiling * wasm) return undefined;
      return {
        text: `${formatRatio(compiledRatio)} faster as a compiled module, without a runtime.`,
        action: { kind: 'compile' },
      };
    },
  },
  {
    id: 'sparse-size-only',
    strength: 'know',
    say({ variant, data }) {
      if (variant?.passes.includes('prune-weights') !== true || variant.speed?.verdict === 'faster') return undefined;
      const zeros = 'Zeros only shrink the compressed download.';
      if (data === null) return { text: `${zeros} ${pruningNeedsData}`, action: { kind: 'give-data' } };
      return { text: `${zeros} ${pruningIsFaster}`, action: runPasses('Prune channels', 'simplify', 'prune-channels') };
    },
  },
  {
    id: 'int8-pays',
    strength: 'know',
    say({ variant, model, data }) {
      if (variant?.speed === undefined || !quantizes(variant)) return undefined;
      if (variant.speed.verdict === 'faster' || variant.speed.verdict === 'undecided') return undefined;
      const { provider, verdict } = variant.speed;
      // Weights that become floats again when the model opens are as fast by design.
      const isStored = variant.passes.every((pass) => pass === 'simplify' || pass === 'quantize-weights');
      if (isStored && verdict === 'same') return undefined;
      const unpacks = isStored && modelKind(model) === 'products' && provider === formatProvider('wasm');
      if (unpacks && verdict === 'slower') return unpackOnce(variant.passes);
      const finding = computesInIntegers(variant)
        ? `int8 is ${verdict === 'slower' ? 'slower than float32' : 'no faster'} on ${provider}`
        : `It is ${verdict === 'slower' ? 'slower' : 'no faster'} on ${provider}`;
      if (modelKind(model) !== 'convolutions' || variant.passes.includes('prune-channels')) {
        return { text: `${finding}: use it for its size, or search for a faster one.`, action: { kind: 'search' } };
      }
      // Nothing repairs the loss of channel pruning without data.
      if (data === null) return { text: `${finding}. ${pruningNeedsData}`, action: { kind: 'give-data' } };
      return {
        text: `${finding}. ${pruningIsFaster}`,
        action: runPasses('Prune channels', 'simplify', 'prune-channels'),
      };
    },
  },
  {
    id: 'try-4-bits',
    strength: 'try',
    say({ variant, data, model }) {
      if (variant?.weightBits !== 8 || variant.isWrong) return undefined;
      const action = runWithBits('Try 4-bit weights', variant.passes, '4');
      const { known } = variant;
      if (known !== undefined && known.loss.interval !== null) {
        if (known.verdict.word !== 'within') return undefined;
        const most = formatLoss(known.loss, Math.max(0, known.loss.interval[1]));
        return { text: `8-bit weights lost at most ${most}. Try 4-bit weights.`, action };
      }
      if (data?.isLabeled === true || variant.matchDb === undefined || variant.matchDb < roomForLessDb)
        return undefined;
      const matched = `the output error is ${formatRelativeError(variant.matchDb)}. Try 4-bit weights.`;
      const { convolutions } = model.weightShares;
      return {
        text:
          convolutions < 0.5
            ? capitalize(matched)
            : `Convolutions hold ${formatPercent(convolutions, 0)} of the weights, and ${matched}`,
        action,
      };
    },
  },
  shortNames((share) => share >= muchOfFile),
];

/** When there is nothing more urgent to say of a variant. */
export const shipRules: readonly AdviceRule[] = [
  {
    id: 'continue-search',
    strength: 'do',
    say({ variant, data, unfinished }) {
      if (data?.isDoubted === true || variant?.isSearched !== true || unfinished === undefined) return undefined;
      const { evaluated, left } = unfinished;
      if (left === 0 || evaluated >= fewestEvaluated) return undefined;
      return {
        text: `Only ${evaluated} of ${evaluated + left} recipes evaluated: there may be a better one.`,
        action: { kind: 'continue-search' },
      };
    },
  },
  {
    id: 'take-it',
    strength: 'do',
    say({ variant, data, model, target }) {
      if (data?.isDoubted === true) return undefined;
      if (variant?.speed === undefined || variant.isWrong || variant.isUnchanged) return undefined;
      const { slowerOn = [], isSearched } = variant;
      const word = variant.known?.verdict.word;
      const isUnknown = word === 'unknown';
      if (word !== undefined && word !== 'within' && (isSearched || !isUnknown)) return undefined;
      if (isSearched && (word === undefined || lacksEvaluation(variant, data))) return undefined;
      // The headline says that the speed is not known, and that the limit is kept.
      const isUndecided = variant.speed.verdict === 'undecided';
      const slower = slowerOn.length === 0 ? '' : `It is slower on ${slowerOn.join(' and ')}. `;
      if (!isSearched && !holdsFloats(model)) {
        return isNotablySmaller(model.sizeBytes, variant.sizeBytes) ? undefined : nothingToShrink;
      }
      if (!isSearched) {
        return {
          text: `${slower || isUndecided || isUnknown ? slower : 'No problem measured. '}A search may find a better recipe.`,
          action: { kind: 'search' },
        };
      }
      if (misses(target, variant) || (isUndecided && !slower)) return undefined;
      return `${slower}It is within your limit.${slower ? '' : ' Download it.'}`;
    },
  },
  shortNames((share) => share < muchOfFile),
];

function shortNames(isMeant: (share: number) => boolean): AdviceRule {
  return {
    id: 'short-names',
    strength: 'try',
    say({ variant }) {
      if (variant?.namesBytes === undefined || variant.isWrong || variant.isUnchanged) return undefined;
      // The names that are left then were kept on purpose.
      if (variant.passes.includes('shorten-names')) return undefined;
      const share = variant.namesBytes / variant.sizeBytes;
      if (!isMeant(share)) return undefined;
      return {
        text: `Names take ${formatPercent(share, 0)} of this file. Shorten them to make it smaller.`,
        action: runPasses('Shorten names', ...variant.passes, 'shorten-names'),
      };
    },
  };
}

/** Only products that read packed weights are slower than float32 there, most of all those of one row, as in a decoder. */
function unpackOnce(passes: readonly string[]): Pick<Advice, 'text' | 'action'> {
  const steps = passes.map((pass) =>
    pass === 'quantize-weights' ? { pass, options: { form: 'dequantize' } } : { pass },
  );
  return {
    text: 'Its products unpack their weights in every run. Unpack them once, when the model opens: the speed of float32.',
    action: { kind: 'run', label: 'Unpack once', steps },
  };
}

function runFineTuning(passes: readonly string[]) {
  // Fine-tuning comes before the weights are rounded, because training changes them.
  const at = passes.findLastIndex((pass) => pass === 'prune-channels') + 1;
  return runPasses('Fine-tune', ...passes.slice(0, at), 'fine-tune', ...passes.slice(at));
}

/** Compares only what was measured. */
function misses(target: AdvisorFacts['target'], variant: VariantFacts): boolean {
  const { sizeBytes = Infinity, latencyMs = Infinity } = target ?? {};
  return variant.sizeBytes > sizeBytes || (variant.medianMs ?? 0) > latencyMs;
}

/** `18 ms is within 20 ms`, `3.50× faster for 20 ms`. */
function needOf(now: number, wanted: number, how: string, format: (amount: number) => string): string {
  return now <= wanted
    ? `${format(now)} is within ${format(wanted)}`
    : `${formatRatio(now / wanted)} ${how} for ${format(wanted)}`;
}

function formatSamples(samples: number): string {
  return `${samples.toLocaleString('en')} samples`;
}
