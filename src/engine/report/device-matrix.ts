/**
 * Combines several reports into a matrix of devices × variants. Reports that cannot be compared with the first one
 * (another model, other input sizes) are kept apart, with the reason. Figures that contradict it are kept apart too
 * (another recipe of the same name, other data).
 */
import { formatProvider } from '../format';
import { originalId, type ExecutionProvider, type Verdict } from '../metrics/cell';
import { leadingEstimate } from '../metrics/describe-accuracy';
import { sameRecipe } from '../recipe/same-recipe';
import { findEvaluation } from './find-in-report';
import { joinSweeps, type MatrixSweep, type SweepSource } from './matrix-sweeps';
import type { Report, ReportElsewhere, ReportVariant } from './report-schema';

export interface NamedReport {
  /** A file name, or which link it came from. */
  readonly source: string;
  readonly report: Report;
}

/** One provider of one device. */
export interface MatrixDevice {
  readonly id: string;
  /** `Chrome 147, Windows, WebGPU` */
  readonly name: string;
  readonly source: string;
  readonly ep: ExecutionProvider;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
}

export interface MatrixCell {
  readonly device: string;
  /** Time of the original ÷ time of the variant. */
  readonly ratio: number;
  readonly interval: readonly [number, number];
  readonly verdict: Verdict;
  readonly pairs: number;
  readonly medianMs: number | null;
}

export interface MatrixAccuracy {
  readonly metric: string;
  readonly value: number;
  readonly interval: readonly [number, number];
  readonly samples: number;
}

export interface MatrixVariant {
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly accuracy: MatrixAccuracy | null;
  /** A variant has no entry for a device that did not measure it. */
  readonly cells: readonly MatrixCell[];
}

/** A source that is not in the table, with the reason as a sentence. */
export interface KeptApart {
  readonly source: string;
  readonly reason: string;
}

export interface DeviceMatrix {
  readonly model: { readonly name: string; readonly sha256: string; readonly sizeBytes: number };
  readonly devices: readonly MatrixDevice[];
  readonly variants: readonly MatrixVariant[];
  /** Times over the values of a setting. */
  readonly sweeps: readonly MatrixSweep[];
  /** The variant whose lowest ratio over all devices is the highest; `null` if no variant was measured with right outputs on all of them. */
  readonly best: { readonly sha256: string; readonly device: string; readonly ratio: number } | null;
  readonly apart: readonly KeptApart[];
}

interface Gathered {
  readonly devices: MatrixDevice[];
  readonly variants: Map<
    string,
    { -readonly [Key in keyof MatrixVariant]: MatrixVariant[Key] } & { cells: MatrixCell[] }
  >;
  readonly recipes: Map<string, { readonly source: string; readonly variant: ReportVariant }>;
  readonly apart: KeptApart[];
  readonly sweeps: SweepSource[];
  data: string | null;
}

/** The first report decides the model, input sizes and data of the table. Throws if there is none. */
export function deviceMatrix(reports: readonly NamedReport[]): DeviceMatrix {
  const [first] = reports;
  if (first === undefined) throw new Error('A matrix needs a report.');
  const gathered: Gathered = {
    devices: [],
    variants: new Map(),
    recipes: new Map(),
    apart: [],
    sweeps: [],
    data: null,
  };
  const seen = new Set<string>();
  for (const named of reports) {
    const text = JSON.stringify(named.report);
    const problem = seen.has(text) ? 'It is the same report again.' : whyApart(first.report, named.report);
    seen.add(text);
    if (problem === null) gather(gathered, named);
    else gathered.apart.push({ source: named.source, reason: problem });
  }
  const variants = [...gathered.variants.values()];
  const { name, sha256, sizeBytes } = first.report.model;
  const sweeps = joinSweeps(gathered.sweeps, (source, reason) => gathered.apart.push({ source, reason }));
  return {
    model: { name, sha256, sizeBytes },
    devices: gathered.devices,
    variants,
    sweeps,
    best: bestOnWorstDevice(gathered.devices, variants),
    apart: gathered.apart,
  };
}

/** Returns the reason as a sentence why a report cannot be compared with the first. `null`: it can. */
export function whyApart(first: Report, other: Report): string | null {
  if (other.model.sha256 !== first.model.sha256) {
    return `It is about another model, ${other.model.name}, with other bytes.`;
  }
  const sizesOf = ({ data }: Report): string | null =>
    data.kind === 'synthetic' ? JSON.stringify(Object.entries(data.freeDimensions).toSorted()) : null;
  const [a, b] = [sizesOf(first), sizesOf(other)];
  return a === null || b === null || a === b ? null : 'It was measured with other input sizes.';
}

