/** Two canvases side by side: one follows what the other shows. */
import type { GraphPainter } from './graph-painter';
import { samePlace } from './same-place';

/** Without a partner near the middle of `leader`, nothing moves. */
export function followOther(
  follower: GraphPainter,
  leader: GraphPainter,
  partnerOf: (path: string) => string | null,
): void {
  if (leader.view === null || follower.view === null) return;
  const place = samePlace(leader.view, follower.view, partnerOf);
  if (place !== null) follower.hold(place);
}
