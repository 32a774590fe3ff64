/** The report in view and others in one table: devices × variants. Loaded when it is opened. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { formatCsv } from '../../../../engine/report/csv';
import { describeBest, matrixToMarkdown, tabulateMatrix } from '../../../../engine/report/describe-matrix';
import { deviceMatrix, type DeviceMatrix } from '../../../../engine/report/device-matrix';
import { tabulateMatrixSweeps, type MatrixSweepTable } from '../../../../engine/report/matrix-sweeps';
import type { Report } from '../../../../engine/report/report-schema';
import { pickFiles } from '../../../platform/pick-files';
import { saveBlob } from '../../../platform/save-blob';
import {
  addReportFiles,
  addReportLinks,
  otherReportsStore,
  removeOtherReports,
} from '../../../state/report/other-reports';
import { ScrollTable } from '../../components/ScrollTable';

export default function OtherDevices({ report }: { readonly report: Report }) {
  const others = useStore(otherReportsStore, (state) => state.reports);
  const matrix = useMemo(() => deviceMatrix([{ source: 'this report', report }, ...others]), [report, others]);
  const swept = tabulateMatrixSweeps(matrix.sweeps);
  return (
    <Stack gap={12} mt={12}>
      <AddReports hasOthers={others.length > 0} />
      <Text data-testid="matrix-best">{describeBest(matrix)}</Text>
      {matrix.devices.length === 0 ? null : <Table matrix={matrix} />}
      <SweepTables tables={swept} />
      {matrix.devices.length === 0 && swept.length === 0 ? null : <SaveButtons matrix={matrix} />}
      {matrix.apart.length === 0 ? null : (
        <div>
          <h3>Kept apart</h3>
          <ul>
            {matrix.apart.map(({ source, reason }, index) => (
              <li key={`${index} ${source}`}>
                {source}: {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Stack>
  );
}

function AddReports({ hasOthers }: { readonly hasOthers: boolean }) {
  const [text, setText] = useState('');
  const addLinks = (): void => {
    setText('');
    void addReportLinks(text);
  };
  return (
    <Group gap={8} align="end">
      <Button variant="default" onClick={() => void pickFiles('.json').then(addReportFiles)}>
        Add report files
      </Button>
      <form
        style={{ display: 'flex', gap: 8, flex: '1 1 240px' }}
        onSubmit={(event) => {
          event.preventDefault();
          addLinks();
        }}
      >
        <TextInput
          aria-label="Links of reports"
          placeholder="or paste links"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          style={{ flex: 1 }}
        />
        <Button type="submit" variant="default" disabled={text.trim() === ''}>
          Add
        </Button>
      </form>
      {hasOthers ? (
        <Button variant="subtle" onClick={removeOtherReports}>
          Remove added
        </Button>
      ) : null}
    </Group>
  );
}

function Table({ matrix }: { readonly matrix: DeviceMatrix }) {
  const { columns, rows } = tabulateMatrix(matrix);
  return (
    <ScrollTable
      label="Devices and variants"
      caption="Time of the original divided by the time of the variant, with a 95 % interval, for each device"
      columns={columns.map((name, index) => ({
        name: columns.indexOf(name) === index ? name : `${name} (${index - 2})`,
      }))}
      rows={rows.map(([name = '', ...cells]) => ({ name, cells }))}
    />
  );
}

/** Settings that more than one device measured. */
function SweepTables({ tables }: { readonly tables: readonly MatrixSweepTable[] }) {
  return tables.map(({ title, columns, rows }, index) => (
    <div key={`${index} ${title}`}>
      <h3>{title}</h3>
      <ScrollTable
        label={title}
        caption={`${title}, for each device`}
        columns={columns.map((name) => ({ name }))}
        rows={rows.map(([name = '', ...cells]) => ({ name, cells }))}
      />
    </div>
  ));
}

function SaveButtons({ matrix }: { readonly matrix: DeviceMatrix }) {
  const { columns, rows } = tabulateMatrix(matrix);
  const save = (text: string, type: string, ending: string): void =>
    saveBlob(new Blob([text], { type }), `devices.${ending}`);
  return (
    <Group gap={4} role="group" aria-label="Save the table">
      <Text span c="dimmed">
        Save as
      </Text>
      <Button variant="subtle" fw={400} px={8} onClick={() => save(matrixToMarkdown(matrix), 'text/markdown', 'md')}>
        Markdown
      </Button>
      <Button variant="subtle" fw={400} px={8} onClick={() => save(formatCsv([columns, ...rows]), 'text/csv', 'csv')}>
        CSV
      </Button>
      <Button
        variant="subtle"
        fw={400}
        px={8}
        onClick={() => save(`${JSON.stringify(matrix, null, 2)}\n`, 'application/json', 'json')}
      >
        JSON
      </Button>
    </Group>
  );
}
