/** Every node of the selected model as a row: what it is, what it costs, and why it was left alone. */
import { Button, TextInput } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { formatCount, formatCounted, formatShortCount } from '../../../../engine/report/format';
import { saveBlob } from '../../../platform/save-blob';
import { selectSelectedVariant } from '../../../state/selectors';
import { useDescription } from '../../../state/use-description';
import { useWorkspace } from '../../../state/use-stores';
import { DescriptionState } from '../../components/DescriptionState';
import { DownloadIcon, SearchIcon } from '../../components/icons';
import { filterRows, layerRows, layersCsv, sortRows, totalsOf, type LayerOrder, type LayerRow } from './layer-rows';
import { LayersTable } from './LayersTable';
import classes from './LayersView.module.css';

const noPasses: never[] = [];

export function LayersView() {
  const variant = useWorkspace(selectSelectedVariant);
  const selected = useWorkspace((state) => state.selected);
  const opened = useWorkspace((state) => state.original?.inspection ?? null);
  const entry = useDescription(selected);
  const [query, setQuery] = useState('');
  const [order, setOrder] = useState<LayerOrder>({ column: 'number', descending: false });
  const filter = useDeferredValue(query);
  const description = entry?.description ?? null;
  const inspection = description?.inspection ?? variant?.inspection ?? opened;
  const rows = useMemo(() => {
    if (inspection === null) return [];
    return layerRows(inspection, description?.graphs ?? [], variant?.optimization.passes ?? noPasses);
  }, [inspection, description, variant]);
  const shown = useMemo(() => sortRows(filterRows(rows, filter), order), [rows, filter, order]);
  if (inspection === null) return null;
  const name = inspection.file.name;
  return (
    <section className={classes.view} aria-label="Layers">
      <DescriptionState id={selected} entry={entry} />
      <div className={classes.bar}>
        <TextInput
          className={classes.filter}
          aria-label="Filter by operator, name or shape"
          placeholder="Filter: conv 64×112"
          leftSection={<SearchIcon />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <Totals rows={shown} all={rows.length} macs={filter.trim() === '' ? inspection.macs : undefined} />
        <Button
          variant="default"
          leftSection={<DownloadIcon />}
          onClick={() => saveBlob(new Blob([layersCsv(shown)], { type: 'text/csv' }), `${name}.layers.csv`)}
        >
          CSV
        </Button>
      </div>
      <LayersTable rows={shown} order={order} onOrder={setOrder} showsReasons={variant !== null} />
      {shown.length === 0 ? <p className={classes.none}>No node has all of these words. Try fewer.</p> : null}
    </section>
  );
}

interface TotalsProps {
  readonly rows: readonly LayerRow[];
  readonly all: number;
  /** Of the whole model, where every row is shown. */
  readonly macs: number | null | undefined;
}

function Totals({ rows, all, macs }: TotalsProps) {
  const totals = useMemo(() => totalsOf(rows), [rows]);
  const shownMacs = macs === undefined ? totals.macs : macs;
  const count = rows.length === all ? formatCounted(all, 'node') : `${formatCount(rows.length)} of ${formatCount(all)}`;
  return (
    <p className={classes.totals} role="status" data-testid="layer-totals">
      <strong>{count}</strong>
      <span>{formatShortCount(totals.parameters)} parameters</span>
      <span>{shownMacs === null ? 'multiply-adds not known' : `${formatShortCount(shownMacs)} multiply-adds`}</span>
    </p>
  );
}
