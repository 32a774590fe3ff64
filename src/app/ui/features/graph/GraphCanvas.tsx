/** One graph on a canvas that pans, zooms and selects, by pointer and by keyboard. */
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react';
import type { Camera } from './camera';
import { Minimap } from './Minimap';
import type { GraphLook } from './draw-graph';
import { GraphPainter } from './graph-painter';
import { readPalette, type Palette } from './graph-palette';
import { itemAt, neighborOf, type Direction, type Scene } from './graph-scene';
import classes from './GraphView.module.css';
import { followPointers } from './follow-pointers';

export interface GraphCanvasProps {
  readonly scene: Scene;
  readonly look: Omit<GraphLook, 'palette'>;
  /** True if the selection belongs to this graph: others then follow it there. */
  readonly leads: boolean;
  /** CSS variable of the model's color. */
  readonly mark: string;
  readonly label: string;
  readonly describedBy: string;
  readonly onSelect: (index: number | null) => void;
  /** Enter, or a double click: the details of a node, or the graph inside it. */
  readonly onOpen: (index: number) => void;
  /** Space: expands a block, or collapses the one around a node. */
  readonly onToggle: (index: number) => void;
  /** Leaves a graph inside another on Escape, if nothing is selected. `null` if no graph is around it. */
  readonly onLeave: (() => void) | null;
  readonly onSearch: () => void;
  /** Fits this graph and those beside it, each as a whole. */
  readonly onFit: () => void;
  readonly onMove?: (painter: GraphPainter) => void;
  readonly ref?: Ref<GraphPainter | null>;
}

const directions: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

export function GraphCanvas(props: GraphCanvasProps) {
  const { scene, look, mark, label, describedBy, ref } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [painter, setPainter] = useState<GraphPainter | null>(null);
  const [camera, setCamera] = useState<Camera | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const created = new GraphPainter(element, (moved, isOwn) => {
      setCamera(moved);
      if (isOwn) latest.current.onMove?.(created);
    });
    const observer = new ResizeObserver(([entry]) => {
      if (entry) created.resize(entry.contentRect);
    });
    observer.observe(element);
    const stopFollowing = followPointers(element, created, {
      select: (x, y) => latest.current.onSelect(pick(created, x, y)),
      open: (x, y) => {
        const index = pick(created, x, y);
        if (index !== null) latest.current.onOpen(index);
      },
    });
    setPainter(created);
    return () => {
      observer.disconnect();
      stopFollowing();
      created.end();
    };
  }, []);
  useImperativeHandle(ref, () => painter!, [painter]);
  useEffect(() => {
    painter?.setScene(scene, latest.current.look.selected, latest.current.leads);
  }, [painter, scene]);
  const palette = usePalette(canvas, mark);
  useEffect(() => {
    if (palette !== null) painter?.setLook({ ...look, palette });
  }, [painter, palette, look]);
  return (
    <div className={classes.frame}>
      <canvas
        ref={canvas}
        className={classes.canvas}
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby={describedBy}
        onKeyDown={(event) => answerKey(event, painter, latest.current)}
      />
      {painter === null || camera === null || palette === null ? null : (
        <Minimap scene={scene} colors={look.colors} palette={palette} camera={camera} painter={painter} />
      )}
    </div>
  );
}

function pick(painter: GraphPainter, x: number, y: number): number | null {
  const point = painter.toGraph(x, y);
  return painter.scene === null ? null : itemAt(painter.scene, point.x, point.y);
}

/** The colors of the theme; read again when it changes. */
function usePalette(canvas: React.RefObject<HTMLCanvasElement | null>, mark: string): Palette | null {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const [read, setRead] = useState<{ readonly scheme: string; readonly palette: Palette } | null>(null);
  useEffect(() => {
    // The attribute that the variables hang on is set after this render.
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) setRead({ scheme, palette: readPalette(canvas.current, mark) });
    });
    return () => cancelAnimationFrame(frame);
  }, [canvas, scheme, mark]);
  return read?.palette ?? null;
}

/** Keys that the canvas does not know go on to the shortcuts of the window. */
function answerKey(event: KeyboardEvent, painter: GraphPainter | null, props: GraphCanvasProps): void {
  if (painter === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const answer = answerTo(event.key, painter, props);
  if (answer === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  answer();
}

function answerTo(
  key: string,
  painter: GraphPainter,
  { scene, look, onSelect, onOpen, onToggle, onLeave, onSearch, onFit }: GraphCanvasProps,
): (() => void) | undefined {
  const { selected } = look;
  const direction = directions[key];
  if (direction !== undefined) return () => onSelect(selected === null ? 0 : neighborOf(scene, selected, direction));
  switch (key) {
    case '+':
    case '=':
      return () => painter.zoom(1.25, true);
    case '-':
      return () => painter.zoom(0.8, true);
    case '0':
      return onFit;
    case '/':
      return onSearch;
    case 'Home':
      return () => onSelect(0);
    case 'End':
      return () => onSelect(scene.items.length - 1);
    case 'Enter':
      return selected === null ? undefined : () => onOpen(selected);
    case ' ':
      return selected === null ? undefined : () => onToggle(selected);
    case 'Escape':
      return selected === null ? (onLeave ?? undefined) : () => onSelect(null);
    default:
      return undefined;
  }
}
