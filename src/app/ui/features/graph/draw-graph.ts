/** Draws the visible part of a scene. Invisible parts cost nothing, and unreadable parts are left out. */
import type { Camera, Size } from './camera';
import { fillShares } from './fill-shares';
import { groundOf, smallTextOn, type Palette } from './graph-palette';
import { fontOf, layersBetween, lineHeight, paddingX, paddingY, titleHeight, type Scene } from './graph-scene';
import type { NodeColor } from './node-colors';

/** The difference of an item between two models. */
export type DifferenceMark = 'only-here' | 'changed';

export interface GraphLook {
  readonly palette: Palette;
  /** The color of every item. */
  readonly colors: readonly NodeColor[];
  readonly marks: ReadonlyMap<number, DifferenceMark>;
  /** The sign on an item that only this side has. */
  readonly onlyHereSign: '+' | '−';
  readonly selected: number | null;
  readonly hits: ReadonlySet<number>;
}

/** The zooms from which titles, the lines below, curves instead of straight lines, and edges are drawn. */
const titleZoom = 0.4;
const linesZoom = 0.6;
const curveZoom = 0.25;
const edgeZoom = 0.02;
/** The size of the bar of classes in a block. */
const [barHeight, barInset] = [4, 6];
/** Items never get smaller than this many pixels. */
const leastPixels = 1.5;

interface View {
  readonly scene: Scene;
  readonly look: GraphLook;
  readonly camera: Camera;
  readonly left: number;
  readonly right: number;
  readonly firstLayer: number;
  readonly lastLayer: number;
}

export function drawGraph(
  context: CanvasRenderingContext2D,
  scene: Scene,
  look: GraphLook,
  camera: Camera,
  canvas: Size,
  pixelRatio: number,
): void {
  const scale = camera.zoom * pixelRatio;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = look.palette.surface;
  context.fillRect(0, 0, canvas.width * pixelRatio, canvas.height * pixelRatio);
  context.setTransform(scale, 0, 0, scale, -camera.x * scale, -camera.y * scale);
  const bottom = camera.y + canvas.height / camera.zoom;
  const [firstLayer, lastLayer] = layersBetween(scene, camera.y, bottom);
  const right = camera.x + canvas.width / camera.zoom;
  const view: View = { scene, look, camera, left: camera.x, right, firstLayer, lastLayer };
  if (camera.zoom >= edgeZoom) drawEdges(context, view);
  drawItems(context, view);
}

function drawEdges(context: CanvasRenderingContext2D, view: View): void {
  const { scene, look, camera, firstLayer, lastLayer } = view;
  const { pieces } = scene.layout;
  const last = scene.layerItems.length;
  const start = pieces.layerStarts[Math.max(0, firstLayer - 1)] ?? 0;
  const end = pieces.layerStarts[Math.min(last, lastLayer + 1)] ?? 0;
  const chosen: number[] = [];
  context.beginPath();
  for (let piece = start; piece < end; piece++) {
    const [x0, x1] = [pieces.startX[piece]!, pieces.endX[piece]!];
    if (Math.max(x0, x1) < view.left || Math.min(x0, x1) > view.right) continue;
    if (isOfSelected(scene, look.selected, piece)) chosen.push(piece);
    else tracePiece(context, view, piece);
  }
  for (const edge of scene.layout.directEdges) traceDirect(context, scene, edge);
  context.lineWidth = 1 / Math.min(1, camera.zoom);
  context.strokeStyle = look.palette.edge;
  context.stroke();
  if (chosen.length === 0) return;
  context.beginPath();
  for (const piece of chosen) tracePiece(context, view, piece);
  context.lineWidth = 2 / Math.min(1, camera.zoom);
  context.strokeStyle = look.palette.focus;
  context.stroke();
}

/** True for edges that leave the selected item, and for those that lead to it on shared paths. */
function isOfSelected({ layout, sourcesOf }: Scene, selected: number | null, piece: number): boolean {
  if (selected === null) return false;
  const { source, target } = layout.pieces;
  if (source[piece] === selected || target[piece] === selected) return true;
  if (target[piece] !== -1 || layout.layers[source[piece]!]! >= layout.layers[selected]!) return false;
  return endsAbove(layout, piece, selected) && sourcesOf[selected]!.includes(source[piece]!);
}

function endsAbove(layout: Scene['layout'], piece: number, selected: number): boolean {
  return layout.pieces.endY[piece]! < layout.layerTops[layout.layers[selected]!]!;
}

function tracePiece(context: CanvasRenderingContext2D, { scene, camera }: View, piece: number): void {
  const { startX, startY, endX, endY } = scene.layout.pieces;
  const [x0, y0, x1, y1] = [startX[piece]!, startY[piece]!, endX[piece]!, endY[piece]!];
  context.moveTo(x0, y0);
  if (camera.zoom < curveZoom || x0 === x1) {
    context.lineTo(x1, y1);
    return;
  }
  const middle = (y0 + y1) / 2;
  context.bezierCurveTo(x0, middle, x1, middle, x1, y1);
}

