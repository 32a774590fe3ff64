/** A table of any pass, a page at a time; the first column of shares has bars. */
import { Button, Group, Stack, Text } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import type { DetailRow, TableDetail } from '../../../../engine/passes/pass-details';
import { formatDetailValue, isNumericUnit } from '../../../../engine/report/describe-detail';
import { formatCount, formatCounted } from '../../../../engine/format';
import type { GlossaryTerm } from '../../../../engine/glossary';
import { ShareBar } from '../BarTable';
import { Note } from '../Note';
import { ScrollTable } from '../ScrollTable';
import { Term } from '../Term';

const rowsOfPage = 50;

/** Terms that explain columns of passes to a newcomer. */
const columnTerms: Readonly<Record<string, { readonly term: GlossaryTerm }>> = {
  'Weight error': { term: 'dB' },
  'Output error': { term: 'dB' },
  'SQNR of rounding': { term: 'SQNR' },
  Divergence: { term: 'KL divergence' },
  Layer: { term: 'Layer' },
};

export function DetailTable({ detail }: { readonly detail: TableDetail }) {
  const { title, columns, rows, total, leftOutRows = 0 } = detail;
  const [page, setPage] = useState(0);
  const id = useId();
  const first = page * rowsOfPage;
  const barColumn = columns.findIndex(({ unit }) => unit === 'share');
  return (
    <Stack component="section" gap={8} miw={0} aria-labelledby={id}>
      <Text component="h4" fw={600} id={id}>
        {title}
      </Text>
      <ScrollTable
        label={title}
        caption={title}
        columns={[
          ...columns.map(({ label, unit }) => ({ name: label, isNumeric: isNumericUnit(unit), ...columnTerms[label] })),
          ...(barColumn === -1 ? [] : [{ name: '' }]),
        ]}
        rows={[
          ...rows.slice(first, first + rowsOfPage).map((row) => shownRow(detail, row, barColumn)),
          ...(total === undefined ? [] : [{ ...shownRow(detail, total, -1), name: 'Total' }]),
        ]}
      />
      {rows.length > rowsOfPage ? <Pages page={page} rows={rows.length} title={title} onTurn={setPage} /> : null}
      {leftOutRows === 0 ? null : (
        <Note>{formatCounted(leftOutRows, 'more row')} not in the report, to keep it small.</Note>
      )}
    </Stack>
  );
}

function shownRow({ columns }: TableDetail, row: DetailRow, barColumn: number): { name: string; cells: ReactNode[] } {
  const [name = '', ...cells] = columns.map(({ unit }, index) => formatDetailValue(row[index] ?? null, unit));
  const share = barColumn === -1 ? null : row[barColumn];
  return {
    name,
    cells: [
      ...cells.map((text) => (text === 'GPTQ' ? <Term name="GPTQ" key={text} /> : text)),
      ...(typeof share === 'number' ? [<ShareBar key="share" share={share} />] : []),
    ],
  };
}

interface PagesProps {
  readonly page: number;
  readonly rows: number;
  readonly title: string;
  readonly onTurn: (page: number) => void;
}

function Pages({ page, rows, title, onTurn }: PagesProps) {
  const last = Math.ceil(rows / rowsOfPage) - 1;
  const [from, to] = [page * rowsOfPage + 1, Math.min(rows, (page + 1) * rowsOfPage)];
  return (
    <Group component="nav" gap={12} aria-label={`Pages of ${title}`}>
      <Button variant="default" size="compact-sm" disabled={page === 0} onClick={() => onTurn(page - 1)}>
        Previous
      </Button>
      <span role="status">
        {formatCount(from)}–{formatCount(to)} of {formatCount(rows)}
      </span>
      <Button variant="default" size="compact-sm" disabled={page === last} onClick={() => onTurn(page + 1)}>
        Next
      </Button>
    </Group>
  );
}
