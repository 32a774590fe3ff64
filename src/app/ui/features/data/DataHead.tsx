/** What the data is: its name and size in one line, its fields, and what a person should know about it. */
import { Button, Menu } from '@mantine/core';
import { formatBytes, formatCount, formatCounted } from '../../../../engine/format';
import { commandById } from '../../../commands/command-registry';
import { removeCalibrationData } from '../../../state/data/data-actions';
import { calibratesOnSameFiles, splitCounts } from '../../../state/data/calibration';
import { chooseData } from '../../../state/models/intake';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { DataSource, WorkData } from '../../../state/workspace/workspace-store';
import { Banner } from '../../components/Banner';
import { Term } from '../../components/Term';
import classes from './DataHead.module.css';
import { describeField, describeFormat } from './describe-data';

export function DataHead({ data }: { readonly data: WorkData }) {
  const { evaluation, calibration } = data;
  return (
    <header className={classes.head}>
      <div className={classes.title}>
        <h1>
          Data <span className={classes.name}>{evaluation.description.name}</span>
        </h1>
        <SourceMenu hasCalibration={calibration !== null} />
      </div>
      <p className={classes.facts}>{factsOf(evaluation)}</p>
      <Fields source={evaluation} />
      <Notes notes={evaluation.description.notes} />
      {calibration === null ? null : (
        <p className={classes.facts}>
          <Term name="Calibration" />: {calibration.description.name}, {factsOf(calibration)}
          {usedShare(splitCounts(data).calibration, calibration)}
        </p>
      )}
      {calibratesOnSameFiles(data) ? (
        <Banner kind="notice">
          Calibration and evaluation data are the same files. The split keeps them apart: what calibrates is not
          evaluated.
        </Banner>
      ) : null}
      <MissingFiles data={data} />
    </header>
  );
}

function factsOf({ description }: DataSource): string {
  const { samples, format, sizeBytes, tokenizer } = description;
  const facts = [formatCounted(samples, 'sample'), describeFormat(format), formatBytes(sizeBytes)];
  if (tokenizer !== undefined) facts.push(`${tokenizer.name}, ${formatCounted(tokenizer.vocabularySize, 'token')}`);
  return facts.join(' · ');
}

function usedShare(count: number, { description: { samples } }: DataSource): string | null {
  return count < samples ? ` · ${formatCount(count)} of them are used` : null;
}

function SourceMenu({ hasCalibration }: { readonly hasCalibration: boolean }) {
  const busy = useJob((state) => hasJob(state, 'read-data', 'evaluate'));
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" disabled={busy}>
          Change data
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={commandById('choose-data').perform}>Choose other files</Menu.Item>
        <Menu.Item onClick={commandById('choose-data-folder').perform}>Choose another folder</Menu.Item>
        <Menu.Item onClick={() => void chooseData('calibration')}>Choose files to calibrate with</Menu.Item>
        {hasCalibration ? (
          <Menu.Item onClick={removeCalibrationData}>Calibrate with a part of the evaluation data</Menu.Item>
        ) : null}
        <Menu.Divider />
        <Menu.Item onClick={commandById('remove-data').perform}>Remove the data</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Fields({ source }: { readonly source: DataSource }) {
  return (
    <ul className={classes.fields} aria-label="Fields of every sample">
      {source.description.fields.map((field) => (
        <li key={field.name}>
          <span className={classes.field}>{field.name}</span> {describeField(field)}
        </li>
      ))}
    </ul>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className={classes.notes}>
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

/** Restored work whose data was too large to be kept, or whose disk was cleared. */
function MissingFiles({ data }: { readonly data: WorkData }) {
  const missing = useWorkspace((state) => state.missingData);
  const sources = [data.evaluation, ...(data.calibration === null ? [] : [data.calibration])];
  const names = sources.filter(({ key }) => missing.includes(key));
  if (names.length === 0) return null;
  const what = names.map(({ description }) => description.name).join(' and ');
  return (
    <Banner
      kind="notice"
      actions={
        <Button variant="default" onClick={() => void chooseData()}>
          Choose them again
        </Button>
      }
    >
      <strong>
        {what} {names.length === 1 ? 'was' : 'were'} not kept on this device.
      </strong>
      <p>Mapping, split and results are here. Drop the same files again to look at samples and to evaluate.</p>
    </Banner>
  );
}
