/** One graph on a canvas that pans, zooms and selects, by pointer and by keyboard. */
import { useComputedColorScheme } from '@mantine/core';
import {
  type KeyboardEvent,
  type PointerEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import type { Camera } from './camera';
import type { GraphLook } from './draw-graph';
import { GraphPainter } from './graph-painter';
import { type Palette, readPalette } from './graph-palette';
import { type Direction, itemAt, neighborOf, type Scene } from './graph-scene';
import classes from './GraphView.module.css';
import { followPointers } from './follow-pointers';
import { fillShares } from './fill-shares';
import type { NodeColor } from './node-colors';

/** The whole graph in a corner, with what is in view; a click goes there. Tall graphs are squeezed: it is for finding one's way. */
interface MinimapProps {
  readonly scene: Scene;
  readonly colors: readonly NodeColor[];
  readonly palette: Palette;
  readonly camera: Camera;
  readonly painter: GraphPainter;
}

const longest = 150;
const shortest = 44;

function Minimap({ scene, colors, palette, camera, painter }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = mapSize(scene);
  const [scaleX, scaleY] = [width / scene.layout.width, height / scene.layout.height];
  const { size } = painter;
  const isWholeInSight =
    size.width / camera.zoom >= scene.layout.width && size.height / camera.zoom >= scene.layout.height;
  useEffect(() => {
    if (!isWholeInSight && canvas.current !== null) drawMap(canvas.current, scene, colors, palette);
  }, [scene, colors, palette, isWholeInSight]);
  if (isWholeInSight) return null;
  const goTo = (event: PointerEvent<HTMLElement>): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    painter.centerAt((event.clientX - box.left) / scaleX, (event.clientY - box.top) / scaleY);
  };
  return (
    // The keys of the canvas go everywhere that this leads to.
    <div className={classes.map} style={{ width, height }} aria-hidden="true" onPointerDown={goTo} onPointerMove={goTo}>
      <canvas ref={canvas} className={classes.mapCanvas} />
      <div
        className={classes.mapView}
        style={{
          left: Math.max(0, camera.x * scaleX),
          top: Math.max(0, camera.y * scaleY),
          width: Math.max(6, Math.min(width, (size.width / camera.zoom) * scaleX)),
          height: Math.max(6, Math.min(height, (size.height / camera.zoom) * scaleY)),
        }}
      />
    </div>
  );
}

function mapSize({ layout }: Scene): { readonly width: number; readonly height: number } {
  const ratio = layout.width / Math.max(1, layout.height);
  return ratio > 1
    ? { width: longest, height: Math.max(shortest, longest / ratio) }
    : { width: Math.max(shortest, longest * ratio), height: longest };
}

function drawMap(canvas: HTMLCanvasElement, scene: Scene, colors: readonly NodeColor[], palette: Palette): void {
  const { width, height } = mapSize(scene);
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  const context = canvas.getContext('2d', { alpha: false })!;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const { layout, items } = scene;
  const [scaleX, scaleY] = [canvas.width / layout.width, canvas.height / layout.height];
  items.forEach((item, index) => {
    const [left, top] = [layout.left[index]! * scaleX, layout.top[index]! * scaleY];
    const [mapWidth, mapHeight] = [Math.max(1, item.width * scaleX), Math.max(1, item.height * scaleY)];
    fillShares(context, colors[index]!, palette, [left, top, mapWidth, mapHeight]);
  });
}

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
