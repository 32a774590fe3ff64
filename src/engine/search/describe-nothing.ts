/** Describes a search that recommends nothing. */
import { capitalize, formatCounted, formatList, formatPercent, formatProvider, formatRatio } from '../format';
import type { ExecutionProvider } from '../metrics/cell';
import { isLeft, type Candidate } from './candidate';
import { timedOn } from './search-goal';
import { originalPointId, type SearchResult, type SettingTiming, type SlowestOperator } from './search-journal';
import { isWorthBuilding } from './stand-in';
import { safestTechniques, shrinksInput } from './techniques';

/** The reason that nothing is recommended and nothing is near the limits, in sentences. */
export function nothingFound(result: SearchResult, moreTime: string): string {
  const { goal, candidates, leftOut, stopReason } = result;
  if (candidates.length === 0 && leftOut.length > 0) {
    return `No recipe was tried. ${[...new Set(leftOut.map(({ reason }) => reason))].join(' ')}`;
  }
  const evaluated = candidates.filter(({ loss }) => loss !== undefined).length;
  if (goal.objective === 'latency' && isExplained(result)) return nothingFaster(result, moreTime);
  if (evaluated === 0) {
    if (stopReason !== 'time' && stopReason !== 'finished') return 'No recipe was evaluated.';
    return allOut(candidates) ?? `No recipe was evaluated: time ran out. ${moreTime}`;
  }
  const wish = {
    size: 'smaller',
    latency: `measurably faster on ${formatProvider(timedOn(goal))}`,
    accuracy: 'smaller at the same accuracy',
  };
  const none = evaluated === 1 ? 'The evaluated recipe is not' : `None of the ${evaluated} evaluated recipes is`;
  return `${none} ${wish[goal.objective]}.${describeSafestLeft({ candidates }, moreTime)}`;
}

/** True if the sentence says what would help. */
function isExplained({ slowest, candidates }: Pick<SearchResult, 'slowest' | 'candidates'>): boolean {
  const standIns = candidates.filter(({ timing }) => timing?.isStandIn === true);
  return slowest !== undefined || (standIns.length > 0 && !standIns.some(isWorthBuilding));
}

/**
 * `Nothing found is faster on WASM here: Conv holds 93 % of the time at 85 % of what this device can do. What would help: a compiled
 * module (2.10×), a smaller input, WebGPU.`
 */
function nothingFaster(result: SearchResult, moreTime: string): string {
  const { goal, candidates, slowest } = result;
  const timed = candidates.filter(({ timing }) => timing !== undefined).length;
  const nothing = `Nothing found is faster on ${formatProvider(timedOn(goal))} here, of ${formatCounted(timed, 'recipe')} that ${timed === 1 ? 'was' : 'were'} timed`;
  const untimed = candidates.filter(({ stage, timing }) => stage === 'held' && timing === undefined).length;
  const left = untimed === 0 ? '' : ` There was no time for ${formatCounted(untimed, 'other recipe')}. ${moreTime}`;
  return `${nothing}${slowest === undefined ? '' : `: ${describeSlowest(slowest)}`}. ${describeHelp(result)}${left}`;
}

function describeSlowest({ op, share, reached }: SlowestOperator): string {
  const most = reached === null ? '' : ` at ${formatPercent(reached, 0)} of what this device can do`;
  return `${op} holds ${formatPercent(share, 0)} of the time${most}`;
}

function describeHelp({ goal, settings = [], candidates }: SearchResult): string {
  const ratio = settings.find(isFasterAs('compiled'))?.timing.ratio;
  const compiled = ratio === undefined ? [] : [`a compiled module (${formatRatio(ratio)})`];
  const smaller = candidates
    .filter((each) => shrinksInput(each) && each.timing?.verdict === 'faster')
    .toSorted((a, b) => b.timing!.ratio - a.timing!.ratio)[0];
  const size = smaller && ` (${smaller.name}: ${formatRatio(smaller.timing!.ratio)})`;
  const help = [...compiled, `a smaller input${size ?? ''}`, ...(timedOn(goal) === 'wasm' ? ['WebGPU'] : [])];
  return `What would help: ${help.join(', ')}. Speeds do not transfer between devices.`;
}

