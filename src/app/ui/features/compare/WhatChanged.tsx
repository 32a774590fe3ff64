/** The inputs whose answers moved most between the original and the selected variant, with both answers. */
import { Button, Checkbox, SegmentedControl } from '@mantine/core';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useStore } from 'zustand';
import type { ChangedSamples, SampleChange } from '../../../../engine/metrics/changes/changed-sample';
import {
  changeFilters,
  describeChanges,
  filterChanges,
  type ChangeFilter,
} from '../../../../engine/metrics/changes/describe-changes';
import { shownInput, type ShownInput } from '../../../../engine/metrics/changes/draw-answers';
import { formatCount } from '../../../../engine/format';
import type { DataPreview, TriedAnswers } from '../../../jobs/jobs';
import { trySample } from '../../../state/benchmark/try-out';
import { loadPreview } from '../../../state/data/data-preview';
import { evaluatedChanges } from '../../../state/data/data-selectors';
import { hasRoom, isTicked, tickedStore, tickSample } from '../../../state/report/ticked-samples';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { notify } from '../../../state/window/app-store';
import { hasJob, isMeasuring } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { originalId } from '../../../state/workspace/workspace-store';
import sampleClasses from '../../components/changes/changes.module.css';
import { SampleCard } from '../../components/changes/SampleCard';
import { CommandButton } from '../../components/CommandButton';
import { GiveDataButton } from '../../components/GiveDataButton';
import { colorOfRow } from '../../theme/variant-color';
import classes from './CompareView.module.css';

export function WhatChanged() {
  const selected = useWorkspace((state) => state.selected);
  const hasData = useWorkspace((state) => state.data !== null);
  const changes = useWorkspace((state) => evaluatedChanges(state, state.selected));
  if (selected === originalId) return <p className={classes.hint}>Select a variant to see what it changed.</p>;
  if (changes !== undefined) return <Changes key={selected} changes={changes} />;
  return (
    <div className={classes.ask}>
      <p>
        {hasData
          ? 'Evaluate the variant to see the inputs whose answers changed.'
          : 'Add data to see the inputs whose answers changed.'}
      </p>
      {hasData ? <CommandButton command="evaluate">Evaluate</CommandButton> : <GiveDataButton isFilled={false} />}
    </div>
  );
}

function Changes({ changes }: { readonly changes: ChangedSamples }) {
  const [filter, setFilter] = useState<ChangeFilter>('all');
  const list = useRef<HTMLOListElement>(null);
  useArrowKeys(list);
  const filters = changeFilters(changes);
  const shown = filterChanges(changes, filter);
  const byClass = changes.byClass?.filter(({ of }) => of > 0) ?? [];
  return (
    <section aria-label="What changed" className={classes.view}>
      <div className={classes.bar}>
        <h2>{describeChanges(changes)}</h2>
        {filters.length < 2 ? null : (
          <SegmentedControl
            size="xs"
            aria-label="Show"
            value={filter}
            onChange={(value) => setFilter(value as ChangeFilter)}
            data={filters.map(({ value, label }) => ({ value, label }))}
          />
        )}
      </div>
      {byClass.length < 2 ? null : (
        <p className={classes.hint}>
          Most often in{' '}
          {byClass
            .slice(0, 4)
            .map(({ name, changed, of }) => `${name} (${formatCount(changed)} of ${formatCount(of)})`)
            .join(', ')}
          .
        </p>
      )}
      <ol ref={list} className={sampleClasses.list} data-testid="changed-samples">
        {shown.map((sample) => (
          <ChangedSample key={sample.index} sample={sample} />
        ))}
      </ol>
    </section>
  );
}

/** Arrow keys go from sample to sample. */
function useArrowKeys(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = list.current;
    const move = (event: KeyboardEvent): void => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      const items = [...(element?.children ?? [])];
      const next = items[items.indexOf(event.target as Element) + step];
      if (step === 0 || event.target === element || !(next instanceof HTMLElement)) return;
      event.preventDefault();
      next.focus();
    };
    element?.addEventListener('keydown', move);
    return () => element?.removeEventListener('keydown', move);
  }, [list]);
}

function ChangedSample({ sample }: { readonly sample: SampleChange }) {
  const element = useRef<HTMLLIElement>(null);
  const isSeen = useIsSeen(element);
  const color = useWorkspace((state) => colorOfRow(state, state.selected));
  const preview = useSample(sample.index, isSeen);
  const input = preview && shownInput(preview);
  const variant = useWorkspace((state) => state.selected);
  const [sounds, setSounds] = useState<TriedAnswers['sounds']>();
  const hear = async (): Promise<void> => {
    const tried = await trySample(new AbortController().signal, sample.index, variant).catch((error: unknown) => {
      notify(sentenceOf(error), { kind: 'problem' });
      return null;
    });
    setSounds(tried?.sounds);
  };
  return (
    <li ref={element} data-testid="changed-sample" tabIndex={0}>
      <SampleCard
        sample={sample}
        input={input}
        beforeName="Original"
        afterName="Variant"
        color={color}
        {...(sounds && { sounds })}
      >
        {input?.sound === undefined || sample.before.kind !== 'wave' || sounds ? null : (
          <Button size="compact-xs" variant="default" onClick={() => void hear()}>
            Run both to hear them
          </Button>
        )}
        {input === undefined ? null : <ReportTick sample={sample} input={input} />}
      </SampleCard>
    </li>
  );
}

/** A sample leaves the device only with a report, and only if it is ticked. */
function ReportTick({ sample, input }: { readonly sample: SampleChange; readonly input: ShownInput }) {
  const variant = useWorkspace((state) => state.selected);
  const sha256 = useWorkspace((state) => state.original!.inspection.file.sha256);
  const ticked = useStore(tickedStore);
  const isOn = ticked.of === sha256 && isTicked(ticked, variant, sample.index);
  return (
    <Checkbox
      size="xs"
      label="In shared reports, at most 20 kB"
      checked={isOn}
      disabled={!isOn && ticked.of === sha256 && !hasRoom(ticked)}
      onChange={() => tickSample(sha256, variant, sample, input)}
    />
  );
}

/** True from the first moment that the element is near the window. */
function useIsSeen(element: RefObject<HTMLElement | null>): boolean {
  const [isSeen, setIsSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) setIsSeen(true);
      },
      { rootMargin: '200px' },
    );
    if (element.current !== null) observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return isSeen;
}

/** Reads a sample when it is looked at and no measurement runs. */
function useSample(index: number, isSeen: boolean): DataPreview | undefined {
  const [preview, setPreview] = useState<DataPreview>();
  const data = useWorkspace((state) => state.data);
  const original = useWorkspace((state) => state.original);
  const freeDimensions = useWorkspace((state) => state.freeDimensions);
  const isIdle = useJob((jobs) => !isMeasuring(jobs) && !hasJob(jobs, 'read-data'));
  const isWanted = isSeen && isIdle && preview === undefined;
  useEffect(() => {
    if (!isWanted || data === null || original === null) return;
    const controller = new AbortController();
    const { evaluation: source, mapping } = data;
    loadPreview(controller.signal, { source, mapping, original, freeDimensions, index }).then(
      (loaded) => loaded && !controller.signal.aborted && setPreview(loaded.preview),
      // The answers stand without the input: its file may be gone.
      () => undefined,
    );
    return () => controller.abort(new DOMException('The sample is out of view.', 'AbortError'));
  }, [isWanted, data, original, freeDimensions, index]);
  return preview;
}
