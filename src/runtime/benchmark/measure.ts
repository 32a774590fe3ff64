/** Runs a benchmark by the method of docs/design/measuring.md, on whatever host the sessions live. */
import { originalId, type ExecutionProvider } from '../../engine/metrics/cell';
import { formatDuration } from '../../engine/format';
import { describeFailure } from '../session/failure';
import { measureCell, type CellContext } from './measure-cell';
import type { CellRequest, MeasureEvent, MeasureHost, MeasureRequest } from './measure-request';
import { runReference, type Reference } from './reference-outputs';

/**
 * Measures the cells one after the other. The original comes before the variants of the same provider, because it also
 * measures the noise floor. A cell that fails or is canceled by its own signal gives a failure, and the others
 * continue. The call rejects only if `signal` is aborted.
 */
export async function measureCells(
  signal: AbortSignal,
  host: MeasureHost,
  request: MeasureRequest,
  onEvent: (event: MeasureEvent) => void,
  cellSignal: (cell: CellRequest) => AbortSignal | undefined = () => undefined,
): Promise<void> {
  const cells = originalsFirst(request.cells);
  const first = cells[0];
  if (first === undefined) return;
  const report = (stage: string) => onEvent({ kind: 'progress', ...first, progress: { stage, done: 0, total: 100 } });
  report('Running the original on WASM');
  let reference: Reference;
  try {
    reference =
      request.reference ??
      (await runReference(signal, host.sessions, request, host.now, (ms) =>
        report(`Original on WASM: first run ${formatDuration(ms)}`),
      ));
  } catch (error) {
    signal.throwIfAborted();
    const message = describeFailure(error, 'The original', 'wasm');
    const consequence = 'Without its outputs no variant can be compared.';
    for (const cell of request.cells)
      onEvent({ kind: 'failure', failure: { ...cell, message: `${message} ${consequence}` } });
    return;
  }
  const context: CellContext = { host, request, reference, noiseFloors: new Map(request.noiseFloors), onEvent };
  for (const cell of cells) {
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
    const message = own?.aborted ? 'Canceled.' : describeFailure(error, who, cell.ep);
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