function traceDirect(context: CanvasRenderingContext2D, scene: Scene, edge: number): void {
  const { from, to } = scene.structure.edges[edge]!;
  const { left, top } = scene.layout;
  const [source, target] = [scene.items[from]!, scene.items[to]!];
  const [x0, x1] = [left[from]! + source.width / 2, left[to]! + target.width / 2];
  const bow = Math.min(400, (top[to]! - top[from]!) / 8);
  context.moveTo(x0, top[from]! + source.height);
  context.bezierCurveTo(x0 - bow, top[from]! + bow, x1 - bow, top[to]! - bow, x1, top[to]!);
}

function drawItems(context: CanvasRenderingContext2D, view: View): void {
  const { scene, left, right, firstLayer, lastLayer } = view;
  for (let layer = firstLayer; layer <= lastLayer; layer++) {
    for (const index of scene.layerItems[layer] ?? []) {
      const x = scene.layout.left[index]!;
      if (x > right) break;
      if (x + scene.items[index]!.width >= left) drawItem(context, view, index);
    }
  }
}

function drawItem(context: CanvasRenderingContext2D, view: View, index: number): void {
  const { scene, look, camera } = view;
  const { palette } = look;
  const { item, width, height } = scene.items[index]!;
  const [x, y] = [scene.layout.left[index]!, scene.layout.top[index]!];
  const color = look.colors[index]!;
  const isSelected = look.selected === index;
  if (camera.zoom < titleZoom && !isSelected && !look.hits.has(index)) {
    // Only the color is visible at this size, so it is drawn at full strength.
    const least = leastPixels / camera.zoom;
    const rectangle = [x, y, Math.max(least, width), Math.max(least, height)] as const;
    if (look.marks.has(index)) {
      context.fillStyle = palette.mark;
      context.fillRect(...rectangle);
    } else fillShares(context, color, palette, rectangle);
    return;
  }
  const corner = item.kind === 'node' || item.kind === 'block' ? 6 : height / 2;
  if (item.kind === 'block') drawStack(context, view, index);
  context.beginPath();
  context.roundRect(x, y, width, height, corner);
  context.fillStyle = groundOf(color, palette);
  context.fill();
  const mark = look.marks.get(index);
  context.strokeStyle = outlineOf(view, index);
  context.lineWidth = isSelected || mark !== undefined || look.hits.has(index) ? Math.max(2, 2 / camera.zoom) : 1;
  if (mark === 'only-here' && !isSelected) context.setLineDash([5, 3]);
  else if (color.hue === 'unknown') context.setLineDash([1, 2]);
  context.stroke();
  context.setLineDash([]);
  drawTexts(context, view, index);
  if (color.shares)
    fillShares(context, color, palette, [x + barInset, y + height - 6, width - 2 * barInset, barHeight]);
  if (mark !== undefined) drawMark(context, look, mark, x + width, y);
}

/** The cards behind a block: there is more below the first one. */
function drawStack(context: CanvasRenderingContext2D, { scene, look }: View, index: number): void {
  const { width, height } = scene.items[index]!;
  const [x, y] = [scene.layout.left[index]!, scene.layout.top[index]!];
  context.fillStyle = look.palette.node;
  context.strokeStyle = look.palette.border;
  context.lineWidth = 1;
  for (const shift of [6, 3]) {
    context.beginPath();
    context.roundRect(x + shift, y + shift, width, height, 6);
    context.fill();
    context.stroke();
  }
}

function outlineOf({ look }: View, index: number): string {
  const { palette } = look;
  if (look.selected === index) return palette.focus;
  if (look.hits.has(index)) return palette.text;
  if (look.marks.has(index)) return palette.mark;
  const { hue } = look.colors[index]!;
  return palette.hues[hue];
}

function drawTexts(context: CanvasRenderingContext2D, { scene, look, camera }: View, index: number): void {
  if (camera.zoom < titleZoom) return;
  const { lines, width } = scene.items[index]!;
  const [x, y] = [scene.layout.left[index]!, scene.layout.top[index]!];
  const { palette } = look;
  const smallText = smallTextOn(look.colors[index]!, palette);
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  lines.forEach((line, row) => {
    if (row > 0 && camera.zoom < linesZoom) return;
    context.font = fontOf(row === 0, palette.font);
    context.fillStyle = row === 0 ? palette.text : smallText;
    const at = row === 0 ? titleHeight / 2 : titleHeight + (row - 0.5) * lineHeight;
    context.fillText(clip(context, line, width - 2 * paddingX), x + width / 2, y + paddingY + at);
  });
}

/** Cuts the text of an item that is too narrow. The whole name is in the details. */
function clip(context: CanvasRenderingContext2D, text: string, width: number): string {
  // The widest items are those whose text was too long; of all others the width came from the text.
  if (text.length < 24 || context.measureText(text).width <= width + 1) return text;
  let end = text.length - 1;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}

/** A sign on the corner: the color alone would not tell. */
function drawMark(
  context: CanvasRenderingContext2D,
  { palette, onlyHereSign }: GraphLook,
  mark: DifferenceMark,
  x: number,
  y: number,
): void {
  context.beginPath();
  context.arc(x - 2, y + 2, 8, 0, 2 * Math.PI);
  context.fillStyle = palette.mark;
  context.fill();
  context.fillStyle = palette.surface;
  context.font = fontOf(true, palette.font);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(mark === 'changed' ? '≠' : onlyHereSign, x - 2, y + 2.5);
}
