/** The frame of every chart: a title that states the content and its basis, the numbers as a table, and the exports. */
import { type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import { notify } from '../../../state/window/app-store';
import { saveBlob } from '../../../platform/save-blob';
import classes from './chart.module.css';
import { type ChartTableData, chartTableToCsv } from './chart-table';
import { chartToSvg, svgToPng } from './export-chart';

interface ChartFrameProps {
  readonly title: string;
  readonly subtitle: string;
  readonly table: ChartTableData;
  /** The name of the exported files, without ending. */
  readonly fileName: string;
  /** A heading of the page's outline; the title is plain text inside panels that have their own. */
  readonly heading?: boolean;
  readonly children: ReactNode;
}

export function ChartFrame({
  title,
  subtitle,
  table,
  fileName: wantedName,
  heading = true,
  children,
}: ChartFrameProps) {
  const body = useRef<HTMLDivElement>(null);
  useNoTabStops(body);
  const fileName = wantedName.replaceAll(/[^\w.+-]+/g, '_');
  const [tableOpen, setTableOpen] = useState(false);

  const drawnSvg = (): string | null => {
    const chart = body.current?.querySelector('svg');
    return chart == null ? null : chartToSvg(chart, { title, subtitle });
  };
  const savePicture = async (kind: 'svg' | 'png'): Promise<void> => {
    const svg = drawnSvg();
    if (svg === null) return;
    try {
      const blob = kind === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : await svgToPng(svg);
      saveBlob(blob, `${fileName}.${kind}`);
    } catch {
      notify('This browser could not draw the picture. The SVG and the CSV hold the same chart.', { kind: 'problem' });
    }
  };
  const saveCsv = (): void => {
    saveBlob(new Blob([chartTableToCsv(table)], { type: 'text/csv' }), `${fileName}.csv`);
  };

  const Title = heading ? 'h2' : 'h3';
  return (
    <figure>
      <figcaption className={classes.caption}>
        <Title className={classes.title}>{title}</Title>
        <p className={classes.subtitle}>{subtitle}</p>
      </figcaption>
      <div ref={body}>{children}</div>
      <div className={classes.actions}>
        <button type="button" aria-expanded={tableOpen} onClick={() => setTableOpen((open) => !open)}>
          {tableOpen ? 'Hide table' : 'As table'}
        </button>
        <span className={classes.exports}>
          <button type="button" onClick={() => void savePicture('png')} aria-label={`Save as PNG: ${title}`}>
            PNG
          </button>
          <button type="button" onClick={() => void savePicture('svg')} aria-label={`Save as SVG: ${title}`}>
            SVG
          </button>
          <button type="button" onClick={saveCsv} aria-label={`Save as CSV: ${title}`}>
            CSV
          </button>
        </span>
      </div>
      {tableOpen ? <ChartTable caption={title} table={table} /> : null}
    </figure>
  );
}

/** The chart library draws into layers that React listens on, and Chromium stops at every SVG element that listens for the focus. */
function useNoTabStops(body: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const settle = (): void => {
      const layers = element.querySelectorAll('g[class^="recharts-zIndex-layer"]:not([tabindex])');
      for (const layer of layers) layer.setAttribute('tabindex', '-1');
    };
    settle();
    const observer = new MutationObserver(settle);
    observer.observe(element, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [body]);
}

interface ChartTableProps {
  readonly caption: string;
  readonly table: ChartTableData;
}

/** Scrolls sideways inside its own box where it is wider than the page. */
function ChartTable({ caption, table }: ChartTableProps) {
  const shown = table.columns.flatMap((column, index) => (column.fileOnly ? [] : [{ title: column.title, index }]));
  return (
    <div className={classes.tableBox} tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {shown.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, rowIndex) => (
            <tr key={`${rowIndex} ${row[0]?.text ?? ''}`}>
              {shown.map(({ title, index }) =>
                index === 0 ? (
                  <th key={title} scope="row">
                    {row[0]?.text}
                  </th>
                ) : (
                  <td key={title}>{row[index]?.text}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
