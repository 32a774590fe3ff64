/** The runtime's profile as a trace that Chrome's and Perfetto's viewers open (Trace Event Format, complete events). */

export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: 'X';
  /** Start and duration, in µs. */
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, string>>;
}

/** The limit of events. More would make a file that no viewer opens. */
const mostEvents = 200_000;
const kernelTime = '_kernel_time';

/** Runs and kernels in the order in which they were printed, with the operator and the provider of each kernel. */
export function readTraceEvents(lines: readonly string[]): readonly TraceEvent[] {
  const events: TraceEvent[] = [];
  for (const line of lines) {
    if (events.length === mostEvents) break;
    const event = parseEvent(line);
    if (event !== undefined) events.push(event);
  }
  return events;
}

function parseEvent(line: string): TraceEvent | undefined {
  if (!line.includes('"ph"') || !line.includes('"dur"')) return undefined;
  try {
    const { name, cat, ts, dur, args } = JSON.parse(line.trim().replace(/,$/, '')) as Partial<TraceEvent>;
    if (typeof name !== 'string' || typeof ts !== 'number' || typeof dur !== 'number') return undefined;
    const isKernel = name.endsWith(kernelTime);
    if (!isKernel && cat !== 'Session') return undefined;
    const kept = Object.entries(args ?? {}).flatMap(([key, value]) =>
      ['op_name', 'provider', 'node_index'].includes(key) && typeof value === 'string' ? [[key, value] as const] : [],
    );
    const shown = isKernel ? name.slice(0, -kernelTime.length) : name;
    // Runs stand above their kernels: two rows of one process.
    return {
      name: shown,
      cat: cat ?? '',
      ph: 'X',
      ts,
      dur,
      pid: 1,
      tid: isKernel ? 2 : 1,
      args: Object.fromEntries(kept),
    };
  } catch {
    // A log line that looks like an event.
    return undefined;
  }
}

/** The whole file. */
export function traceDocument(events: readonly TraceEvent[], model: string): string {
  const named = (tid: number, name: string) => ({ name: 'thread_name', ph: 'M', pid: 1, tid, args: { name } });
  return JSON.stringify({
    traceEvents: [named(1, `runs of ${model}`), named(2, 'kernels'), ...events],
    displayTimeUnit: 'ms',
  });
}
