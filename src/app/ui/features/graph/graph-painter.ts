/** Holds a canvas, a scene and a camera together, and draws once per frame when one of them has changed. */
import {
  centeredOn,
  firstCamera,
  fitCamera,
  isInSight,
  keptInSight,
  overviewCamera,
  panned,
  zoomed,
  type Camera,
  type Size,
} from './camera';
import { drawGraph, type GraphLook } from './draw-graph';
import { rectangleOf, type Scene } from './graph-scene';
import { samePlace, type Place, type SceneView } from './same-place';

const movingMs = 180;

interface Glide {
  /** Computes the target for the size that the canvas has at that time. */
  readonly destination: () => Camera;
  /** True if other canvases follow. */
  readonly leads: boolean;
}

export class GraphPainter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  /** Receives every move: by the person if `isOwn`, otherwise in response to another canvas. */
  readonly #onMove: (camera: Camera, isOwn: boolean) => void;
  #scene: Scene | null = null;
  #look: GraphLook | null = null;
  #camera: Camera = { x: 0, y: 0, zoom: 1 };
  #size: Size = { width: 0, height: 0 };
  #frame = 0;
  /** The movement in progress. Any other movement ends it. */
  #glide: Glide | null = null;
  #glideFrame = 0;
  /** The item to show once the canvas has a size. */
  #awaited: number | null = null;
  /** True if other canvases follow the selection. */
  #leads = false;
  /** True while the view is still the first one. */
  #isAtBeginning = false;
  #drawnFrames = 0;

  constructor(canvas: HTMLCanvasElement, onMove: (camera: Camera, isOwn: boolean) => void) {
    this.#canvas = canvas;
    // Opaque: the browser need not blend it with what lies below.
    this.#context = canvas.getContext('2d', { alpha: false })!;
    this.#onMove = onMove;
  }

  get camera(): Camera {
    return this.#camera;
  }

  get size(): Size {
    return this.#size;
  }

  get scene(): Scene | null {
    return this.#scene;
  }

  get drawnFrames(): number {
    return this.#drawnFrames;
  }

  /** `null` before there is a scene on a canvas that has a size. */
  get view(): SceneView | null {
    return this.#scene === null || this.#size.width === 0
      ? null
      : { scene: this.#scene, camera: this.#camera, size: this.#size };
  }

  /** The zoom that shows all of the graph, or its first screenful. */
  get overviewZoom(): number {
    return this.#scene === null ? 1 : overviewCamera(this.#scene.layout, this.#size).zoom;
  }

  /**
   * @param selected is in view afterwards. Without it, the item in the middle stays there if the new scene contains it.
   * @param leads other canvases follow.
   */
  setScene(scene: Scene, selected: number | null, leads: boolean): void {
    const before = this.view;
    this.#scene = scene;
    this.#awaited = selected;
    this.#leads = leads;
    if (this.#size.width === 0) return;
    const kept = before && selected === null ? samePlace(before, { scene, size: this.#size }, (path) => path) : null;
    if (kept !== null) this.#move(cameraAt(kept), leads);
    else this.#begin(scene);
  }

  setLook(look: GraphLook): void {
    this.#look = look;
    this.#schedule();
  }

  resize(size: Size): void {
    const before = this.#size;
    const isFirst = before.width === 0;
    this.#size = size;
    this.#canvas.width = Math.round(size.width * devicePixelRatio);
    this.#canvas.height = Math.round(size.height * devicePixelRatio);
    // The canvas showed nothing that could stay, or the view is still the first one.
    if (this.#scene && (isFirst || this.#isAtBeginning)) this.#begin(this.#scene);
    else this.#keepThroughResize(before);
    // The canvas is drawn at once, because the browser shows a resized canvas empty.
    this.#draw();
  }

  pan(byX: number, byY: number): void {
    this.#move(panned(this.#camera, byX, byY), true);
  }

  zoom(factor: number, leads: boolean, at = { x: this.#size.width / 2, y: this.#size.height / 2 }): void {
    if (this.#scene) this.#move(zoomed(this.#camera, factor, at, fitCamera(this.#scene.layout, this.#size)), leads);
  }

  /** Leads no other canvas: its graph may be larger, and would be cut off. */
  fit(mostZoom = 1): void {
    const { view } = this;
    if (view === null) return;
    this.#glideTo({ destination: () => overviewCamera(view.scene.layout, this.#size, mostZoom), leads: false });
  }

  /** Moves only if the item cannot be read at its place. Other canvases follow where it `leads`. */
  reveal(index: number, leads: boolean): void {
    this.#awaited = index;
    this.#leads = leads;
    this.#isAtBeginning = false;
    if (this.view === null) return;
    const target = rectangleOf(this.view.scene, index);
    // An item that is visible only during a glide does not stay visible.
    if (this.#glide === null && isInSight(target, this.#camera, this.#size)) return;
    this.#glideTo({ destination: () => centeredOn(target, this.#camera, this.#size), leads });
  }

  /** Follows another canvas. */
  hold(place: Place): void {
    this.#move(cameraAt(place), false);
  }

  centerAt(x: number, y: number): void {
    const { zoom } = this.#camera;
    this.#move({ zoom, x: x - this.#size.width / 2 / zoom, y: y - this.#size.height / 2 / zoom }, true);
  }

  toGraph(x: number, y: number): { readonly x: number; readonly y: number } {
    return { x: this.#camera.x + x / this.#camera.zoom, y: this.#camera.y + y / this.#camera.zoom };
  }

  focus(): void {
    this.#canvas.focus({ preventScroll: true });
  }

  end(): void {
    cancelAnimationFrame(this.#frame);
    cancelAnimationFrame(this.#glideFrame);
    this.#scene = null;
  }

  /** Moves to the first view. */
  #begin(scene: Scene): void {
    const first = this.#awaited ?? (scene.items.length > 0 ? 0 : null);
    this.#move(firstCamera(scene.layout, this.#size, first === null ? null : rectangleOf(scene, first)), this.#leads);
    this.#isAtBeginning = true;
  }

  /** Keeps the middle of the view when details take some of the room, and keeps the selection in view. */
  #keepThroughResize(before: Size): void {
    if (!this.#scene) return;
    if (this.#glide !== null) return this.#glideTo(this.#glide);
    const selected = this.#look?.selected ?? null;
    const target = selected === null ? null : rectangleOf(this.#scene, selected);
    const wasInSight = target !== null && isInSight(target, this.#camera, before);
    const { x, zoom } = this.#camera;
    const camera = { ...this.#camera, x: x + (before.width - this.#size.width) / 2 / zoom };
    const isLost = wasInSight && !isInSight(target, camera, this.#size);
    this.#move(isLost ? centeredOn(target, camera, this.#size) : camera, isLost && this.#leads);
  }

  #move(camera: Camera, isOwn: boolean): void {
    cancelAnimationFrame(this.#glideFrame);
    this.#glide = null;
    this.#isAtBeginning = false;
    this.#show(camera, isOwn);
  }

  #show(camera: Camera, isOwn: boolean): void {
    if (!this.#scene) return;
    this.#camera = keptInSight(camera, this.#scene.layout, this.#size);
    this.#onMove(this.#camera, isOwn);
    this.#schedule();
  }

  /** Gets there in a few frames, or at once for people who do not want motion. */
  #glideTo(glide: Glide): void {
    const target = glide.destination();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return this.#move(target, glide.leads);
    cancelAnimationFrame(this.#glideFrame);
    this.#glide = glide;
    this.#isAtBeginning = false;
    const [from, started] = [this.#camera, performance.now()];
    const step = (): void => {
      const share = Math.min(1, (performance.now() - started) / movingMs);
      const eased = 1 - (1 - share) ** 3;
      const zoom = from.zoom * (target.zoom / from.zoom) ** eased;
      const between = (a: number, b: number): number => a + (b - a) * eased;
      // Centers move evenly, whatever happens to the zoom.
      const [halfWidth, halfHeight] = [this.#size.width / 2, this.#size.height / 2];
      const x = between(from.x + halfWidth / from.zoom, target.x + halfWidth / target.zoom) - halfWidth / zoom;
      const y = between(from.y + halfHeight / from.zoom, target.y + halfHeight / target.zoom) - halfHeight / zoom;
      if (share === 1) return this.#move(target, glide.leads);
      this.#show({ x, y, zoom }, glide.leads);
      if (this.#scene) this.#glideFrame = requestAnimationFrame(step);
    };
    step();
  }

  #schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    if (!this.#scene || !this.#look || this.#size.width === 0) return;
    drawGraph(this.#context, this.#scene, this.#look, this.#camera, this.#size, devicePixelRatio);
    this.#drawnFrames += 1;
  }
}

function cameraAt({ target, at, zoom }: Place): Camera {
  return {
    zoom,
    x: target.left + target.width / 2 - at.x / zoom,
    y: target.top + target.height / 2 - at.y / zoom,
  };
}

/** Shows the content of one canvas on another. Nothing moves without a partner near the middle of `leader`. */
export function followOther(
  follower: GraphPainter,
  leader: GraphPainter,
  partnerOf: (path: string) => string | null,
): void {
  if (leader.view === null || follower.view === null) return;
  const place = samePlace(leader.view, follower.view, partnerOf);
  if (place !== null) follower.hold(place);
}
