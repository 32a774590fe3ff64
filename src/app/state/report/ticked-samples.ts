/** Samples that the person ticked for reports. Only these leave the device with a report, and nothing of them is kept after a reload. */
import { createStore } from 'zustand/vanilla';
import type { SampleChange } from '../../../engine/metrics/changes/changed-sample';
import type { ShownInput } from '../../../engine/metrics/changes/draw-answers';
import { mostPictureBytes, mostReportedSamples, type ReportSample } from '../../../engine/report/sample-schema';
import { cutText } from '../../../engine/metrics/schema-parts';
import type { Report } from '../../../engine/report/report-schema';
import { smallPicture } from '../../platform/small-picture';

interface Ticked {
  /** SHA-256 of the original. */
  readonly of: string;
  readonly samples: readonly ReportSample[];
}

export const tickedStore = createStore<Ticked>(() => ({ of: '', samples: [] }));

const isSame = (a: ReportSample, variant: string, index: number): boolean =>
  a.variant === variant && a.change.index === index;

/** False once no further sample fits a report. */
export const hasRoom = ({ samples }: Ticked): boolean => samples.length < mostReportedSamples;

export function isTicked({ samples }: Ticked, variant: string, index: number): boolean {
  return samples.some((sample) => isSame(sample, variant, index));
}

export function tickSample(of: string, variant: string, change: SampleChange, { picture, text }: ShownInput): void {
  tickedStore.setState((state) => {
    const samples = state.of === of ? state.samples : [];
    if (samples.some((sample) => isSame(sample, variant, change.index))) {
      return { of, samples: samples.filter((sample) => !isSame(sample, variant, change.index)) };
    }
    const shown = picture && {
      uri: smallPicture(picture, mostPictureBytes),
      width: picture.width,
      height: picture.height,
    };
    const own = {
      variant,
      change,
      ...(shown && { picture: shown }),
      ...(text !== undefined && { text: cutText(text) }),
    };
    return { of, samples: [...samples, own].slice(0, mostReportedSamples) };
  });
}

/** Adds the ticked samples of the report's variants. */
export function withTickedSamples(report: Report, { of, samples } = tickedStore.getState()): Report {
  const ids = new Set(report.variants.map(({ id }) => id));
  const own = of === report.model.sha256 ? samples.filter(({ variant }) => ids.has(variant)) : [];
  return own.length === 0 ? report : { ...report, samples: own };
}