function gather(gathered: Gathered, { source, report }: NamedReport): void {
  const accepted = new Map<string, string>();
  for (const variant of report.variants) {
    const reason = addVariant(gathered, source, report, variant);
    if (reason === null) accepted.set(variant.id, variant.sha256);
    else gathered.apart.push({ source, reason });
  }
  const modelOf: SweepSource['modelOf'] = (id) => {
    if (id === originalId) return { sha256: report.model.sha256, name: 'original' };
    return gathered.variants.get(accepted.get(id) ?? '');
  };
  for (const part of [report, ...(report.elsewhere ?? [])]) {
    addCells(gathered, source, part, accepted);
    gathered.sweeps.push({ source, device: part.device, sweeps: part.sweeps ?? [], modelOf });
  }
}

/** A sentence if the variant contradicts one of an earlier report. */
function addVariant(gathered: Gathered, source: string, report: Report, variant: ReportVariant): string | null {
  const { sha256, name, recipe, fromFile } = variant;
  const known = gathered.variants.get(sha256);
  if (known === undefined) {
    const like = [...gathered.recipes.values()].find((earlier) => earlier.variant.name === name);
    if (like !== undefined) {
      const isSameRecipe = fromFile === undefined && sameRecipe(recipe, like.variant.recipe);
      return isSameRecipe
        ? `${name} has other bytes than in ${like.source}, from the same recipe: it used other data or another version.`
        : `${name} has another recipe than in ${like.source}.`;
    }
    gathered.recipes.set(sha256, { source, variant });
    const made = { sha256, name, sizeBytes: variant.sizeBytes.variant, accuracy: null, cells: [] };
    gathered.variants.set(sha256, made);
  }
  addAccuracy(gathered, source, report, variant);
  return null;
}

/** Keeps the first accuracy. Accuracy on other data is reported once for each report. */
function addAccuracy(gathered: Gathered, source: string, report: Report, { id, sha256 }: ReportVariant): void {
  const evaluation = findEvaluation(report, id);
  const leading = evaluation && leadingEstimate(evaluation);
  const entry = gathered.variants.get(sha256)!;
  if (!evaluation || !leading || !report.evaluationData) return;
  const { fingerprint, name, samples } = report.evaluationData;
  const data = fingerprint === '' ? `${name} ${samples}` : fingerprint;
  gathered.data ??= data;
  if (gathered.data !== data) {
    const reason = `Its accuracy was measured on other data, ${name}.`;
    if (!gathered.apart.some((one) => one.source === source && one.reason === reason)) {
      gathered.apart.push({ source, reason });
    }
    return;
  }
  const { metric, estimate } = leading;
  entry.accuracy ??= {
    metric,
    value: estimate.value,
    interval: [estimate.interval[0], estimate.interval[1]],
    samples: evaluation.samples,
  };
}

function addCells(
  gathered: Gathered,
  source: string,
  {
    device,
    createdAt,
    cells,
    comparisons,
  }: Pick<Report, 'device' | 'createdAt' | 'cells' | 'comparisons'> | ReportElsewhere,
  accepted: ReadonlyMap<string, string>,
): void {
  const ofVariants = comparisons.filter(({ variant }) => variant !== originalId && accepted.has(variant));
  for (const ep of new Set(ofVariants.map((one) => one.ep))) {
    const id = `${gathered.devices.length}`;
    const name = [device?.browser ?? 'unknown browser', device?.os ?? 'unknown system', formatProvider(ep)].join(', ');
    gathered.devices.push({ id, name, source, ep, measuredAt: createdAt });
    for (const { variant, ratio, interval, verdict, pairs } of ofVariants.filter((one) => one.ep === ep)) {
      const entry = gathered.variants.get(accepted.get(variant)!)!;
      // Variants with the same bytes are one row. Their first measurement counts.
      if (entry.cells.some((one) => one.device === id)) continue;
      const cell = cells.find((one) => one.variant === variant && one.ep === ep);
      entry.cells.push({
        ...{ device: id, ratio, verdict, pairs },
        interval: [interval[0], interval[1]],
        medianMs: cell?.steady.medianMs ?? null,
      });
    }
  }
}

function bestOnWorstDevice(devices: readonly MatrixDevice[], variants: readonly MatrixVariant[]): DeviceMatrix['best'] {
  const worst = variants.flatMap(({ sha256, cells }) => {
    const isEverywhere = devices.length > 0 && devices.every(({ id }) => cells.some(({ device }) => device === id));
    if (!isEverywhere || cells.some(({ verdict }) => verdict === 'invalid')) return [];
    const [lowest] = cells.toSorted((a, b) => a.ratio - b.ratio);
    return lowest === undefined ? [] : [{ sha256, device: lowest.device, ratio: lowest.ratio }];
  });
  return worst.toSorted((a, b) => b.ratio - a.ratio)[0] ?? null;
}
