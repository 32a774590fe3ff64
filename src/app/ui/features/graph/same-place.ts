/**
 * Computes the view of one scene that shows the same as a view of another: of two models, or of one with other blocks
 * expanded.
 */
import type { Camera, Rectangle, Size } from './camera';
import { itemNear, rectangleOf, type Scene } from './graph-scene';

export interface SceneView {
  readonly scene: Scene;
  readonly camera: Camera;
  readonly size: Size;
}

/** A rectangle of the graph, and the point of the canvas that its middle belongs at. */
export interface Place {
  readonly target: Rectangle;
  readonly at: { readonly x: number; readonly y: number };
  readonly zoom: number;
}

/**
 * Moves `follower` so that the partner of the item in the middle of `leader` is at the same place. `null`: nothing near
 * the middle has a partner.
 *
 * @param partnerOf the path in the follower's scene of an item of the leader's.
 */
export function samePlace(
  leader: SceneView,
  follower: Omit<SceneView, 'camera'>,
  partnerOf: (path: string) => string | null,
): Place | null {
  const { scene: from, camera, size } = leader;
  const { scene: to } = follower;
  const positionOf = (index: number): number | undefined => {
    const { path, members = [path] } = from.items[index]!.item;
    for (const member of members) {
      const partner = partnerOf(member);
      if (partner !== null && to.byPath.has(partner)) return to.byPath.get(partner);
    }
    return undefined;
  };
  const middle = { x: camera.x + size.width / 2 / camera.zoom, y: camera.y + size.height / 2 / camera.zoom };
  const nearest = itemNear(from, middle.x, middle.y, (index) => positionOf(index) !== undefined);
  if (nearest === null) return null;
  const { left, top, width, height } = rectangleOf(from, nearest);
  // The shift aligns the middles of the two canvases, which may differ in size.
  const shift = { x: (follower.size.width - size.width) / 2, y: (follower.size.height - size.height) / 2 };
  return {
    target: rectangleOf(to, positionOf(nearest)!),
    at: {
      x: (left + width / 2 - camera.x) * camera.zoom + shift.x,
      y: (top + height / 2 - camera.y) * camera.zoom + shift.y,
    },
    zoom: camera.zoom,
  };
}
