import type { CellResult, Comparison } from '../../engine/metrics/cell';
import type { MeasureEvent } from './measure-request';

/** Collects the events of a benchmark as the lists of its document. */
export class MeasuredCells {
  readonly cells: CellResult[] = [];
  readonly comparison: Comparison[] = [];
  readonly #failures = new Set<string>();

  add(event: MeasureEvent): void {
    if (event.kind === 'cell') this.cells.push(event.result);
    if (event.kind === 'comparison') this.comparison.push(event.comparison);
    if (event.kind === 'failure') this.#failures.add(event.failure.message);
  }

  /** Sentences on what could not be measured, each once. */
  get failures(): readonly string[] {
    return [...this.#failures];
  }
}
