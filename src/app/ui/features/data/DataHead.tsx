/** Describes the data: its name and size in one line, its fields, and what a person should know about it. */
import { Button, Group, List, Menu, Stack, Text } from '@mantine/core';
import { titleOfFormat } from '../../../../engine/data/data-formats';
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
import { describeField } from './describe-data';

export function DataHead({ data }: { readonly data: WorkData }) {
  const { evaluation, calibration } = data;
  return (
    <Stack component="header" gap={8}>
      <Group justify="space-between" gap="8px 12px">
        <Text component="h1" miw={0} style={{ overflowWrap: 'anywhere' }}>
          Data{' '}
          <Text span inherit fw={400} c="dimmed">
            {evaluation.description.name}
          </Text>
        </Text>
        <SourceMenu hasCalibration={calibration !== null} />
      </Group>
      <p>
        {factsOf(evaluation)}
        {data.mapping.labels === null ? ' · no labels: compares answers with the original' : null}
      </p>
      <Fields source={evaluation} />
      <Notes notes={evaluation.description.notes} />
      {calibration === null ? null : (
        <p>
          <Term name="Calibration" />: {calibration.description.name}, {factsOf(calibration)}
          {usedShare(splitCounts(data).calibration, calibration)}
        </p>
      )}
      {calibratesOnSameFiles(data) ? (
        <Banner kind="notice">
          Calibration and evaluation use the same files. The split keeps their samples apart.
        </Banner>
      ) : null}
      <MissingFiles data={data} />
    </Stack>
  );
}

function factsOf({ description }: DataSource): string {
  const { samples, format, sizeBytes, tokenizer } = description;
  const facts = [formatCounted(samples, 'sample'), titleOfFormat(format), formatBytes(sizeBytes)];
  if (tokenizer !== undefined) facts.push(`${tokenizer.name}, ${formatCounted(tokenizer.vocabularySize, 'token')}`);
  return facts.join(' · ');
}

function usedShare(count: number, { description: { samples } }: DataSource): string | null {
  return count < samples ? ` · ${formatCount(count)} used` : null;
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
        <Menu.Item onClick={() => void chooseData('calibration')}>Choose calibration files</Menu.Item>
        {hasCalibration ? <Menu.Item onClick={removeCalibrationData}>Calibrate on part of this data</Menu.Item> : null}
        <Menu.Divider />
        <Menu.Item onClick={commandById('remove-data').perform}>Remove data</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Fields({ source }: { readonly source: DataSource }) {
  return (
    <Group component="ul" gap="4px 16px" fz="xs" c="dimmed" aria-label="Fields of every sample">
      {source.description.fields.map((field) => (
        <Text key={field.name} component="li" inherit>
          <strong>{field.name}</strong> {describeField(field)}
        </Text>
      ))}
    </Group>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <List size="xs" c="dimmed">
      {notes.map((note) => (
        <List.Item key={note}>{note}</List.Item>
      ))}
    </List>
  );
}

/** Shown for restored work whose data was too large to be kept, or whose disk was cleared. */
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
          Choose files
        </Button>
      }
    >
      <strong>
        {what} {names.length === 1 ? 'is' : 'are'} no longer on this device.
      </strong>
      <p>Mapping, split and results are kept. Choose the same files to evaluate again.</p>
    </Banner>
  );
}
