/** The whole graph in a corner, with what is in view; a click goes there. Tall graphs are squeezed: it is for finding one's way. */
import { useEffect, useRef, type PointerEvent } from 'react';
import type { Camera } from './camera';
import { fillShares } from './fill-shares';
import type { GraphPainter } from './graph-painter';
import type { Palette } from './graph-palette';
import type { Scene } from './graph-scene';
import classes from './GraphView.module.css';
import type { NodeColor } from './node-colors';

interface MinimapProps {
  readonly scene: Scene;
  readonly colors: readonly NodeColor[];
  readonly palette: Palette;
  readonly camera: Camera;
  readonly painter: GraphPainter;
}

const longest = 150;
const shortest = 44;

export function Minimap({ scene, colors, palette, camera, painter }: MinimapProps) {
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
