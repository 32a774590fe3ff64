/**
 * Original and variants as aligned bars, drawn from a layout. Every number opens its evidence. recharts has one scale
 * and one label for each bar. Here each column has its own scale, and names wrap. A mark is a button with a value, an
 * interval, a reference and a verdict.
 */
import { Popover } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { EvidenceBody } from '../Evidence';
import { splitUnit } from '../split-unit';
import { tonePaths } from '../ToneIcon';
import classes from './ComparisonChart.module.css';
import { barHeight, layOutComparison, type PlacedColumn, type PlacedMark } from './comparison-layout';
import type { ComparisonModel } from './comparison-model';
import { cutName, wrapName } from './wrap-text';

interface Anchor {
  readonly placed: PlacedMark;
  readonly element: SVGElement;
}

export function ComparisonChart({ model }: { readonly model: ComparisonModel }) {
  const { ref, width } = useElementSize();
  const [anchor, setAnchor] = useState<Anchor | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const layout = layOutComparison(model, Math.max(280, Math.floor(width)));
  const close = (): void => {
    anchor?.element.focus();
    setIsOpen(false);
  };
  return (
    <div ref={ref} className={classes.box}>
      {width === 0 ? null : (
        <svg
          width={layout.width}
          height={layout.height}
          role="group"
          aria-label={model.title}
          className={classes.chart}
        >
          {layout.columns.map((column) => (
            <ColumnHead key={column.column.id} placed={column} stacked={layout.stacked} />
          ))}
          {layout.names.map(({ row, y }) => (
            <RowName key={`${row.id} ${y}`} name={row.name} color={row.color} y={y} />
          ))}
          {layout.marks.map((placed) => (
            <Mark
              key={placed.key}
              placed={placed}
              open={isOpen && anchor?.placed.key === placed.key}
              onOpen={(element) => {
                setAnchor({ placed, element });
                setIsOpen(true);
              }}
            />
          ))}
        </svg>
      )}
      <EvidencePopover anchor={anchor} opened={isOpen} onClose={close} />
    </div>
  );
}

function ColumnHead({ placed, stacked }: { readonly placed: PlacedColumn; readonly stacked: boolean }) {
  const { column, x, y, width } = placed;
  return (
    <g aria-hidden="true">
      <text className={classes.columnTitle} x={x} y={y + 12}>
        {clip(stacked ? column.longTitle : column.title, width, 7.6)}
      </text>
      <text className={classes.note} x={x} y={y + 29}>
        {clip(column.note, width, 6.2)}
      </text>
      {stacked ? null : <line className={classes.rule} x1={x} x2={x + width} y1={y + 40} y2={y + 40} />}
    </g>
  );
}

function RowName({ name, color, y }: { readonly name: string; readonly color: string; readonly y: number }) {
  const lines = wrapName(name, 18, 2);
  return (
    <g aria-hidden="true">
      <circle cx={5} cy={y + 10} r={5} fill={color} />
      <text className={classes.name} x={18} y={y + 14}>
        {lines.map((line, index) => (
          <tspan key={line + String(index)} x={18} dy={index === 0 ? 0 : 17}>
            {line}
          </tspan>
        ))}
        <title>{name}</title>
      </text>
    </g>
  );
}

interface MarkProps {
  readonly placed: PlacedMark;
  readonly open: boolean;
  readonly onOpen: (element: SVGElement) => void;
}

function Mark({ placed, open, onOpen }: MarkProps) {
  const hit = useRef<SVGRectElement>(null);
  const { mark, row, column, x, y, width, showName } = placed;
  const name = `${row.name}, ${column.longTitle}: ${mark.exact}`;
  const content = (
    <>
      <MarkBar placed={placed} />
      {showName ? (
        <>
          <text className={classes.name} x={x} y={placed.labelY}>
            {cutName(row.name, Math.max(4, Math.floor((width * 0.6) / 6.8)))}
          </text>
          <text className={classes.value} x={x + width} y={placed.labelY} textAnchor="end" data-state={mark.state}>
            <ValueText label={mark.label} />
          </text>
        </>
      ) : (
        <text className={classes.value} x={x} y={placed.labelY} data-state={mark.state}>
          <ValueText label={mark.label} />
          {mark.beside === undefined ? null : (
            <tspan className={classes.unit} dx={6}>
              {mark.beside}
            </tspan>
          )}
        </text>
      )}
      <MarkDetail placed={placed} />
    </>
  );
  if (mark.evidence === null) {
    return (
      <g role="img" aria-label={name} data-stale={mark.stale} className={classes.mark}>
        {content}
      </g>
    );
  }
  return (
    <g data-stale={mark.stale} data-opens className={classes.mark} onClick={() => hit.current && onOpen(hit.current)}>
      {/* If the drawn name may be cut, the accessible name is complete. The drawn name is then no part of the button. */}
      <rect
        ref={hit}
        role="button"
        tabIndex={0}
        aria-label={`${name}. How was this measured?`}
        aria-expanded={open}
        className={classes.hit}
        data-page-only=""
        {...{ x: x - 6, y: y - 4, width: width + 12, height: 58, rx: 6 }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onOpen(event.currentTarget);
        }}
      />
      <g aria-hidden="true">{content}</g>
    </g>
  );
}

