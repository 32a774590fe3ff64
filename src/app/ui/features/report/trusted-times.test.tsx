/** Every surface is drawn from one set of random measurements: no two times that stand beside each other may contradict their ratio. */
import { MantineProvider } from '@mantine/core';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CellResult, Comparison } from '../../../../engine/metrics/cell';
import { summarizeLatency } from '../../../../engine/metrics/latency-statistics';
import { comparePaired, type Block } from '../../../../engine/verdict/speed-verdict';
import { reportToCsv } from '../../../../engine/report/csv';
import { reportToMarkdown } from '../../../../engine/report/markdown';
import { usualGoal } from '../../../../engine/search/search-goal';
import { evaluatedCandidate } from '../../../../engine/search/testing/made-candidate';
import { createSeededRandom, type SeededRandom } from '../../../../engine/seeded-random';
import { addVariant } from '../../../state/recipe/variant-actions';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { workTradeOff } from '../../../state/report/work-trade-off';
import { searchBasis } from '../../../state/search/searched-candidate';
import { withMeasuredTimings } from '../../../state/search/measured-timings';
import { recordCell, recordComparison, recordDevice } from '../../../state/workspace/measurement-actions';
import { beginWork, endWork, originalId, workspaceStore } from '../../../state/workspace/workspace-store';
import { cellOf, contextOf, deviceOf, newVariant, originalOf, recipeOf } from '../../../testing/work-fixtures';
import { buildComparisonModel } from '../../components/charts/comparison-model';
import { comparisonTable } from '../../components/charts/comparison-table';
import { LatencyMetric } from '../../components/tiles/LatencyMetric';
import { axesOf } from '../../components/trade-off/trade-off-axes';
import { buildMatrix } from '../benchmark/matrix-model';
import { MatrixCellView } from '../benchmark/MatrixCellView';
import { ReportCells } from './ReportCells';

const state = () => workspaceStore.getState();
const names = ['first', 'second', 'third', 'fourth'] as const;

class Machine {
  readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = createSeededRandom(seed);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.random.next();
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  /** Blocks of one run of a benchmark: noise, drift, a change of speed on the way, and a timer of finite steps. */
  blocks(originalMs: number, ratio: number): Block[] {
    const speed = this.between(0.5, 1.5);
    const noise = this.between(0.002, 0.12);
    const count = 4 + Math.floor(this.between(0, 40));
    const breakAt = this.chance(0.3) ? this.between(0, count) : Infinity;
    const drift = this.chance(0.3) ? this.between(-0.3, 0.5) : 0;
    const stepMs = 0.0001;
    const timed = (ms: number): number =>
      Math.max(1, Math.round((ms * (1 + noise * (this.between(0, 1) + this.between(0, 1) - 1))) / stepMs)) * stepMs;
    return Array.from({ length: count }, (_, index) => {
      const now = speed * (index >= breakAt ? 2.2 : 1) * (1 + (drift * index) / count);
      const [original, variant] = [originalMs * now, (originalMs * now) / ratio];
      return { original: [timed(original), timed(original)], variant: [timed(variant), timed(variant)] };
    });
  }

  cell(variant: string, samplesMs: readonly number[]): CellResult {
    return { ...cellOf(variant, 'wasm'), steady: summarizeLatency(samplesMs, { groupSize: 2 }), samplesMs };
  }
}

