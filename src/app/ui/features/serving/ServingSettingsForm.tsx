/** What of the server is simulated. Every change counts at once; nothing is measured again for it. */
import { Button, FileButton, SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { formatCount } from '../../../../engine/format';
import type { MeasuredBatchTimes } from '../../../state/serving/batch-times';
import {
  changeServingSettings,
  recordingStore,
  servingSettingsStore,
  type ArrivalKind,
} from '../../../state/serving/serving-settings';
import { useWorkspace } from '../../../state/workspace/use-stores';

import { ServingNumberField } from './ServingNumberField';
import { Term } from '../../components/Term';
import classes from './ServingSettingsForm.module.css';

const arrivalKinds = [
  { value: 'poisson', label: 'Steady' },
  { value: 'bursts', label: 'Bursts' },
  { value: 'closed', label: 'Clients' },
  { value: 'replay', label: 'Replay' },
] as const;

const arrivalNotes: Readonly<Record<ArrivalKind, string>> = {
  poisson: 'Requests come independently of each other (Poisson).',
  bursts: 'Two rates take turns, each for a while.',
  replay: 'A recording: lines of t_ms or t_ms,input, one a request, from its first on.',
  closed: 'Each client asks again after its answer. That hides queues: it shows what the server can do at most.',
};

export function ServingSettingsForm({ times }: { readonly times: MeasuredBatchTimes | null }) {
  return (
    <form className={classes.form} aria-label="Server" onSubmit={(event) => event.preventDefault()}>
      <ArrivalFields />
      <BatchingFields times={times} />
      <Group title="Cache">
        <ServingNumberField name="cacheEntries" label="Answers kept" />
        <ServingNumberField name="cacheTtlS" label="For so long, s" />
        <ServingNumberField name="inputs" label="Different inputs" />
        <ServingNumberField name="exponent" label="Popularity (Zipf)" />
        <p className={classes.note}>
          0 answers: no cache. The n-th most popular input is asked for in proportion to 1 ÷ n to this power; 0: all
          alike.
        </p>
      </Group>
      <Group title="Run">
        <ServingNumberField name="targetMs" label="Answer within, ms" />
        <ServingNumberField name="durationS" label="Duration, s" />
        <ServingNumberField name="seed" label="Seed" />
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
      {kind === 'poisson' ? <ServingNumberField name="perSecond" label="Requests a second" /> : null}
      {kind === 'closed' ? (
        <>
          <ServingNumberField name="clients" label="Clients" />
          <ServingNumberField name="thinkMs" label="Each thinks, ms" />
        </>
      ) : null}
      {kind === 'bursts' ? (
        <>
          <ServingNumberField name="lowPerSecond" label="Low, a second" />
          <ServingNumberField name="meanLowS" label="for about, s" />
          <ServingNumberField name="highPerSecond" label="High, a second" />
          <ServingNumberField name="meanHighS" label="for about, s " />
        </>
      ) : null}
      {kind === 'replay' ? <Recording /> : null}
      <p className={classes.note}>{arrivalNotes[kind]}</p>
    </Group>
  );
}

function Recording() {
  const { file } = useStore(recordingStore);
  return (
    <FileButton accept=".csv,.txt,text/csv,text/plain" onChange={(chosen) => recordingStore.setState({ file: chosen })}>
      {(props) => (
        <Button {...props} variant="default" className={classes.whole}>
          {file === null ? 'Choose a CSV file' : file.name}
        </Button>
      )}
    </FileButton>
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
      <ServingNumberField name="maxBatch" label="Largest batch" />
      <ServingNumberField name="maxWaitMs" label="Wait for others, ms" />
      <ServingNumberField name="instances" label="Instances" />
      <ServingNumberField name="maxQueue" label="Queue at most" />
      <ServingNumberField name="timeoutMs" label="Give up after, ms" />
      <p className={classes.note}>0: no limit. A request that finds the queue full is turned away.</p>
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
