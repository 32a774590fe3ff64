/** Two canvases side by side: one follows what the other shows. */
import type { GraphPainter } from './graph-painter';
import { itemNear, rectangleOf } from './graph-scene';

/** Puts the partner of what is in the middle of `leader` at the same place of `follower`. Without a partner near it, nothing moves. */
export function followOther(
  follower: GraphPainter,
  leader: GraphPainter,
  partnerOf: (path: string) => string | null,
): void {
  const [from, to] = [leader.scene, follower.scene];
  if (from === null || to === null) return;
  const { width, height } = leader.size;
  const middle = leader.toGraph(width / 2, height / 2);
  const positionOf = (index: number): number | undefined => {
    const { path, members = [path] } = from.items[index]!.item;
    for (const member of members) {
      const partner = partnerOf(member);
      if (partner !== null && to.byPath.has(partner)) return to.byPath.get(partner);
    }
    return undefined;
  };
  const nearest = itemNear(from, middle.x, middle.y, (index) => positionOf(index) !== undefined);
  if (nearest === null) return;
  const place = rectangleOf(from, nearest);
  const { x, y, zoom } = leader.camera;
  const at = { x: (place.left + place.width / 2 - x) * zoom, y: (place.top + place.height / 2 - y) * zoom };
  // From the same place in the middle, where the two canvases differ in size.
  const shift = { x: (follower.size.width - width) / 2, y: (follower.size.height - height) / 2 };
  follower.hold(rectangleOf(to, positionOf(nearest)!), { x: at.x + shift.x, y: at.y + shift.y }, zoom);
}