const isFasterAs =
  (provider: ExecutionProvider, isUnpadded = false) =>
  ({ ep, tokens, timing }: SettingTiming): boolean =>
    ep === provider && (tokens !== undefined) === isUnpadded && timing.verdict === 'faster';

/** ` Conv holds 93 % of the time. What would help: a smaller input.` Empty if speed is not the goal, or its limit is not known. */
export function describeLimitOfSpeed(result: SearchResult): string {
  const { goal, slowest } = result;
  if (goal.objective !== 'latency' || slowest === undefined) return '';
  return ` ${describeSlowest(slowest)}. ${describeHelp(result)}`;
}

/**
 * ` With 2 threads, another 1.70× as fast; free. The original as a compiled module: 1.90×; free. The original on WebGPU: 3.10×; free.` The
 * fastest threads of the recommended file, or else of the original; the same for texts without padding, and for a compiled module, of the
 * original only if that is faster than the recommended file; and the original on a GPU. Empty if none is faster.
 */
export function describeSettings({ settings = [], best, candidates, goal, slowest }: SearchResult): string {
  const ownRatio = candidates.find(({ id }) => id === best)?.timing?.ratio ?? 1;
  const fastest = (ep: ExecutionProvider, isUnpadded?: boolean) =>
    settings
      .filter(isFasterAs(ep, isUnpadded))
      .toSorted((a, b) => +(b.of === best) - +(a.of === best) || b.timing.ratio - a.timing.ratio)[0];
  const module = fastest('compiled');
  // The sentence on what would help names it already.
  const isModuleNamed = best === null && isExplained({ slowest, candidates });
  const isModuleBest = module?.of === best || (module?.timing.ratio ?? 0) > ownRatio;
  const named = [fastest(timedOn(goal)), fastest('wasm', true), isModuleBest && !isModuleNamed ? module : undefined];
  return [...named, timedOn(goal) === 'webgpu' ? undefined : fastest('webgpu')]
    .filter((setting) => setting !== undefined)
    .map(({ of, ep, threads, tokens, timing: { ratio } }) => {
      const elsewhere = ep === 'compiled' ? 'as a compiled module' : `on ${formatProvider(ep)}`;
      const here =
        tokens === undefined
          ? `with ${formatCounted(threads, 'thread')}`
          : `on texts without padding (median ${formatCounted(tokens, 'token')})`;
      const setting = ep === timedOn(goal) ? here : elsewhere;
      if (of === originalPointId) return ` The original ${setting}: ${formatRatio(ratio)}; free.`;
      return ` ${capitalize(setting)}, another ${formatRatio(ratio)} as fast; free.`;
    })
    .join('');
}

/** ` float16 is not evaluated yet. Give it more time.` Empty if the safest recipes were evaluated, or cannot be. */
export function describeSafestLeft({ candidates }: Pick<SearchResult, 'candidates'>, moreTime: string): string {
  const names = safestLeft(candidates).map(({ name }) => name);
  if (names.length === 0) return '';
  return ` ${formatList(names)} ${names.length === 1 ? 'is' : 'are'} not evaluated yet. ${moreTime}`;
}

/** The safest recipes that were not evaluated. */
export function safestLeft(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter((each) => safestTechniques.has(each.id) && isLeft(each));
}

/** The reason that no candidate works; `undefined` if more time could help. */
function allOut(candidates: readonly Candidate[]): string | undefined {
  if (!candidates.every(({ stage }) => stage === 'failed' || stage === 'eliminated')) return undefined;
  const failed = candidates.find(({ stage }) => stage === 'failed') ?? candidates[0];
  return failed?.reason && `No recipe that was tried works. ${failed.name}: ${failed.reason}`;
}
