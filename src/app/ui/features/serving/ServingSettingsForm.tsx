/** Settings of the simulated server. Every change applies at once, without a new measurement. */
import { Button, Fieldset, FileButton, SegmentedControl, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { formatCount } from '../../../../engine/format';
import { batchTimesStore, hasTextLengths, type MeasuredBatchTimes } from '../../../state/serving/batch-times';
import {
  changeServingSettings,
  hasChosenSettings,
  problemOfLengths,
  recordingStore,
  servingSettingsStore,
  type ArrivalKind,
} from '../../../state/serving/serving-settings';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { ServingNumberField } from './ServingNumberField';
import { Note } from '../../components/Note';
import { Term } from '../../components/Term';
import classes from './serving.module.css';

const arrivalKinds = [
  { value: 'poisson', label: 'Steady' },
  { value: 'bursts', label: 'Bursts' },
  { value: 'closed', label: 'Clients' },
  { value: 'replay', label: 'Replay' },
] as const;

const arrivalNotes: Readonly<Record<ArrivalKind, string>> = {
  poisson: 'Independent requests (Poisson).',
  bursts: 'A low and a high rate alternate.',
  replay: 'One request per line: t_ms or t_ms,input.',
  closed: 'Each client waits for its answer before the next request.',
};

/** The load and the longest wait: what a person knows before everything else. */
export function LoadFields() {
  const kind = useStore(servingSettingsStore, (settings) => settings.kind);
  return (
    <>
      {kind === 'poisson' ? <ServingNumberField name="perSecond" label="Requests per second" /> : null}
      {kind === 'closed' ? <ServingNumberField name="clients" label="Clients" /> : null}
      <ServingNumberField name="targetMs" label="Longest wait (ms)" />
    </>
  );
}

/** The rest has values that suit most servers. It is open while a person uses other ones. */
export function ServingSettingsForm({ times }: { readonly times: MeasuredBatchTimes | null }) {
  const [isOpen] = useState(hasChosenSettings);
  return (
    <details open={isOpen}>
      <summary>More settings</summary>
      <form className={classes.settings} aria-label="Server" onSubmit={(event) => event.preventDefault()}>
        <ArrivalFields />
        <BatchingFields times={times} />
        <Group title="Cache">
          <ServingNumberField name="cacheEntries" label="Max entries" />
          <ServingNumberField name="cacheTtlS" label="Keep for (s)" />
          <ServingNumberField name="inputs" label="Distinct inputs" />
          <ServingNumberField name="exponent" label="Zipf exponent" />
          <Note className={classes.whole}>0 entries: no cache. Exponent 0: all inputs equally popular.</Note>
        </Group>
        <Group title="Run">
          <ServingNumberField name="durationS" label="Duration (s)" />
          <ServingNumberField name="seed" label="Seed" />
        </Group>
      </form>
      <CommandButton command="open-server-times" />
    </details>
  );
}

/** Batch, wait, instances and threads for the load and the target that are set. */
export function TuneButton() {
  const isTuning = useJob((jobs) => hasJob(jobs, 'tune-server'));
  const { kind } = useStore(servingSettingsStore);
  const { file } = useStore(recordingStore);
  return <CommandButton command="tune-server" disabled={isTuning || (kind === 'replay' && file === null)} />;
}

function ArrivalFields() {
  const kind = useStore(servingSettingsStore, (settings) => settings.kind);
  const known = useStore(batchTimesStore);
  const hasLengths = useWorkspace((state) => hasTextLengths(state, known));
  return (
    <Group title={<Term name="Arrivals">Requests</Term>}>
      <SegmentedControl
        className={classes.whole}
        aria-label="Arrivals"
        data={[...arrivalKinds]}
        value={kind}
        onChange={(value) => changeServingSettings({ kind: value as ArrivalKind })}
      />
      {kind === 'closed' ? <ServingNumberField name="thinkMs" label="Think time (ms)" /> : null}
      {kind === 'bursts' ? (
        <>
          <ServingNumberField name="lowPerSecond" label="Low rate (per s)" />
          <ServingNumberField name="meanLowS" label="Low for (s)" />
          <ServingNumberField name="highPerSecond" label="High rate (per s)" />
          <ServingNumberField name="meanHighS" label="High for (s)" />
        </>
      ) : null}
      {kind === 'replay' ? <Recording /> : null}
      <Note className={classes.whole}>{arrivalNotes[kind]}</Note>
      {hasLengths ? <LengthsField /> : null}
    </Group>
  );
}

/** Lengths of texts with their shares. Holds the typed text until it can be read. */
function LengthsField() {
  const lengths = useStore(servingSettingsStore, (settings) => settings.lengths);
  const [draft, setDraft] = useState<string | null>(null);
  const change = (text: string): void => {
    setDraft(text);
    if (problemOfLengths(text) === null) changeServingSettings({ lengths: text });
  };
  return (
    <TextInput
      className={classes.whole}
      label="Text lengths (tokens:share)"
      placeholder="12:0.7,60:0.3"
      value={draft ?? lengths}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={() => setDraft(null)}
      error={draft === null ? null : problemOfLengths(draft)}
    />
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
  const ownCores = useWorkspace((state) => state.device?.cores ?? null);
  const cores = times?.server?.server.cores ?? ownCores;
  const largest = times?.times.at(-1)?.batch ?? null;
  const threads = times?.runtime === 'wasm' || times?.runtime === 'native' ? times.threads * instances : 0;
  return (
    <Group title={<Term name="Dynamic batching">Batching</Term>}>
      <ServingNumberField name="maxBatch" label="Max batch" />
      <ServingNumberField name="maxWaitMs" label="Max wait (ms)" />
      <ServingNumberField name="instances" label="Instances" />
      <ServingNumberField name="maxQueue" label="Max queue" />
      <ServingNumberField name="timeoutMs" label="Timeout (ms)" />
      <Note className={classes.whole}>0: no limit.</Note>
      {times?.fixedBatch === undefined ? null : (
        <Text component="details" size="xs" c="dimmed" className={classes.whole}>
          <summary>Requests run one by one.</summary>
          {times.fixedBatch}
        </Text>
      )}
      {times?.fixedBatch !== undefined || largest === null || maxBatch <= largest ? null : (
        <Note role="status" className={classes.whole}>
          Times of batches over {largest} are extrapolated. Measure again to time them.
        </Note>
      )}
      {cores === null || threads <= cores ? null : (
        <Note role="status" className={classes.whole}>
          {formatCount(instances)} instances with {times?.threads} threads each need {formatCount(threads)} cores;{' '}
          {times?.server === undefined ? 'this browser reports' : 'the server has'} {cores}.
        </Note>
      )}
    </Group>
  );
}

function Group({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  return (
    <Fieldset variant="unstyled">
      <Text component="legend" fw={600} mb={8} p={0}>
        {title}
      </Text>
      <SimpleGrid cols={2} spacing={12}>
        {children}
      </SimpleGrid>
    </Fieldset>
  );
}
