/** What front ends show of changed samples: sentences, filters, and classes by name. */
import { formatCount, formatCounted, formatPercent } from '../../format';
import type { ChangedSamples, SampleAnswer, SampleChange } from './changed-sample';

/** "3 of 160 answers changed: 1 gained, 2 lost". Outputs without answers name their largest change. */
export function describeChanges({ compared, changed, gained, lost, samples }: ChangedSamples): string {
  if (changed === undefined) {
    const largest = samples[0]?.size ?? 0;
    const kind = samples[0]?.before.kind;
    if (largest === 0) return `No output changed on ${formatCounted(compared, 'sample')}`;
    return kind === 'map'
      ? `Lowest overlap with the original: ${formatPercent(1 - largest)} on ${formatCounted(compared, 'sample')}`
      : `Largest error: ${formatPercent(largest)} on ${formatCounted(compared, 'sample')}`;
  }
  const share = `${changed === 0 ? 'None' : formatCount(changed)} of ${formatCounted(compared, 'answer')} changed`;
  const outcomes = [
    ...(gained ? [`${formatCount(gained)} gained`] : []),
    ...(lost ? [`${formatCount(lost)} lost`] : []),
  ];
  return outcomes.length === 0 ? share : `${share}: ${outcomes.join(', ')}`;
}

export type ChangeFilter = 'all' | 'changed' | 'gained' | 'lost' | 'unsure';

/** Filters that show something for these samples, with their labels. */
export function changeFilters({
  samples,
}: ChangedSamples): readonly { readonly value: ChangeFilter; readonly label: string }[] {
  const filters = [
    { value: 'all', label: 'Largest change' },
    { value: 'changed', label: 'Changed' },
    { value: 'lost', label: 'Lost' },
    { value: 'gained', label: 'Gained' },
    { value: 'unsure', label: 'Least certain' },
  ] as const;
  return filters.filter(({ value }) => value === 'all' || samples.some((sample) => passes(sample, value)));
}

export function filterChanges({ samples }: ChangedSamples, filter: ChangeFilter): readonly SampleChange[] {
  const passing = samples.filter((sample) => passes(sample, filter));
  return filter === 'unsure' ? passing.toSorted((a, b) => a.margin! - b.margin!) : passing;
}

function passes({ isOther, outcome, margin }: SampleChange, filter: ChangeFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'changed':
      return isOther === true;
    case 'unsure':
      return margin !== undefined;
    default:
      return outcome === filter;
  }
}

/** An answer in words: `sandal (62 %)`, `3 boxes, 1 alone`, a text, a place. */
export function describeAnswer(answer: SampleAnswer): string {
  switch (answer.kind) {
    case 'classes': {
      const share = answer.classes.find(({ name }) => name === answer.answer)?.share;
      return share === undefined ? answer.answer : `${answer.answer} (${formatPercent(share)})`;
    }
    case 'boxes': {
      const alone = answer.boxes.filter(({ single }) => single).length;
      const boxes = answer.boxes.length === 1 ? '1 box' : `${formatCount(answer.boxes.length)} boxes`;
      return alone === 0 ? boxes : `${boxes}, ${formatCount(alone)} without a counterpart`;
    }
    case 'text':
      return answer.text === '' ? '(empty)' : answer.text;
    case 'neighbor':
      return `nearest: ${answer.place} (cosine ${answer.cosine.toFixed(3)})`;
    case 'numbers':
      return answer.numbers.map(({ value }) => String(Number(value.toPrecision(4)))).join(', ');
    case 'map':
      return `${answer.width} × ${answer.height} map`;
    case 'wave':
      return `sound, peak ${String(Number(answer.peak.toPrecision(3)))}`;
  }
}

/** Replaces numbers of classes by names that became known after the evaluation. A number without a name stays. */
export function withNamedClasses(changes: ChangedSamples, names: readonly string[]): ChangedSamples {
  const named = (number: string): string => names[Number(number)] ?? number;
  const ofAnswer = (answer: SampleAnswer): SampleAnswer => {
    if (answer.kind === 'boxes') {
      return { ...answer, boxes: answer.boxes.map((box) => ({ ...box, name: named(box.name) })) };
    }
    if (answer.kind !== 'classes') return answer;
    const classes = answer.classes.map(({ name, share }) => ({ name: named(name), share }));
    return { ...answer, answer: named(answer.answer), classes };
  };
  return {
    ...changes,
    ...(changes.byClass && { byClass: changes.byClass.map((row) => ({ ...row, name: named(row.name) })) }),
    samples: changes.samples.map((sample) => ({
      ...sample,
      ...(sample.label !== undefined && { label: named(sample.label) }),
      before: ofAnswer(sample.before),
      after: ofAnswer(sample.after),
    })),
  };
}
