/** What passes between the page and the worker that lays graphs out. */
import type { GraphLayout, LayoutRequest } from '../../engine/analysis/graph-layout';
import type { Outcome } from '../../engine/errors';

export interface LayoutWorker {
  cancel(call: number): void;
  /** `deadlineMs`: after so long no further improvement is begun. */
  layout(call: number, port: MessagePort, request: LayoutRequest, deadlineMs: number): Promise<Outcome<GraphLayout>>;
}
