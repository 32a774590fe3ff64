/** Runs a benchmark by the method of docs/benchmark-method.md, on whatever host the sessions live. */
import type { FreeDimensions } from '../engine/data/feeds';
import type { CellFailure, CellResult, Comparison, ExecutionProvider, MeasuringBudget } from '../engine/metrics/cell';
import type { Progress } from '../engine/passes/pass';
import { describeFailure } from './failure';
import { measureCell, type CellContext } from './measure-cell';
import { runReference, type Reference } from './reference-outputs';
import type { SessionHost } from './session-host';
import type { SessionFiles } from './session-spec';

/** The id under which the original is measured. */
export const originalId = 'original';

export interface MeasureRequest {
  readonly original: SessionFiles;
  readonly variants: readonly { readonly id: string; readonly files: SessionFiles }[];
  readonly cells: readonly { readonly variant: string; readonly ep: ExecutionProvider }[];
  readonly freeDimensions: FreeDimensions;
  readonly seed: number;
  readonly budget: MeasuringBudget;
  readonly threads: number;
  readonly batch?: number;
}

export type MeasureEvent =
  | {
      readonly kind: 'progress';
      readonly variant: string;
      readonly ep: ExecutionProvider;
      readonly progress: Progress;
    }
  | { readonly kind: 'cell'; readonly result: CellResult }
  | { readonly kind: 'comparison'; readonly comparison: Comparison }
  | { readonly kind: 'failure'; readonly failure: CellFailure };

export interface MeasureHost {
  readonly sessions: SessionHost;
  readonly timerResolutionUs: number;
  readonly crossOriginIsolated: boolean;
  /** True when WebGPU runs on the CPU: its times say nothing about a GPU. */
  readonly softwareAdapter: boolean;
}

type CellRequest = MeasureRequest['cells'][number];

/**
 * Measures the cells one after the other, the original before the variants of the same provider (it also measures the
 * noise floor). A cell that fails or is cancelled by its own signal gives a failure and the others go on; the call
 * rejects only when `signal` is aborted.
 */
export async function measureCells(
  signal: AbortSignal,
  host: MeasureHost,
  request: MeasureRequest,
  onEvent: (event: MeasureEvent) => void,
  cellSignal: (cell: CellRequest) => AbortSignal | undefined = () => undefined,
): Promise<void> {
  const first = request.cells[0];
  if (first === undefined) return;
  onEvent({ kind: 'progress', ...first, progress: { stage: 'Running the original on WASM', done: 0, total: 100 } });
  let reference: Reference;
  try {
    reference = await runReference(signal, host.sessions, request);
  } catch (error) {
    signal.throwIfAborted();
    const message = describeFailure(error, 'The original', 'wasm');
    const consequence = 'Without its outputs no other can be judged.';
    for (const cell of request.cells)
      onEvent({ kind: 'failure', failure: { ...cell, message: `${message} ${consequence}` } });
    return;
  }
  const context: CellContext = { host, request, reference, noiseFloors: new Map(), onEvent };
  for (const cell of originalsFirst(request.cells)) {
    await measureOrFail(signal, context, cell, cellSignal(cell));
    signal.throwIfAborted();
  }
}

async function measureOrFail(
  signal: AbortSignal,
  context: CellContext,
  cell: CellRequest,
  own: AbortSignal | undefined,
): Promise<void> {
  const either = own === undefined ? signal : AbortSignal.any([signal, own]);
  try {
    either.throwIfAborted();
    await measureCell(either, context, cell);
  } catch (error) {
    if (signal.aborted) return;
    const who = cell.variant === originalId ? 'The original' : 'The variant';
    const message = own?.aborted ? 'Cancelled.' : describeFailure(error, who, cell.ep);
    context.onEvent({ kind: 'failure', failure: { ...cell, message } });
  }
}

/** The order asked for, but each provider's original before its variants. */
function originalsFirst(cells: readonly CellRequest[]): readonly CellRequest[] {
  const originals = cells.filter(({ variant }) => variant === originalId);
  const isOriginal = ({ variant }: CellRequest) => variant === originalId;
  const placed = new Set<ExecutionProvider>();
  return cells.flatMap((cell) => {
    if (placed.has(cell.ep)) return isOriginal(cell) ? [] : [cell];
    placed.add(cell.ep);
    const original = originals.find(({ ep }) => ep === cell.ep);
    return original === undefined || isOriginal(cell) ? [cell] : [original, cell];
  });
}
