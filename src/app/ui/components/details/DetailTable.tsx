/** A table of any pass, a page at a time; the first column of shares has bars. */
import { Button } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import type { DetailRow, TableDetail } from '../../../../engine/passes/pass-details';
import { formatDetailValue, isNumericUnit } from '../../../../engine/report/describe-detail';
import { formatCount, formatCounted } from '../../../../engine/format';
import type { GlossaryTerm } from '../../../../engine/glossary';
import { ShareBar } from '../BarTable';
import { ScrollTable } from '../ScrollTable';
import { Term } from '../Term';
import classes from './PassDetailsView.module.css';

const rowsOfPage = 50;

/** Of columns that passes give, those that a newcomer may not know. */
const columnTerms: Readonly<Record<string, { readonly term: GlossaryTerm }>> = {
  'Weight error': { term: 'dB' },
  'Output error': { term: 'dB' },
  'SQNR of rounding': { term: 'SQNR' },
  Divergence: { term: 'KL divergence' },
};

export function DetailTable({ detail }: { readonly detail: TableDetail }) {
  const { title, columns, rows, total, leftOutRows = 0 } = detail;
  const [page, setPage] = useState(0);
  const id = useId();
  const first = page * rowsOfPage;
  const barColumn = columns.findIndex(({ unit }) => unit === 'share');
  return (
    <section className={classes.detail} aria-labelledby={id}>
      <h4 id={id}>{title}</h4>
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
        <p className={classes.note}>The report has no room for {formatCounted(leftOutRows, 'more row')}.</p>
      )}
    </section>
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
    <nav className={classes.pages} aria-label={`Pages of ${title}`}>
      <Button variant="default" size="compact-sm" disabled={page === 0} onClick={() => onTurn(page - 1)}>
        Previous
      </Button>
      <span role="status">
        {formatCount(from)}–{formatCount(to)} of {formatCount(rows)}
      </span>
      <Button variant="default" size="compact-sm" disabled={page === last} onClick={() => onTurn(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