/** Measures a few variants, each in a run of its own, and records it as a benchmark does. */
function measure(machine: Machine): readonly Comparison[] {
  const originalMs = 10 ** machine.between(-2, 2);
  const count = 1 + Math.floor(machine.between(0, names.length));
  const alone = machine.blocks(originalMs, 1).flatMap(({ original }) => [...original]);
  recordCell(machine.cell(originalId, alone), contextOf());
  const comparisons = names.slice(0, count).map((name): Comparison => {
    const blocks = machine.blocks(originalMs, 2 ** machine.between(-1.5, 2));
    addVariant(newVariant(name, name, recipeOf(name)));
    recordCell(
      machine.cell(
        name,
        blocks.flatMap(({ variant }) => [...variant]),
      ),
      contextOf(),
    );
    return { variant: name, ep: 'wasm', ...comparePaired(blocks) };
  });
  for (const comparison of comparisons) recordComparison(comparison);
  const candidates = comparisons.map(({ variant }) => evaluatedCandidate(variant, { recipe: recipeOf(variant) }));
  const samples = { search: 100, confirm: 0 };
  const found = { goal: usualGoal, originalBytes: 1000, samples, candidates, leftOut: [], spentMs: 1 };
  const search = { ...found, basis: searchBasis(state()), stopReason: 'finished' } as const;
  workspaceStore.setState({ search: withMeasuredTimings(state(), search) });
  return comparisons;
}

/** A number as it is printed: what it may have been before it was rounded. */
interface Printed {
  readonly low: number;
  readonly high: number;
  readonly text: string;
}

const perUnit = { µs: 1000, ms: 1, s: 0.001 } as const;
const duration = /([\d.]+)(?:\s?(µs|ms|s))?(?: to ([\d.]+))?[\u00a0 ](µs|ms|s)(?![a-z])/;

/** The first time of a text, or the first span of times, in milliseconds. */
function timeIn(text: string): Printed | undefined {
  const found = duration.exec(text.replaceAll('&nbsp;', ' '));
  if (found === null) return undefined;
  const [, first, ownUnit, last, unit] = found as unknown as [string, string, string?, string?, string?];
  const inMs = (digits: string, of: string): [number, number] => {
    const half = 10 ** -(digits.split('.')[1]?.length ?? 0) / 2;
    const scale = perUnit[of as keyof typeof perUnit];
    return [(Number(digits) - half) / scale, (Number(digits) + half) / scale];
  };
  const [low, high] = inMs(first, ownUnit ?? unit!);
  return { low, high: last === undefined ? high : inMs(last, unit!)[1], text: found[0] };
}

const exactly = (ms: number | null | undefined): Printed | undefined =>
  ms == null ? undefined : { low: ms * 0.9999999, high: ms * 1.0000001, text: `${ms} ms` };

/** The times on a surface for a variant: its own, and every time of the original that a reader may compare with it. */
interface Shown {
  readonly surface: string;
  readonly variant: string;
  readonly own: Printed | undefined;
  readonly originals: readonly (Printed | undefined)[];
  /** True if the surface shows the original beside this very variant, besides the row of the original. */
  readonly isPaired: boolean;
}

function contradictions(shown: readonly Shown[], comparisons: readonly Comparison[]): string[] {
  return shown.flatMap(({ surface, variant, own, originals }) => {
    const { interval, noiseFloor, ratio } = comparisons.find((one) => one.variant === variant)!;
    const tolerance = 1.0001 * (1 + Math.max(noiseFloor, 0.03));
    return originals.flatMap((original) => {
      if (own === undefined || original === undefined) return [];
      const [least, most] = [original.low / own.high, original.high / own.low];
      const agrees = most >= interval[0] / tolerance && least <= interval[1] * tolerance;
      return agrees ? [] : [`${surface}, ${variant}: ${original.text} ÷ ${own.text} is not ${ratio.toFixed(3)}`];
    });
  });
}

