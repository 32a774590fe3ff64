/** What of the server is simulated. Every change counts at once; nothing is measured again for it. */
import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { formatCount } from '../../../../engine/format';
import type { MeasuredBatchTimes } from '../../../state/serving/batch-times';
import {
  changeServingSettings,
  limitsOf,
  servingSettingsStore,
  type ArrivalKind,
  type ServingNumber,
} from '../../../state/serving/serving-settings';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { NumberField } from '../../components/NumberField';
import { Term } from '../../components/Term';
import classes from './ServingSettingsForm.module.css';

const arrivalKinds = [
  { value: 'poisson', label: 'Steady' },
  { value: 'bursts', label: 'Bursts' },
  { value: 'closed', label: 'Clients' },
] as const;

const arrivalNotes: Readonly<Record<ArrivalKind, string>> = {
  poisson: 'Requests come independently of each other (Poisson).',
  bursts: 'Two rates take turns, each for a while.',
  closed: 'Each client asks again after its answer. That hides queues: it shows what the server can do at most.',
};

export function ServingSettingsForm({ times }: { readonly times: MeasuredBatchTimes | null }) {
  return (
    <form className={classes.form} aria-label="Server" onSubmit={(event) => event.preventDefault()}>
      <ArrivalFields />
      <BatchingFields times={times} />
      <Group title="Cache">
        <Setting name="cacheEntries" label="Answers kept" />
        <Setting name="cacheTtlS" label="For so long, s" />
        <Setting name="inputs" label="Different inputs" />
        <Setting name="exponent" label="Popularity (Zipf)" />
        <p className={classes.note}>
          0 answers: no cache. The n-th most popular input is asked for in proportion to 1 ÷ n to this power; 0: all
          alike.
        </p>
      </Group>
      <Group title="Run">
        <Setting name="targetMs" label="Answer within, ms" />
        <Setting name="durationS" label="Duration, s" />
        <Setting name="seed" label="Seed" />
      </Group>
    </form>
  );
}

function ArrivalFields() {
  const kind = useStore(servingSettingsStore, (settings) => settings.kind);
  return (
    <Group title={<Term name="Arrivals">Requests</Term>}>
      <SegmentedControl
        className={classes.whole}
        aria-label="How requests come"
        data={[...arrivalKinds]}
        value={kind}
        onChange={(value) => changeServingSettings({ kind: value as ArrivalKind })}
      />
      {kind === 'poisson' ? <Setting name="perSecond" label="Requests a second" /> : null}
      {kind === 'closed' ? (
        <>
          <Setting name="clients" label="Clients" />
          <Setting name="thinkMs" label="Each thinks, ms" />
        </>
      ) : null}
      {kind === 'bursts' ? (
        <>
          <Setting name="lowPerSecond" label="Low, a second" />
          <Setting name="meanLowS" label="for about, s" />
          <Setting name="highPerSecond" label="High, a second" />
          <Setting name="meanHighS" label="for about, s " />
        </>
      ) : null}
      <p className={classes.note}>{arrivalNotes[kind]}</p>
    </Group>
  );
}

function BatchingFields({ times }: { readonly times: MeasuredBatchTimes | null }) {
  const maxBatch = useStore(servingSettingsStore, (settings) => settings.maxBatch);
  const instances = useStore(servingSettingsStore, (settings) => settings.instances);
  const cores = useWorkspace((state) => state.device?.cores ?? null);
  const largest = times?.times.at(-1)?.batch ?? null;
  const threads = times?.ep === 'wasm' ? times.threads * instances : 0;
  return (
    <Group title={<Term name="Dynamic batching">Batching</Term>}>
      <Setting name="maxBatch" label="Largest batch" />
      <Setting name="maxWaitMs" label="Wait for others, ms" />
      <Setting name="instances" label="Instances" />
      {times?.fixedBatch === undefined ? null : <p className={classes.note}>{times.fixedBatch}</p>}
      {times?.fixedBatch !== undefined || largest === null || maxBatch <= largest ? null : (
        <p className={classes.note} role="status">
          Batches over {largest} were not measured, so their time is taken in proportion. Measure again to time them.
        </p>
      )}
      {cores === null || threads <= cores ? null : (
        <p className={classes.note} role="status">
          {formatCount(instances)} instances with {times?.threads} threads each need {formatCount(threads)} cores; this
          device has {cores}. Each was measured alone.
        </p>
      )}
    </Group>
  );
}

function Group({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

function Setting({ name, label }: { readonly name: ServingNumber; readonly label: string }) {
  const value = useStore(servingSettingsStore, (settings) => settings[name]);
  return (
    <NumberField
      label={label}
      value={value}
      {...limitsOf(name)}
      onChange={(next) => changeServingSettings({ [name]: next })}
    />
  );
}
