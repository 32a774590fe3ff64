/**
 * The last round of the search for widths. The errors that the one-shot repair leaves add up from layer to layer. The
 * widths that are nearest with it therefore spare the first layers too much for the repair layer after layer. With that
 * repair, widths on the way to equal widths are often nearer. A few widths are repaired layer after layer, on part of
 * the samples, and the nearest outputs win.
 */
import type { Inference } from '../../../../inference';
import { widthsAlong, type WidthProblem } from './channel-widths';
import { removedUnits, type SearchRequest, type TriedWidths } from './choose-channels';
import { repairAtOnce, repairInTurn } from '../repair/repair-channels';
import { OutputTrial } from '../trial/trial';

export interface FinalistsRequest extends SearchRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  /** The number of finalists that are repaired, at least two. */
  readonly finalists: number;
}

/**
 * At most this many samples, and at most a third, serve for fitting. The others serve for evaluation. The repair of the
 * winner then uses all.
 */
const mostFitted = 64;

/** @param tried those first that would be taken without this, then the nearest, with the equal widths among them. Gives the nearest after their repair first, then the others. */
export async function evaluateFinalists(
  tried: readonly TriedWidths[],
  request: FinalistsRequest,
): Promise<readonly TriedWidths[]> {
  const { scope, problem, evidence, signal, inference, finalists } = request;
  const { fit, validation, about } = evidence.samples;
  const fitted = Math.min(mostFitted, Math.ceil(fit.length / 3));
  const samples = { validation: [...fit.slice(fitted), ...validation], test: [], about };
  const trial = await OutputTrial.open({ signal, inference, original: scope.model, tunable: [], samples });
  const evaluated: TriedWidths[] = [];
  const evaluateNext = async (wanted: Finalist): Promise<void> => {
    const key = wanted.widths.join();
    if (evaluated.length >= finalists || evaluated.some(({ widths }) => widths.join() === key)) return;
    // Tried widths may lie between widths that are nearly alike. They keep their name.
    const one = tried.find(({ widths }) => widths.join() === key) ?? wanted;
    evaluated.push(
      await evaluateFinalist(one, { trial, fitted }, request, (share) =>
        request.progress(evaluated.length + share, finalists),
      ),
    );
  };
  try {
    const [nearest, next = nearest] = tried as [TriedWidths, TriedWidths?];
    const equal = tried.find(({ name }) => name === 'equal') ?? nearest;
    await evaluateNext(between(equal, nearest, problem));
    await evaluateNext(nearest);
    await evaluateNext(equal);
    const [best, second = best] = byRepair(evaluated) as [TriedWidths, TriedWidths?];
    await evaluateNext(best.widths.join() === nearest.widths.join() ? next : between(best, second, problem));
  } finally {
    trial.close();
  }
  const keys = new Set(evaluated.map(({ widths }) => widths.join()));
  return [...byRepair(evaluated), ...tried.filter(({ widths }) => !keys.has(widths.join()))];
}

function byRepair(evaluated: readonly TriedWidths[]): readonly TriedWidths[] {
  return evaluated.toSorted((a, b) => a.repaired! - b.repaired!);
}

type Finalist = Pick<TriedWidths, 'name' | 'widths'>;

/** Widths of the same cost, each group about halfway. */
function between(one: Finalist, other: Finalist, problem: WidthProblem): Finalist {
  const shares = problem.groups.map(({ units }, group) => (one.widths[group]! + other.widths[group]!) / (2 * units));
  return { name: 'between', widths: widthsAlong(shares, problem) };
}

async function evaluateFinalist(
  { name, widths }: Finalist,
  { trial, fitted }: { readonly trial: OutputTrial; readonly fitted: number },
  { scope, scores, evidence, checkpoint, signal, inference }: FinalistsRequest,
  progress: (share: number) => void,
): Promise<TriedWidths> {
  const removal = { scope, evidence, removed: removedUnits(scope, scores, widths), checkpoint };
  const start = await repairAtOnce(removal, true);
  const { model } = await repairInTurn(removal, start.model, {
    ...{ signal, inference, mostFitted: fitted },
    progress: (done, total) => progress(done / Math.max(1, total)),
  });
  return { name, widths, divergence: start.divergence, repaired: await trial.divergenceOf(model) };
}