function textOf(element: ReactElement): string {
  const markup = renderToStaticMarkup(<MantineProvider env="test">{element}</MantineProvider>);
  return markup
    .replaceAll(/<style.*?<\/style>/gs, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}

/** Rows with texts: the original's first. */
function shownInRows(surface: string, rows: ReadonlyMap<string, string>): Shown[] {
  const ofOriginal = timeIn(rows.get(originalId) ?? '');
  return [...rows].flatMap(([variant, text]) => {
    if (variant === originalId) return [];
    const [before, after = ''] = text.split(/original(?: took)?|was /);
    const beside = timeIn(after);
    return [
      { surface, variant, own: timeIn(before!), originals: [ofOriginal, beside], isPaired: beside !== undefined },
    ];
  });
}

function shownInCsv(surface: string, csv: string, prefix = ''): Shown[] {
  const [head = [], ...lines] = csv.split('\r\n').map((line) => line.split(','));
  const numberIn = (line: readonly string[], column: string): number | undefined => {
    const field = line[head.indexOf(`${prefix}${column}`)];
    return field === undefined || field === '' ? undefined : Number(field);
  };
  const ofOriginal = lines.find(([name]) => name === originalId) ?? [];
  return lines
    .filter(([name]) => names.includes(name as never))
    .map((line) => {
      const beside = exactly(numberIn(line, 'original_median_ms'));
      return {
        surface,
        variant: line[0]!,
        own: exactly(numberIn(line, 'median_ms')),
        originals: [exactly(numberIn(ofOriginal, 'median_ms')), beside],
        isPaired: beside !== undefined,
      };
    });
}

function rowsOfMarkdown(markdown: string): ReadonlyMap<string, string> {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  const column = lines[0]!.split(' | ').findIndex((title) => title.startsWith('Latency'));
  return new Map(
    lines.slice(2, 3 + names.length).flatMap((line) => {
      const cells = line.replace(/^\| /, '').split(' | ');
      return [originalId, ...names].includes(cells[0] as never) ? [[cells[0]!, cells[column] ?? ''] as const] : [];
    }),
  );
}

/** The surfaces that people see, and the files that they export. */
function everySurface(): Shown[] {
  const report = reportOfWorkspace(state())!;
  const rows = [originalId, ...report.variants.map(({ id }) => id)];
  const byRow = (text: (id: string) => string) => new Map(rows.map((id) => [id, text(id)] as const));
  const cellIn = (id: string) => report.cells.find(({ variant }) => variant === id)!;
  const model = buildComparisonModel(report);
  const { marks } = model.columns.find(({ id }) => id === 'latency-wasm')!;
  const markOf = (id: string) => marks[rows.indexOf(id)]!;
  const matrix = buildMatrix(state(), {});
  const matrixCell = (id: string) => matrix.rows.find((row) => row.id === id)!.cells.find(({ ep }) => ep === 'wasm')!;
  const lines = textOf(<ReportCells report={report} colorOf={() => 'black'} />).split(/ (?=\w+ WASM )/);
  const table = comparisonTable(report, model);
  const csvOfTable = [table.columns, ...table.rows]
    .map((row) =>
      row.map(
        (cell) =>
          ('csvName' in cell
            ? cell.csvName
            : ((cell as { value?: unknown }).value ?? (cell as { text?: string }).text)) ?? '',
      ),
    )
    .map((row) => row.map((field) => String(field).replaceAll(',', ';')).join(','));
  const idle = () => undefined;
  return [
    ...shownInRows('Markdown', rowsOfMarkdown(reportToMarkdown(report))),
    ...shownInCsv('CSV', reportToCsv(report)),
    ...shownInCsv('CSV of the chart', csvOfTable.join('\r\n'), 'wasm_'),
    ...shownInRows(
      'chart',
      byRow((id) => [markOf(id).label, markOf(id).beside, markOf(id).detail].join(' ')),
    ),
    ...shownInRows(
      'table of the chart',
      byRow((id) => markOf(id).exact),
    ),
    ...shownInRows(
      'tiles',
      byRow((id) => textOf(<LatencyMetric report={report} cell={cellIn(id)} />)),
    ),
    ...shownInRows(
      'matrix',
      byRow((id) =>
        textOf(<MatrixCellView cell={matrixCell(id)} rowName={id} shown={false} onCheck={idle} onShow={idle} />),
      ),
    ),
    ...shownInRows(
      'lines of the report',
      byRow((id) => lines.find((line) => line.startsWith(`${id} WASM`)) ?? ''),
    ),
  ];
}

/** The trade-off shows shares of the original's time: each is its ratio. */
function wrongShares(comparisons: readonly Comparison[]): string[] {
  const axes = axesOf(workTradeOff(state())!, reportOfWorkspace(state()));
  const axis = axes.find(({ id }) => id === 'latency-wasm')!;
  const ofOriginal = axis.figures.get(originalId)!.value;
  return comparisons.flatMap(({ variant, ratio }) => {
    const figure = axis.figures.get(variant);
    const isRight = figure !== undefined && Math.abs(ofOriginal / figure.value / ratio - 1) < 1e-9;
    return isRight ? [] : [`trade-off, ${variant}: ${figure?.value} beside ${ofOriginal}`];
  });
}

/** `1.37 ms (1.35 to 1.39 ms)`: the interval has a width, and the median lies in it. */
function wrongIntervals(): string[] {
  const report = reportOfWorkspace(state())!;
  const { marks } = buildComparisonModel(report).columns.find(({ id }) => id === 'latency-wasm')!;
  return marks.flatMap(({ exact }) => {
    const found = /^([\d.]+)\u00a0(\S+) \(([\d.]+) to ([\d.]+)\u00a0(\S+)\)/.exec(exact);
    if (found === null) return [];
    const [, median, unit, low, high, of] = found as unknown as [string, string, string, string, string, string];
    const decimals = [median, low, high].map((digits) => digits.split('.')[1]?.length ?? 0);
    const isSame = unit === of && new Set(decimals).size === 1;
    const isWithin = Number(low) <= Number(median) && Number(median) <= Number(high) && low !== high;
    return isSame && isWithin ? [] : [exact];
  });
}

/** Times of one column and unit have the same decimals. */
function unevenDigits(): string[] {
  const report = reportOfWorkspace(state())!;
  const { marks } = buildComparisonModel(report).columns.find(({ id }) => id === 'latency-wasm')!;
  const times = marks.flatMap(({ label }) => /^([\d.]+)\u00a0(µs|ms|s)$/.exec(label) ?? []);
  const decimals = new Map<string, Set<number>>();
  for (let at = 0; at < times.length; at += 3) {
    const [, digits = '', unit = ''] = times.slice(at, at + 3);
    decimals.set(unit, (decimals.get(unit) ?? new Set()).add(digits.split('.')[1]?.length ?? 0));
  }
  return [...decimals.values()].some(({ size }) => size > 1) ? [marks.map(({ label }) => label).join(', ')] : [];
}

describe('times of one set of measurements', () => {
  beforeEach(() => {
    endWork();
    beginWork(originalOf());
    recordDevice(deviceOf());
    // Markup without a window is drawn from what a store was at first.
    vi.spyOn(workspaceStore, 'getInitialState').mockImplementation(() => workspaceStore.getState());
  });

  afterEach(() => {
    vi.restoreAllMocks();
    endWork();
  });

  it.each(Array.from({ length: 60 }, (_, index) => index + 1))('agree with their ratios, seed %i', (seed) => {
    const comparisons = measure(new Machine(seed));
    const shown = everySurface();
    expect(contradictions(shown, comparisons)).toEqual([]);
    expect(wrongShares(comparisons)).toEqual([]);
    expect([...wrongIntervals(), ...unevenDigits()]).toEqual([]);
    // A ratio in data comes with the original's time that it rests on.
    const { comparisons: reported, search } = reportOfWorkspace(state())!;
    const originals = [...reported, ...(search?.candidates ?? []).map(({ timing }) => timing)].map(
      (one) => one?.original,
    );
    expect(originals.map((original) => original?.medianMs)).toEqual(
      [...comparisons, ...comparisons].map(({ original }) => original!.medianMs),
    );
    // A time without that of the original in the same run could be compared with any other.
    const alone = shown.filter(
      ({ own, isPaired, originals: [row] }) => own !== undefined && !isPaired && row === undefined,
    );
    expect(alone.map(({ surface, variant }) => `${surface}, ${variant}`)).toEqual([]);
    expect(shown.filter(({ own }) => own !== undefined).length).toBeGreaterThan(comparisons.length);
  });
});
