/** Computes the visible part of a graph. Pure. */

/** `x`, `y`: the point of the graph in the top left corner of the canvas. `zoom`: pixels of the canvas for one of the graph. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Size {
  readonly left: number;
  readonly top: number;
}

const margin = 24;
const largestZoom = 2.5;
const leastZoom = 0.1;
/** Names can be read from here on. */
const readableZoom = 0.85;
/** A graph that fits at this zoom is shown whole at first: its names are small, but nothing of it is missed. */
const leastWholeZoom = 0.6;

/** The whole graph in the middle of the canvas, never larger than life, or than `mostZoom`. */
export function fitCamera(graph: Size, canvas: Size, mostZoom = 1): Camera {
  const zoom = Math.min(
    mostZoom,
    Math.max(1, canvas.width - 2 * margin) / Math.max(1, graph.width),
    Math.max(1, canvas.height - 2 * margin) / Math.max(1, graph.height),
  );
  return {
    zoom,
    x: graph.width / 2 - canvas.width / 2 / zoom,
    y: graph.height / 2 - canvas.height / 2 / zoom,
  };
}

/** Shapes of the graph can be seen from here on. */
const leastFitZoom = 0.3;

/** The whole graph, or its first screenful if the whole would be a thread. */
export function overviewCamera(graph: Size, canvas: Size, mostZoom = 1): Camera {
  const whole = fitCamera(graph, canvas, mostZoom);
  if (whole.zoom >= leastFitZoom) return whole;
  const across = fitCamera({ ...graph, height: 0 }, canvas, mostZoom);
  const zoom = Math.min(mostZoom, Math.max(leastFitZoom, Math.min(across.zoom, readableZoom)));
  return { zoom, x: graph.width / 2 - canvas.width / 2 / zoom, y: -margin / zoom };
}

/** The first view: the whole graph if its names are readable then, otherwise an item at the upper edge. */
export function firstCamera(graph: Size, canvas: Size, first: Rectangle | null): Camera {
  const whole = fitCamera(graph, canvas);
  if (whole.zoom >= leastWholeZoom || first === null) return whole;
  const zoom = readableZoom;
  // The view is centered in each direction in which all of the graph fits.
  const along = (graphLength: number, canvasLength: number, otherwise: number): number =>
    graphLength * zoom <= canvasLength - 2 * margin ? (graphLength - canvasLength / zoom) / 2 : otherwise;
  return {
    zoom,
    x: along(graph.width, canvas.width, first.left + first.width / 2 - canvas.width / 2 / zoom),
    y: along(graph.height, canvas.height, first.top - margin / zoom),
  };
}

export function panned(camera: Camera, byX: number, byY: number): Camera {
  return { ...camera, x: camera.x - byX / camera.zoom, y: camera.y - byY / camera.zoom };
}

/** The point of the canvas stays over the same point of the graph. One can always come as far out as the whole graph. */
export function zoomed(camera: Camera, factor: number, at: { x: number; y: number }, whole: Camera): Camera {
  const zoom = Math.min(largestZoom, Math.max(Math.min(leastZoom, whole.zoom), camera.zoom * factor));
  return {
    zoom,
    x: camera.x + at.x / camera.zoom - at.x / zoom,
    y: camera.y + at.y / camera.zoom - at.y / zoom,
  };
}

/** Keeps some of the graph in view. */
export function keptInSight(camera: Camera, graph: Size, canvas: Size): Camera {
  const halfWidth = canvas.width / 2 / camera.zoom;
  const halfHeight = canvas.height / 2 / camera.zoom;
  return {
    ...camera,
    x: Math.min(graph.width - halfWidth, Math.max(-halfWidth, camera.x)),
    y: Math.min(graph.height - halfHeight, Math.max(-halfHeight, camera.y)),
  };
}

/** Brings a rectangle into the middle, close enough to read it. */
export function centeredOn({ left, top, width, height }: Rectangle, camera: Camera, canvas: Size): Camera {
  const zoom = Math.max(readableZoom, camera.zoom);
  return {
    zoom,
    x: left + width / 2 - canvas.width / 2 / zoom,
    y: top + height / 2 - canvas.height / 2 / zoom,
  };
}

/** True when the rectangle is in sight and large enough to read. */
export function isInSight({ left, top, width, height }: Rectangle, camera: Camera, canvas: Size): boolean {
  return (
    camera.zoom >= 0.45 &&
    left >= camera.x &&
    top >= camera.y &&
    left + width <= camera.x + canvas.width / camera.zoom &&
    top + height <= camera.y + canvas.height / camera.zoom
  );
}