function MarkBar({ placed }: { readonly placed: PlacedMark }) {
  const { mark, row, x, width, barY, barWidth, interval, referenceX } = placed;
  const middle = barY + barHeight / 2;
  return (
    <>
      <rect className={classes.track} x={x} y={barY} width={width} height={barHeight} rx={2} />
      {barWidth === 0 ? null : (
        <rect
          className={classes.bar}
          data-wrong={mark.tone === 'invalid'}
          x={x}
          y={barY}
          width={barWidth}
          height={barHeight}
          rx={2}
          fill={row.color}
        />
      )}
      {referenceX === null ? null : (
        <line className={classes.reference} x1={referenceX} x2={referenceX} y1={barY - 3} y2={barY + barHeight + 3} />
      )}
      {interval === null ? null : (
        <>
          <path className={classes.halo} d={whisker(interval, middle)} />
          <path className={classes.whisker} d={whisker(interval, middle)} />
        </>
      )}
    </>
  );
}

function MarkDetail({ placed }: { readonly placed: PlacedMark }) {
  const { mark, x, width, detailY, showName } = placed;
  // A label with a name beside it has room for the detail below.
  const detail = showName && mark.beside !== undefined ? `${mark.detail}, ${mark.beside}` : mark.detail;
  const indent = mark.tone === null ? 0 : 14;
  return (
    <>
      {mark.tone === null ? null : (
        <path
          className={classes.icon}
          data-tone={mark.tone}
          d={tonePaths[mark.tone]}
          fillRule="evenodd"
          transform={`translate(${x} ${detailY - 9}) scale(0.82)`}
        />
      )}
      <text className={classes.detail} data-tone={mark.tone ?? 'none'} x={x + indent} y={detailY}>
        {clip(detail, width - indent, 6.3)}
      </text>
    </>
  );
}

/** The unit is smaller and lighter than its number. */
function ValueText({ label }: { readonly label: string }) {
  const [value, unit] = splitUnit(label);
  return (
    <>
      {value}
      {unit === '' ? null : <tspan className={classes.unit}>{unit}</tspan>}
    </>
  );
}

interface EvidencePopoverProps {
  readonly anchor: Anchor | null;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function EvidencePopover({ anchor, opened, onClose }: EvidencePopoverProps) {
  const evidence = anchor?.placed.mark.evidence;
  if (anchor == null || evidence == null) return null;
  const { x, barY } = anchor.placed;
  return (
    <Popover
      opened={opened}
      onDismiss={onClose}
      onClose={onClose}
      width={320}
      position="bottom-start"
      trapFocus
      withRoles={false}
    >
      <Popover.Target>
        <span className={classes.anchor} style={{ left: x, top: barY }} />
      </Popover.Target>
      <Popover.Dropdown
        className={classes.dropdown}
        role="dialog"
        aria-label={`How was this measured? ${evidence.title}`}
      >
        <EvidenceBody {...evidence} />
      </Popover.Dropdown>
    </Popover>
  );
}

function whisker([low, high]: readonly [number, number], middle: number): string {
  return `M${low} ${middle - 4}v8M${low} ${middle}H${high}M${high} ${middle - 4}v8`;
}

/** SVG text does not wrap or clip by itself; the full text is in the mark's name and in the table. */
function clip(text: string, width: number, characterWidth: number): string {
  const most = Math.max(4, Math.floor(width / characterWidth));
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
